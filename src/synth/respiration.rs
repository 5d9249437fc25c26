//! Respiration of the soil as the study file of a synthetic study asks for it: GSMSR, and heterotrophic respiration after
//! Bond-Lamberty et al. (2004). It is written here once more, on its own, since the truth must not come from the kernels
//! that are tested by it.

/// `R0` in gC m-2 d-1, and `M` in gC m-2 d-1 per kgC m-2.
const CARBON: [f32; 2] = [0.588, 0.118];
/// `ln alpha`, and `beta` in degC-1.
const WARMTH: [f32; 2] = [0.604_316, -0.006];
/// `P0` and `K`, cm.
const WATER: [f32; 2] = [2.972, 5.657];
/// `ln Rh` at `ln Rs = 0`, and its slope.
const HETEROTROPHIC: [f64; 2] = [1.22, 0.73];

/// The exponential of a number between about -2 and 2 to 1e-6, of sums and products only.
fn exponential(x: f32) -> f32 {
    let q = 0.25 * x;
    let root = 1.0
        + q * (1.0
            + q * (0.5
                + q * (1.0 / 6.0
                    + q * (1.0 / 24.0 + q * (1.0 / 120.0 + q * (1.0 / 720.0 + q / 5040.0))))));
    let square = root * root;
    square * square
}

/// Soil respiration of a month for each unit of what the soil's carbon gives, d.
pub(super) fn month(t_c: f32, p_mm: f32, days: f32) -> f32 {
    let warmth = exponential(0.1 * t_c * (WARMTH[0] + WARMTH[1] * t_c));
    let p_cm = 0.1 * p_mm;
    days * warmth * (p_cm + WATER[0]) / (p_cm + WATER[1])
}

/// What the soil's carbon gives, gC m-2 d-1.
pub(super) fn of_carbon(soc_kgc_m2: f32) -> f32 {
    CARBON[0] + CARBON[1] * soc_kgc_m2
}

/// Heterotrophic respiration of a year from the soil respiration, both gC m-2 yr-1.
pub(super) fn heterotrophic(rs_gc_m2: f64) -> f64 {
    (HETEROTROPHIC[0] + HETEROTROPHIC[1] * rs_gc_m2.ln()).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_that_of_the_library() {
        for k in -20..=20 {
            let x = f32::from(i8::try_from(k).expect("small")) * 0.1;
            assert!((exponential(x) / x.exp() - 1.0).abs() < 2e-6, "{x}");
        }
    }

    /// By hand: 1.06 gC m-2 d-1 of carbon, e^(2 ln 1.83 - 0.24) of warmth, 12.972 / 15.657 of water, 31 days.
    #[test]
    fn a_month_is_that_of_the_equation() {
        let by_hand = (1.06_f64 * (2.0 * 1.83_f64.ln() - 0.24).exp() * 12.972 / 15.657) * 31.0;
        let month = of_carbon(4.0) * month(20.0, 100.0, 31.0);
        assert!(
            (f64::from(month) / by_hand - 1.0).abs() < 1e-5,
            "{month} {by_hand}"
        );
    }
}
