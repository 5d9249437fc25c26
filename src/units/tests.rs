//! The unit table against hand values.

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

/// 1 tC ha-1 = 1e6 g / 1e4 m2; a gram of CO2 holds 12 / 44 of carbon.
#[test]
fn carbon_fluxes_are_read_in_every_common_spelling() {
    for (word, expected) in [
        ("gC m-2 yr-1", 1.0),
        ("gC/m2/yr", 1.0),
        ("g C m^-2 a^-1", 1.0),
        ("gC m**-2 year-1", 1.0),
        ("GC M-2 YR-1", 1.0),
        ("gC/(m2 yr)", 1.0),
        ("gC/m2 yr", 1.0),
        ("gC per m2 per year", 1.0),
        ("gC\u{b7}m\u{207b}\u{b2}\u{b7}a\u{207b}\u{b9}", 1.0),
        ("kgC m-2 yr-1", 1e3),
        ("kg_C/m^2/year", 1e3),
        ("kg C/m^2/yr", 1e3),
        ("kg-C m-2 y-1", 1e3),
        ("KgC/m^2/yr", 1e3),
        ("kg/m^2/yr", 1e3),
        ("kgC m-2", 1e3),
        ("tC ha-1 yr-1", 100.0),
        ("tC\u{b7}hm-2\u{b7}a-1", 100.0),
        ("Mg C ha-1", 100.0),
        ("Mg ha-1 yr-1", 100.0),
        ("mgC m-2 yr-1", 1e-3),
        ("gCO2 m-2 yr-1", 12.0 / 44.0),
        ("gC m-2 d-1", 365.0),
        ("kg m-2 s-1", 1e3 * 86_400.0 * 365.0),
        ("umol m-2 s-1", 1.037_750_4 * 365.0),
        (
            "\u{b5}mol CO2 m\u{207b}\u{b2} s\u{207b}\u{b9}",
            1.037_750_4 * 365.0,
        ),
    ] {
        assert_factor(Quantity::Npp, word, &[365], expected);
    }
}

#[test]
fn all_in_brackets_below_a_stroke_divides() {
    for (word, same) in [
        ("W/(m^2)", "W m-2"),
        ("kg/(m^2 s)", "kg m-2 s-1"),
        ("mm/(d)", "mm d-1"),
    ] {
        let quantity = if word.starts_with('W') {
            Quantity::Radiation
        } else {
            Quantity::Precipitation
        };
        assert_eq!(
            convert(quantity, word, &MONTHS),
            convert(quantity, same, &MONTHS),
            "{word}"
        );
    }
}

#[test]
fn temperatures_are_read_in_every_common_spelling() {
    for word in [
        "degC",
        "C",
        "celsius",
        "Celsius",
        "\u{b0}C",
        "degrees_Celsius",
        "deg C",
        "degree_C",
    ] {
        assert_eq!(
            convert(Quantity::Temperature, word, &MONTHS),
            Ok(Conversion::identity()),
            "{word}"
        );
    }
    for word in ["K", "kelvin", "Kelvin", "degK", "degrees K"] {
        let kelvin = Conversion {
            add: -273.15,
            factor: vec![1.0],
        };
        assert_eq!(
            convert(Quantity::Temperature, word, &MONTHS),
            Ok(kelvin),
            "{word}"
        );
    }
    let boiling = convert(Quantity::Temperature, "degF", &MONTHS).map(|c| c.apply(212.0, 0));
    assert!((boiling.unwrap_or(f64::NAN) - 100.0).abs() < 1e-12);
}

#[test]
fn precipitation_is_read_in_every_common_spelling() {
    for (word, expected) in [
        ("mm", 1.0),
        ("mm month-1", 1.0),
        ("mm/month", 1.0),
        ("mm mon-1", 1.0),
        ("MM", 1.0),
        ("cm", 10.0),
        ("m", 1e3),
        ("mm d-1", 31.0),
        ("mm/day", 31.0),
        ("m d-1", 31e3),
        ("m s-1", 31e3 * 86_400.0),
        ("kg m-2 s-1", 31.0 * 86_400.0),
        ("kg m-2", 1.0),
        ("l m-2", 1.0),
        ("mm h-1", 31.0 * 24.0),
        ("mm yr-1", 31.0 / 365.0),
    ] {
        assert_factor(Quantity::Precipitation, word, &MONTHS, expected);
    }
}

/// 1 W m-2 over a day is 0.0864 MJ m-2; 1 kWh is 3.6 MJ.
#[test]
fn radiation_is_read_in_every_common_spelling() {
    for (word, expected) in [
        ("MJ m-2", 1.0),
        ("mj m-2", 1.0),
        ("MJ m-2 month-1", 1.0),
        ("MJ/m2/day", 31.0),
        ("MJ m-2 d-1", 31.0),
        ("J m-2", 1e-6),
        ("kJ m-2", 1e-3),
        ("kJ m-2 d-1", 31e-3),
        ("W m-2", 0.0864 * 31.0),
        ("W m**-2", 0.0864 * 31.0),
        ("W/m2", 0.0864 * 31.0),
        ("J m-2 s-1", 0.0864 * 31.0),
        ("kWh m-2", 3.6),
    ] {
        assert_factor(Quantity::Radiation, word, &MONTHS, expected);
    }
    assert_factor(Quantity::Radiation, "W m-2", &[366], 0.0864 * 366.0);
    assert_factor(Quantity::Radiation, "MJ m-2 yr-1", &[366], 1.0);
}

#[test]
fn soil_carbon_is_read_in_every_common_spelling() {
    for (word, expected) in [
        ("kgC m-2", 1.0),
        ("kg m-2", 1.0),
        ("kg/m2", 1.0),
        ("gC m-2", 1e-3),
        ("tC ha-1", 0.1),
        ("t/ha", 0.1),
        ("Mg ha-1", 0.1),
    ] {
        assert_factor(Quantity::Soc, word, &[], expected);
    }
}

#[test]
fn every_spelling_that_an_error_offers_is_taken() {
    for quantity in [
        Quantity::Npp,
        Quantity::Temperature,
        Quantity::Precipitation,
        Quantity::Radiation,
        Quantity::Soc,
        Quantity::Other,
    ] {
        for word in quantity.spellings() {
            let steps = if quantity == Quantity::Soc {
                Some(Steps::Static)
            } else {
                None
            };
            assert_eq!(check(quantity, word, steps), Ok(()), "{word}");
        }
    }
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

/// Spellings that were seen in files of data centres and archives.
#[test]
fn words_of_real_files_are_read() {
    for (word, expected) in [
        ("m of water equivalent", 1e3),
        ("m of water equivalent per day", 31e3),
        ("kg m**-2 s**-1", 31.0 * 86_400.0),
        ("mm/m", 1.0),
        ("mm/month", 1.0),
        ("mm mth-1", 1.0),
        ("mm day-1", 31.0),
        ("mm s-1", 31.0 * 86_400.0),
        ("millimeters", 1.0),
        ("0.1 mm", 0.1),
        ("0.1mm", 0.1),
        ("1e-3 m", 1.0),
        ("m s**-1", 31e3 * 86_400.0),
    ] {
        assert_factor(Quantity::Precipitation, word, &MONTHS, expected);
    }
    for (word, expected) in [
        ("J m**-2", 1e-6),
        ("J m-2 d-1", 31e-6),
        ("MJ/m^2/day", 31.0),
        ("W/m^2", 0.0864 * 31.0),
    ] {
        assert_factor(Quantity::Radiation, word, &MONTHS, expected);
    }
    for (word, expected) in [
        ("kg*C/m^2", 1e3),
        ("kg C m-2 s-1", 1e3 * 86_400.0 * 365.0),
        ("g/m2/day", 365.0),
        ("t C/ha", 100.0),
        ("tonnes/ha/yr", 100.0),
        ("kgC/m2/8day", f64::NAN),
    ] {
        if expected.is_nan() {
            assert!(convert(Quantity::Npp, word, &[365]).is_err(), "{word}");
        } else {
            assert_factor(Quantity::Npp, word, &[365], expected);
        }
    }
    for word in [
        "degrees Celsius",
        "degree_C",
        "degrees_C",
        "deg_C",
        "Celsius",
        "degree_Celsius",
    ] {
        assert_eq!(
            convert(Quantity::Temperature, word, &MONTHS),
            Ok(Conversion::identity()),
            "{word}"
        );
    }
    // 2.5 degC in tenths; 273.15 K in tenths is 0 degC.
    let tenths = |word, stored: f64| {
        convert(Quantity::Temperature, word, &MONTHS)
            .map(|c| c.apply(stored, 0))
            .unwrap()
    };
    assert!((tenths("0.1 degC", 25.0) - 2.5).abs() < 1e-12);
    assert!(tenths("0.1 K", 2731.5).abs() < 1e-9);
    for word in [
        "unknown",
        "undefined",
        "mm of mercury",
        "0 mm",
        "1e mm",
        "-1 mm",
    ] {
        assert!(
            convert(Quantity::Precipitation, word, &MONTHS).is_err(),
            "{word}"
        );
    }
}

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
