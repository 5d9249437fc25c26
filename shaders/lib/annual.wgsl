// Twelve months as a year.
//
// Twin:    src/kernels/lib/annual.rs  (the rule: there)

struct Year {
    total: f32,
    days_valid: f32,
    days: f32,
    n_valid: u32,
}

fn annual_add(year: Year, amount: f32, days: f32, valid: bool) -> Year {
    return Year(
        year.total + select(0.0, amount, valid),
        year.days_valid + select(0.0, days, valid),
        year.days + days,
        year.n_valid + select(0u, 1u, valid),
    );
}

fn annual_total(year: Year) -> f32 {
    return year.total * (year.days / max(year.days_valid, 1.0));
}
