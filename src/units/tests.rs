//! The unit table against hand values.

mod plausible;
mod spellings;

use super::*;
use crate::calendar::Steps;

/// Days of the months of a year that is no leap year.
const MONTHS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

fn factor(quantity: Quantity, word: &str, days: &[u32]) -> f64 {
    match convert(quantity, word, days) {
        Ok(conversion) => conversion.apply(1.0, 0),
        Err(error) => panic!("{word}: {error}"),
    }
}

#[track_caller]
fn assert_factor(quantity: Quantity, word: &str, days: &[u32], expected: f64) {
    let found = factor(quantity, word, days);
    assert!(
        (found / expected - 1.0).abs() < 1e-12,
        "{word}: {found}, expected {expected}"
    );
}

/// `docs/science/units.md#conversions`: flux 2.0 umol CO2 m-2 s-1 and 170 W m-2 over 30 days.
#[test]
fn conversions_are_those_of_the_worked_examples() {
    let flux = factor(Quantity::Npp, "umol CO2 m-2 s-1", &[1]) * 2.0;
    assert!((flux / 2.075_500_8 - 1.0).abs() < 1e-12, "{flux}");
    let radiation = factor(Quantity::Radiation, "W m-2", &[30]) * 170.0;
    assert!(
        (radiation / 440.640_000_000_000_04 - 1.0).abs() < 1e-12,
        "{radiation}"
    );
}

#[test]
fn the_engines_own_units_change_nothing() {
    for steps in [Steps::Monthly, Steps::Annual] {
        let days: &[u32] = if steps == Steps::Monthly {
            &MONTHS
        } else {
            &[365, 366]
        };
        for quantity in [
            Quantity::Npp,
            Quantity::Temperature,
            Quantity::Precipitation,
            Quantity::Radiation,
        ] {
            let found = convert(quantity, quantity.unit(steps), days);
            assert!(
                found.is_ok_and(|c| c.apply(0.3, 0).to_bits() == 0.3_f64.to_bits()),
                "{quantity:?}"
            );
        }
    }
    assert_eq!(
        convert(Quantity::Soc, "kgC m-2", &[]).map(|c| c.factor.len()),
        Ok(1)
    );
}

#[test]
fn a_rate_has_one_factor_a_step_and_an_amount_one_for_all() {
    let factors = |word| convert(Quantity::Precipitation, word, &MONTHS).map(|c| c.factor);
    assert_eq!(factors("mm"), Ok(vec![1.0]));
    assert_eq!(factors("mm d-1").map(|f| f.len()), Ok(12));
    assert_eq!(
        factors("mm d-1").map(|f| f[1].to_bits()),
        Ok(28.0_f64.to_bits())
    );
}

/// The months of a leap year share its 366 days, those of the year before its 365.
#[test]
fn a_yearly_rate_is_shared_by_the_days_of_each_year() {
    let years = crate::calendar::Years {
        first: 2003,
        last: 2004,
    };
    let shares =
        convert(Quantity::Precipitation, "mm yr-1", &years.days_of_months()).map(|c| c.factor);
    let shares = shares.unwrap_or_default();
    assert!((shares[1] - 28.0 / 365.0).abs() < 1e-15 && (shares[13] - 29.0 / 366.0).abs() < 1e-15);
    assert!((shares.iter().sum::<f64>() - 2.0).abs() < 1e-12);
}

#[test]
fn a_time_that_the_steps_cannot_take_is_refused() {
    let message =
        |quantity, word, days: &[u32]| convert(quantity, word, days).unwrap_err().to_string();
    assert_eq!(
        message(Quantity::Radiation, "MJ m-2 month-1", &[365]),
        "the unit \"MJ m-2 month-1\" cannot be used with annual steps; write the unit of a year, \
         such as one with yr-1, or give the twelve months of each year"
    );
    assert_eq!(
        message(Quantity::Precipitation, "mm yr-1", &[31, 28]),
        "the unit \"mm yr-1\" cannot be used with months that are not whole years; \
         write a unit with month-1"
    );
    assert_eq!(
        message(Quantity::Precipitation, "mm d-1", &[]),
        "the unit \"mm d-1\" cannot be used with a static input; write a unit without time, \
         or give the input years or months"
    );
}

#[test]
fn a_unit_of_something_else_is_refused_with_examples() {
    for (quantity, word) in [
        (Quantity::Npp, "mm"),
        (Quantity::Npp, "degC"),
        (Quantity::Npp, "gC"),
        (Quantity::Temperature, "mm"),
        (Quantity::Temperature, "1"),
        (Quantity::Precipitation, "gC m-2"),
        (Quantity::Precipitation, "K"),
        (Quantity::Radiation, "W"),
        (Quantity::Soc, "gC m-2 yr-1"),
        (Quantity::Soc, "g/kg"),
        (Quantity::Soc, "%"),
    ] {
        let error = convert(quantity, word, &[365]);
        assert!(
            matches!(error, Err(UnitError::NotConvertible { .. })),
            "{word}: {error:?}"
        );
    }
    assert_eq!(
        convert(Quantity::Soc, "g/kg", &[]).unwrap_err().to_string(),
        "the unit \"g/kg\" cannot be converted to kgC m-2, the unit of soil carbon; \
         units that can be: kgC m-2, kg m-2, gC m-2, tC ha-1, Mg ha-1"
    );
}

#[test]
fn an_unknown_word_is_refused_with_the_nearest_known() {
    for word in [
        "",
        " ",
        "/",
        "gC m-2 /",
        "gC // m2",
        "gC /m-2 yr",
        "m^",
        "m^-",
        "m99999999999",
        "foo",
        "mJ m-2",
        "gC m-2 yr-1 d-1",
        "gC C m-2",
        "mm\u{0}",
        "\u{130}",
        "gC m-2 8day-1",
        "co",
        "CO2CO2",
        "m-2-",
        "s",
        "W h m-2",
    ] {
        let error = convert(Quantity::Npp, word, &[365]);
        assert!(
            matches!(error, Err(UnitError::Unknown { .. })),
            "{word}: {error:?}"
        );
    }
    assert_eq!(
        convert(Quantity::Radiation, "Wm-2", &[30])
            .unwrap_err()
            .to_string(),
        "the unit \"Wm-2\" is unknown; did you mean \"W m-2\"?"
    );
    assert_eq!(
        convert(Quantity::Temperature, "celcius", &[30])
            .unwrap_err()
            .to_string(),
        "the unit \"celcius\" is unknown; did you mean \"celsius\"?"
    );
}

#[test]
fn case_tells_megagram_from_milligram() {
    assert_factor(Quantity::Soc, "Mg m-2", &[], 1e3);
    assert_factor(Quantity::Soc, "mg m-2", &[], 1e-6);
    assert!(convert(Quantity::Soc, "MG m-2", &[]).is_err());
}

#[test]
fn a_further_driver_keeps_its_unit() {
    assert_eq!(
        convert(Quantity::of_input("ndvi"), "anything", &[365]),
        Ok(Conversion::identity())
    );
}

/// Days of the months of 2001 in hand: January has 31 of 365.
#[test]
fn a_rate_of_a_further_driver_is_brought_to_the_year_by_days() {
    let of =
        |word, is_mean| rate_to_year(word, is_mean, &MONTHS).map(|(c, unit)| (c.factor[0], unit));
    assert_eq!(
        of("mm d-1", true),
        Some((31.0 / 365.0, "mm d-1".to_owned()))
    );
    assert_eq!(of("mm/day", false), Some((31.0, "mm yr-1".to_owned())));
    assert_eq!(
        of("W m**-2", false),
        Some((31.0 * 86_400.0, "J m-2 yr-1".to_owned()))
    );
    assert_eq!(of("W m-2", true), Some((31.0 / 365.0, "W m-2".to_owned())));
    assert_eq!(
        of("kg/m2/s", false),
        Some((31.0 * 86_400.0, "kg m-2 yr-1".to_owned()))
    );
    assert_eq!(
        of("gC m-2 yr-1", false),
        Some((31.0 / 365.0, "gC m-2 yr-1".to_owned()))
    );
    assert_eq!(
        of("umol CO2 m-2 s-1", false),
        Some((31.0 * 86_400.0, "umol CO2 m-2 yr-1".to_owned()))
    );
    for word in ["hPa", "1", "mm", "mm month-1", "%", "days"] {
        assert_eq!(of(word, true), None, "{word}");
        assert!(!is_rate(word), "{word}");
    }
    assert!(is_rate("mm d-1") && is_rate("W m-2"));
}

#[test]
fn unknown_steps_are_checked_against_both() {
    assert_eq!(check(Quantity::Radiation, "MJ m-2 month-1", None), Ok(()));
    assert_eq!(check(Quantity::Radiation, "MJ m-2 yr-1", None), Ok(()));
    assert!(check(Quantity::Radiation, "mm", None).is_err());
}
