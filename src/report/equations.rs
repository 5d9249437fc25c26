//! The equations of models and methods as a paper prints them.

/// The equation of a kernel by its name, or of a model by the name in records; none where the name says it all.
///
/// The module of each kernel derives it; docs/science has the symbols.
pub(super) fn equation_of(name: &str) -> Option<&'static str> {
    OF_KERNELS
        .iter()
        .find(|(names, _)| names.contains(&name))
        .map(|(_, equation)| *equation)
}

/// The equation of GSMSR with the other denominator.
pub(super) const GSMSR_K_P_P0: &str =
    "Rs = (R0 + M·Ds) · exp(T/10 · (ln α + β·T)) · (P + P0) / (K + P + P0)";

const OF_KERNELS: [(&[&str], &str); 24] = [
    (
        &["gsmsr"],
        "Rs = (R0 + M·Ds) · exp(T/10 · (ln α + β·T)) · (P + P0) / (P + K)",
    ),
    (
        &["tpc"],
        "Rs = F · exp(Q·T) · P / (P + K) · SOC / (SOC + C)",
    ),
    (
        &["raich", "raich_potter_1995", "raich_2002"],
        "Rs = F · exp(Q·T) · P / (K + P)",
    ),
    (&["raich_schlesinger_1992"], "Rs = a·T + b·T·P + c"),
    (
        &["hashimoto_2015"],
        "Rs = F · exp(b·T − c·T²) · Pe / (K + Pe), Pe = a·P + (1 − a)·P of the month before",
    ),
    (
        &["lloyd_taylor"],
        "Rs = R10 · exp(E0 · (1/(10 − T0) − 1/(T − T0)))",
    ),
    (&["q10"], "Rs = Rref · Q10^((T − Tref)/10)"),
    (
        &[
            "log_log",
            "bond_lamberty_2004",
            "bond_lamberty_2010",
            "hashimoto_2015_rh",
        ],
        "ln Rh = intercept + slope · ln Rs, 0 ≤ Rh ≤ Rs",
    ),
    (&["subke_2006"], "Rh / Rs = intercept − slope · ln Rs"),
    (&["power"], "Rh = factor · Rs^exponent"),
    (
        &["pei"],
        "Rh = c · (exp(a·T) + ln(b·P + 1)) · days · carbon",
    ),
    (&["fixed_fraction"], "Rh = fraction · Rs"),
    (&["nep"], "NEP = NPP − Rh"),
    (
        &["ols"],
        "slope = Σ(t − t̄)(y − ȳ) / Σ(t − t̄)², t = slope / se with n − 2 degrees of freedom",
    ),
    (&["theil_sen"], "slope = median of (yⱼ − yᵢ)/(j − i), i < j"),
    (
        &["mann_kendall"],
        "S = Σ sign(yⱼ − yᵢ), Z = (S − sign S)/√Var(S) with ties in Var(S)",
    ),
    (
        &["ols_effective"],
        "n′ = n · (1 − r₁)/(1 + r₁) years in place of n",
    ),
    (&["mk_prewhitened"], "S of y′ₜ = yₜ − r₁·yₜ₋₁"),
    (
        &["pettitt"],
        "K = max |2·Σ ranks − k(n + 1)|, p = 2·exp(−6K²/(n³ + n²))",
    ),
    (
        &["regression"],
        "y = b₀ + Σ b_D·x_D; partial r = −Q_yD/√(Q_yy·Q_DD), Q the inverse of the correlation matrix",
    ),
    (
        &["attribution"],
        "climate = Σ b_D · slope(x_D), people = slope(y) − climate",
    ),
    (
        &["sensitivity_detrended"],
        "b_D from series less their lines, which is the year as a further predictor",
    ),
    (
        &["sensitivity_first_difference"],
        "b_D from differences of adjacent years, with intercept",
    ),
    (
        &["sensitivity_baseline"],
        "b_D from the years of the baseline alone",
    ),
];
