//! The texts of a synthetic study: its study file, its README and its truth.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::fields::{TRUTHS, transform};
use super::options::{ClimateType, SynthOptions};
use super::series::YEARS;
use super::site::MEASURES;
use super::truth::RegionalTruth;

/// Said in every file.
pub(super) const SYNTHETIC: &str = "made up by doline synth; nothing in it was measured";

/// What `truth.json` names as its maker.
const GENERATOR: &str = "doline synth";

/// The study file, with the measures' labels in place of `{labels}` and so on.
const STUDY: &str = r#"# SYNTHETIC data: made up by `doline synth`, nothing in it was measured.
# What was planted is in truth/; README.md tells more.

[study]
name  = "SYNTHETIC karst region, {first}-{last}"
years = [{first}, {last}]

[grid]
like = "npp"                           # all files share one grid, nothing is resampled
# mask = "zones/karst.tif"             # karst alone

# Annual NPP in the manner of MOD17A3HGF: codes over 32700 say why a pixel has no value.
[inputs.npp]
files       = "npp/npp_{year}.tif"
units       = "kgC m-2 yr-1"
scale       = 0.0001
valid_range = [-30000, 32700]          # in stored numbers
nodata      = [32767]

# Monthly climate, 240 bands from January {first} to December {last}; {storage}
[inputs.temperature]
files = "climate/temperature.tif"
units = "degC"

[inputs.precipitation]
files = "climate/precipitation.tif"
units = "mm month-1"

[inputs.radiation]
files = "climate/radiation.tif"
units = "MJ m-2 month-1"

# Soil organic carbon of the upper 20 cm.
[inputs.soc]
files = "soil/soc.tif"
units = "kgC m-2"

[respiration]
model         = "gsmsr"
heterotrophic = "bond-lamberty-2004"

[trend]
of        = ["nep", "npp", "rh", "temperature", "precipitation", "radiation"]
min_years = 15

[drivers]
response   = "nep"
predictors = ["temperature", "precipitation", "radiation"]

[attribution]
sensitivity = ["raw", "detrended"]

# Rounds of rocky-desertification monitoring; the measures show most in the second.
[stages]
"first"  = [2001, 2005]
"second" = [2006, 2011]
"third"  = [2012, 2016]
"fourth" = [2017, 2020]

[zones.rock]
file   = "zones/karst.tif"
labels = { 1 = "karst" }

[zones.measure]
file    = "zones/measures.tif"
control = "none"                       # karst that was left alone

[zones.measure.labels]
{labels}
[output]
dir = "out"
"#;

/// The README of a study.
const README: &str = r"# A made-up karst region

**The data in this folder are synthetic.** `doline synth` computed them from the seed {seed}. Nothing here
was measured, and no place, year or number says anything about the real Guangxi. They serve to try the program,
to test it against a known truth and to time it.

Make it again with

    doline synth --out DIR --size {width}x{height} --seed {seed}

| file | content |
|---|---|
| `study.toml` | the study file: `doline run study.toml` |
| `npp/npp_YEAR.tif` | NPP of each year, int16 in 0.0001 kgC m-2 yr-1, fill codes of MOD17 over 32700 |
| `climate/temperature.tif` | monthly mean temperature, degC, 240 bands |
| `climate/precipitation.tif` | monthly precipitation, mm, 240 bands |
| `climate/radiation.tif` | monthly solar radiation, MJ m-2, 240 bands |
| `soil/soc.tif` | soil organic carbon, 0-20 cm, kgC m-2 |
| `zones/karst.tif` | 1 on carbonate rock |
| `zones/measures.tif` | codes of the restoration measures, labels in `study.toml` |
| `truth/*.tif`, `truth/truth.json` | what was planted, and what each map is |

NPP of a year is a mean, plus the answer to that year's climate, plus what people did (mostly in 2006-2011 where
a measure was taken), plus noise without a trend over the region. Sea, rivers, towns, bare rock and clouds leave gaps.
";

/// `study.toml`.
pub(super) fn study(options: &SynthOptions) -> String {
    let storage = match options.climate {
        ClimateType::Packed => "16-bit whole\n# numbers, their scale and nodata are in the files.",
        ClimateType::Float32 => "32-bit floats.",
    };
    let mut labels = String::new();
    for (code, label) in MEASURES.iter().enumerate().skip(1) {
        // Writing to a string cannot fail.
        let _ = writeln!(labels, "{code} = \"{label}\"");
    }
    STUDY
        .replace("{first}", &YEARS.first.to_string())
        .replace("{last}", &YEARS.last.to_string())
        .replace("{storage}", storage)
        .replace("{labels}", &labels)
}

/// `README.md`.
pub(super) fn readme(options: &SynthOptions) -> String {
    README
        .replace("{seed}", &options.seed.to_string())
        .replace("{width}", &options.width.to_string())
        .replace("{height}", &options.height.to_string())
}

/// A table of layer means by layer name.
fn means(values: &[f64; TRUTHS.len()]) -> Value {
    TRUTHS
        .iter()
        .zip(values)
        .map(|(&(name, ..), &value)| (name.to_owned(), json!(value)))
        .collect()
}

/// `truth/truth.json`.
pub(super) fn truth(options: &SynthOptions, truth: &RegionalTruth) -> String {
    let layers: Value = TRUTHS
        .iter()
        .map(|&(name, unit, content)| {
            (
                format!("{name}.tif"),
                json!({ "unit": unit, "content": content }),
            )
        })
        .collect();
    let document = json!({
        "generator": GENERATOR,
        "note": SYNTHETIC,
        "version": env!("CARGO_PKG_VERSION"),
        "seed": options.seed,
        "size": [options.width, options.height],
        "years": [YEARS.first, YEARS.last],
        "transform": transform(options),
        "layers": layers,
        "region": { "pixels": truth.n_pixels, "means": means(&truth.means) },
        "karst": { "pixels": truth.n_karst, "means": means(&truth.karst_means) },
    });
    format!("{document:#}\n")
}

/// Whether `path` is the truth of a synthetic study.
pub(super) fn is_truth(path: &Path) -> bool {
    let read = |text: String| serde_json::from_str::<Value>(&text).ok();
    let document = std::fs::read_to_string(path).ok().and_then(read);
    document.is_some_and(|document| document["generator"] == GENERATOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_study_file_is_toml_with_nothing_left_to_fill_in() {
        let study = study(&SynthOptions::default());
        let table: toml::Table = study.parse().expect("is TOML");
        assert_eq!(
            table["inputs"]["npp"]["files"].as_str(),
            Some("npp/npp_{year}.tif")
        );
        assert_eq!(
            table["zones"]["measure"]["labels"]["8"].as_str(),
            Some("none")
        );
        assert_eq!(
            study.matches('{').count(),
            2,
            "the year's place and one inline table"
        );
    }
}
