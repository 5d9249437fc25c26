//! Numbers that can be a quantity, and numbers that cannot.

use crate::calendar::Steps;
use crate::units::*;

/// One mistake each, as users make them, and the key that the hint names.
#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn numbers_that_cannot_be_the_quantity_are_told_with_the_key_to_change() {
    let spread = |low: f64, high: f64| {
        (0..100)
            .map(|i| low + (high - low) * f64::from(i) / 99.0)
            .collect::<Vec<_>>()
    };
    let hint = |quantity, steps, sample: &[f64]| {
        implausible(quantity, steps, sample).map(|found| found.hint.to_owned())
    };
    let names = |quantity, steps, sample: Vec<f64>, key: &str| {
        let hint = hint(quantity, steps, &sample).unwrap_or_default();
        assert!(
            hint.contains(key),
            "{quantity:?} {steps:?} up to {:?}: {hint:?}",
            sample.last()
        );
    };
    let (annual, monthly) = (Steps::Annual, Steps::Monthly);
    names(
        Quantity::Npp,
        annual,
        spread(2_000.0, 18_000.0),
        "scale = 0.0001",
    );
    names(
        Quantity::Npp,
        annual,
        spread(0.0, 1.8),
        "units = \"kgC m-2 yr-1\"",
    );
    names(Quantity::Npp, annual, vec![-9999.0; 100], "nodata");
    names(
        Quantity::Temperature,
        monthly,
        spread(270.0, 300.0),
        "units = \"K\"",
    );
    names(
        Quantity::Temperature,
        monthly,
        spread(-150.0, 250.0),
        "scale = 0.1",
    );
    names(
        Quantity::Precipitation,
        monthly,
        spread(0.0, 0.4),
        "units = \"m\"",
    );
    names(
        Quantity::Precipitation,
        annual,
        spread(0.3, 2.4),
        "units = \"m\"",
    );
    names(
        Quantity::Precipitation,
        monthly,
        spread(0.0, 1e-4),
        "kg m-2 s-1",
    );
    names(
        Quantity::Precipitation,
        monthly,
        spread(-32_768.0, 0.0),
        "nodata",
    );
    names(
        Quantity::Radiation,
        monthly,
        spread(60.0, 290.0),
        "units = \"W m-2\"",
    );
    names(
        Quantity::Radiation,
        monthly,
        spread(5.0, 25.0),
        "MJ m-2 d-1",
    );
    names(
        Quantity::Radiation,
        annual,
        spread(120.0, 220.0),
        "units = \"W m-2\"",
    );
    names(
        Quantity::Radiation,
        monthly,
        spread(1e7, 2e7),
        "units = \"J m-2\"",
    );
    names(
        Quantity::Soc,
        Steps::Static,
        spread(2_000.0, 12_000.0),
        "units = \"gC m-2\"",
    );
    names(
        Quantity::Soc,
        Steps::Static,
        spread(-9999.0, 10.0),
        "nodata",
    );
    let seen = implausible(Quantity::Temperature, monthly, &[290.0; 40]).map(|found| found.seen);
    assert_eq!(seen.as_deref(), Some("a mean of 290.0000 degC"));
}

/// Figures of real places: rain forest, desert, ice sheet, peat.
#[test]
fn every_place_on_earth_is_plausible() {
    let spread = |low: f64, high: f64| {
        (0..100)
            .map(|i| low + (high - low) * f64::from(i) / 99.0)
            .collect::<Vec<_>>()
    };
    let (annual, monthly) = (Steps::Annual, Steps::Monthly);
    for (quantity, steps, low, high) in [
        (Quantity::Npp, annual, 0.0, 60.0),
        (Quantity::Npp, annual, 300.0, 2_500.0),
        (Quantity::Npp, monthly, -5.0, 250.0),
        (Quantity::Temperature, monthly, -65.0, -20.0),
        (Quantity::Temperature, monthly, 20.0, 42.0),
        (Quantity::Precipitation, monthly, 0.0, 5.0),
        (Quantity::Precipitation, monthly, 0.0, 2_700.0),
        (Quantity::Precipitation, annual, 1.0, 60.0),
        (Quantity::Precipitation, annual, 500.0, 11_000.0),
        (Quantity::Radiation, monthly, 0.0, 450.0),
        (Quantity::Radiation, monthly, 300.0, 900.0),
        (Quantity::Radiation, annual, 2_500.0, 9_000.0),
        (Quantity::Soc, Steps::Static, 0.1, 40.0),
        (Quantity::Other, annual, -1e9, 1e9),
    ] {
        assert_eq!(
            implausible(quantity, steps, &spread(low, high)),
            None,
            "{quantity:?} {low} to {high}"
        );
    }
    assert_eq!(
        implausible(Quantity::Precipitation, monthly, &[0.0; 100]),
        None
    );
    assert_eq!(implausible(Quantity::Npp, annual, &[]), None);
}
