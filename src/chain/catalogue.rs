//! Names, units and descriptions of what a chain can make.

/// Carbon fluxes and stocks are all per m² and year.
pub(super) const FLUX_UNIT: &str = "gC m-2 yr-1";

/// The series whose trends are computed unless the study names others.
#[must_use]
pub fn trend_of_default() -> [&'static str; 6] {
    [
        "nep",
        "npp",
        "rh",
        "temperature",
        "precipitation",
        "radiation",
    ]
}

/// The unit of a trend per year of a series in `unit`: `gC m-2 yr-1` becomes `gC m-2 yr-2`.
#[must_use]
pub fn describe_unit_of_slope(unit: &str) -> String {
    match unit.strip_suffix("yr-1") {
        Some(rest) => format!("{rest}yr-2"),
        None if unit.is_empty() || unit == "1" => "yr-1".to_owned(),
        None => format!("{unit} yr-1"),
    }
}

/// The unit of an annual sum of a monthly amount in `unit`: `mm month-1` becomes `mm yr-1`.
pub(super) fn unit_of_annual_sum(unit: &str) -> String {
    match unit.strip_suffix("month-1") {
        Some(rest) => format!("{rest}yr-1"),
        None => unit.to_owned(),
    }
}

/// A quotient of two units, as of a regression coefficient.
pub(super) fn unit_of_quotient(numerator: &str, denominator: &str) -> String {
    if denominator.is_empty() || denominator == "1" {
        return numerator.to_owned();
    }
    format!("{numerator} per {denominator}")
}

/// What a series is called in descriptions.
pub(super) fn long_name(series: &str) -> String {
    match series {
        "npp" => "net primary production".to_owned(),
        "rs" => "soil respiration".to_owned(),
        "rh" => "heterotrophic respiration".to_owned(),
        "nep" => "net ecosystem production".to_owned(),
        "temperature" => "annual mean temperature".to_owned(),
        "precipitation" => "annual precipitation".to_owned(),
        "radiation" => "annual solar radiation".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_slopes_and_sums_read_as_in_the_literature() {
        assert_eq!(describe_unit_of_slope("gC m-2 yr-1"), "gC m-2 yr-2");
        assert_eq!(describe_unit_of_slope("degC"), "degC yr-1");
        assert_eq!(describe_unit_of_slope("1"), "yr-1");
        assert_eq!(unit_of_annual_sum("MJ m-2 month-1"), "MJ m-2 yr-1");
    }
}
