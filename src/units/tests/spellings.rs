//! The spellings of units that files have.

use super::*;

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
