// Twelve months as a year.
//
// Twin:    src/kernels/lib/annual.rs  (the rule: there)

struct Year {
    total: f32,
    days: f32,
    days_missing: f32,
    n_missing: u32,
}

fn annual_add(year: Year, amount: f32, days: f32, valid: bool) -> Year {
    return Year(
        year.total + select(0.0, amount, valid),
        year.days + days,
        year.days_missing + select(days, 0.0, valid),
        year.n_missing + select(1u, 0u, valid),
    );
}

fn annual_n_valid(year: Year) -> u32 {
    return 12u - year.n_missing;
}

fn annual_total(year: Year) -> f32 {
    return year.total * (year.days / max(year.days - year.days_missing, 1.0));
}
