//! Studies as users write them.

use crate::kernels::models::{DEFAULT_RH, DEFAULT_RS};
use std::path::Path;

use super::support::{EXAMPLE, LEAST, good, message};
use crate::calendar::{Steps, Years};
use crate::study::*;

#[test]
fn the_study_of_the_manual_is_read_whole() {
    let study = good(EXAMPLE, &[]);
    assert_eq!(study.name, "Karst Guangxi, 2001-2020");
    assert_eq!(
        study.years,
        Years {
            first: 2001,
            last: 2020
        }
    );
    let names: Vec<&str> = study
        .inputs
        .iter()
        .map(|input| input.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["npp", "temperature", "precipitation", "radiation", "soc"]
    );
    let npp = &study.inputs[0];
    assert_eq!(npp.files, ["npp/npp_{year}.tif"]);
    assert_eq!(npp.variable.as_deref(), Some("Npp_500m"));
    assert_eq!(
        (npp.scale, npp.nodata.as_slice()),
        (Some(0.0001), &[65535.0][..])
    );
    assert_eq!(npp.valid_range, Some([-30000.0, 32700.0]));
    assert_eq!(
        (npp.resampling, npp.steps),
        (Some(Resampling::Bilinear), Some(Steps::Annual))
    );
    assert_eq!(study.input("radiation").and_then(|input| input.steps), None);
    assert_eq!(study.trend.of.as_ref().map(Vec::len), Some(6));
    assert!(study.trend.tests_stated && study.is_stated("trend.min_years"));
    assert_eq!(
        study.attribution.sensitivity,
        [Sensitivity::Raw, Sensitivity::Detrended]
    );
    assert_eq!(study.stages[1].name, "second");
    assert_eq!(
        study.stages[1].years,
        Years {
            first: 2006,
            last: 2011
        }
    );
    assert_eq!(study.zones[0].control.as_deref(), Some("none"));
    assert_eq!(
        study.sites.map(|table| table.file),
        Some("field.csv".to_owned())
    );
    assert_eq!(study.engine.memory_bytes, 2 << 30);
    assert!(study.warnings.is_empty());
}

#[test]
fn the_least_study_has_the_defaults_of_the_manual() {
    let study = good(LEAST, &[]);
    assert_eq!(
        (study.name.as_str(), study.grid.like.as_str()),
        ("study", "npp")
    );
    assert_eq!(study.respiration.model, DEFAULT_RS);
    assert_eq!(study.respiration.heterotrophic, RhChoice::from(DEFAULT_RH));
    assert_eq!(study.respiration.denominator, Denominator::PPlusK);
    assert_eq!(study.respiration.min_months, 12);
    assert_eq!((study.trend.of.as_ref(), study.trend.min_years), (None, 15));
    assert_eq!(
        study.trend.tests,
        [TrendTest::Ols, TrendTest::Sen, TrendTest::Mk]
    );
    assert!(
        !study.trend.tests_stated && !study.is_stated("trend.tests") && study.trend.fdr.is_none()
    );
    assert_eq!(
        (study.drivers.response.as_str(), &study.drivers.predictors),
        ("nep", &None)
    );
    assert_eq!(
        study.attribution.sensitivity,
        [Sensitivity::Raw, Sensitivity::Detrended]
    );
    assert!(study.stages.is_empty() && study.zones.is_empty() && study.sites.is_none());
    assert!(study.measures.is_empty() && study.geodetector.is_none());
    assert_eq!(study.grid.area, Area::Nominal);
    assert_eq!(
        (study.output.dir.as_str(), study.output.format),
        ("out", Format::GTiff)
    );
    assert_eq!(
        (study.output.compress, &study.output.layers),
        (Compress::Deflate, &Layers::All)
    );
    assert_eq!(study.engine.device, Device::Auto);
    assert!(study.inputs[0].check_range);
}

#[test]
fn overrides_do_not_change_the_hash() {
    assert_eq!(
        good(LEAST, &[]).sha256,
        good(LEAST, &["engine.device=cpu"]).sha256
    );
}

#[test]
fn three_quarters_of_the_years_are_rounded_up_and_never_under_four() {
    let of = |n| TrendTable::default_min_years(n);
    assert_eq!([of(4), of(5), of(7), of(20), of(21)], [4, 4, 6, 15, 16]);
}

#[test]
fn a_rule_of_false_discovery_is_a_flag_or_a_name() {
    use FalseDiscovery::{BenjaminiHochberg, BenjaminiYekutieli};
    for (value, expected) in [
        ("false", None),
        ("true", Some(BenjaminiHochberg)),
        ("\"benjamini-hochberg\"", Some(BenjaminiHochberg)),
        ("\"benjamini-yekutieli\"", Some(BenjaminiYekutieli)),
    ] {
        assert_eq!(
            good(&format!("{LEAST}[trend]\nfdr = {value}"), &[])
                .trend
                .fdr,
            expected,
            "{value}"
        );
    }
    let text = message("[trend]\nfdr = \"benjamini-yekuteli\"");
    assert!(
        text.contains("trend.fdr")
            && text.contains("did you mean")
            && text.contains("benjamini-yekutieli"),
        "{text}"
    );
}

#[test]
fn overrides_change_the_table_before_it_is_checked() {
    let study = good(
        LEAST,
        &[
            "engine.memory=512MiB",
            "respiration.parameters.K = 2.5",
            "trend.tests=[\"ols\"]",
            "study.name = Guangxi # 2",
            "stages.\"late\"=[2011,2020]",
            "inputs.temperature.files=t.nc",
            "inputs.temperature.units=K",
        ],
    );
    assert_eq!(study.engine.memory_bytes, 512 << 20);
    assert_eq!(study.respiration.parameters, [("K".to_owned(), 2.5)]);
    assert_eq!(study.trend.tests, [TrendTest::Ols]);
    assert_eq!(
        (study.name.as_str(), study.stages[0].name.as_str()),
        ("Guangxi # 2", "late")
    );
    assert_eq!(study.inputs[1].units.as_deref(), Some("K"));
    assert!(study.is_stated("engine.memory") && study.overrides.len() == 7);
}

#[test]
fn a_law_has_its_unit_and_its_coefficients_by_name() {
    let law = |more: &str| good(&format!("{LEAST}[respiration]\n{more}\n"), &[]).respiration;
    assert_eq!(
        law("heterotrophic = \"power\"").heterotrophic,
        RhChoice::power(PowerUnit::GramsADay)
    );
    for way in [
        "heterotrophic = \"power\"\npower_unit = \"kgC m-2 yr-1\"",
        "heterotrophic = { power = \"kgC m-2 yr-1\" }",
    ] {
        assert_eq!(
            law(way).heterotrophic,
            RhChoice::power(PowerUnit::KilogramsAYear),
            "{way}"
        );
    }
    assert_eq!(law("days = \"30\"").days, DaysOfMonth::Thirty);
    assert_eq!(law("days = 30").days, DaysOfMonth::Thirty);
    assert_eq!(law("").days, DaysOfMonth::Calendar);
    let parameters = law("parameters = { pei.a = 0.0913, \"pei.b\" = 0.3, F = 2 }").parameters;
    let expected = [("pei.a", 0.0913), ("pei.b", 0.3), ("F", 2.0)]
        .map(|(name, value)| (name.to_owned(), value));
    for one in expected {
        assert!(parameters.contains(&one), "{parameters:?} lacks {one:?}");
    }
    assert!(
        message("[respiration]\nheterotrophic = { power = \"gC m-2 yr-1\" }")
            .contains("no field data agree")
    );
}

#[test]
fn memory_is_read_with_binary_and_decimal_units() {
    for (text, bytes) in [
        ("2GiB", Some(2_147_483_648)),
        ("512MiB", Some(536_870_912)),
        ("1.5 GB", Some(1_500_000_000)),
        ("100", Some(100)),
        ("64 kib", Some(65_536)),
        ("0", None),
        ("-1GB", None),
        ("GB", None),
        ("2G", None),
        ("1e9", None),
        ("99999999TB", None),
        (".", None),
    ] {
        assert_eq!(bytes_from_text(text), bytes, "{text}");
    }
    assert_eq!(
        good(LEAST, &["engine.memory=1000"]).engine.memory_bytes,
        1000
    );
}

#[test]
fn sensitivities_devices_and_fractions_are_read() {
    let more = "[attribution]\nsensitivity = [\"first-difference\", { baseline = [2001, 2005] }]\n\
                [engine]\ndevice = \"RTX 4090\"\n[respiration]\nheterotrophic = { fraction = 0.55 \
                }\n\
                denominator = \"K+P+P0\"\n[zones.z]\nfile = \"z.tif\"\nlabels = { 2 = \"b\", 1 = \
                \"a\" }";
    let study = good(&format!("{LEAST}{more}"), &[]);
    let baseline = Sensitivity::Baseline(Years {
        first: 2001,
        last: 2005,
    });
    assert_eq!(
        study.attribution.sensitivity,
        [Sensitivity::FirstDifference, baseline]
    );
    assert_eq!(study.engine.device, Device::Named("RTX 4090".to_owned()));
    assert_eq!(study.respiration.heterotrophic, RhChoice::fraction(0.55));
    assert_eq!(study.respiration.denominator, Denominator::KPlusPPlusP0);
    let ZonesFrom::File(zones) = &study.zones[0].source else {
        panic!("{:?} is a file", study.zones[0])
    };
    assert_eq!(zones.labels, [(2, "b".to_owned()), (1, "a".to_owned())]);
}

#[test]
fn a_driver_that_is_nearly_a_known_input_is_warned_of() {
    let study = good(
        &format!("{LEAST}[inputs.temprature]\nfiles = \"t.nc\"\n[inputs.gpp]\nfiles = \"g\""),
        &[],
    );
    assert_eq!(study.warnings.len(), 1);
    assert_eq!(
        study.warnings[0].to_string(),
        ":5: inputs.temprature: treated as a further driver; if it is the temperature of the \
         carbon chain, name it [inputs.temperature]"
    );
}

#[test]
fn paths_are_relative_to_the_study_unless_they_say_otherwise() {
    let study = good(LEAST, &[]);
    assert_eq!(study.resolve("a/b.tif"), Path::new("data/a/b.tif"));
    for path in [
        "/vsizip/a.zip/b.tif",
        "/abs/a.tif",
        "NETCDF:\"a.nc\":v",
        "https://x.org/a.tif",
    ] {
        assert_eq!(study.resolve(path), Path::new(path));
    }
}
