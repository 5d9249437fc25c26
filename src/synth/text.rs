//! The texts of a synthetic study: its study file and its README.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::landscape::LAND_COVER;
use super::measures::PHASE;
use super::options::{ClimateType, SynthOptions};
use super::region::YEARS;

/// Said in every file.
pub(super) const SYNTHETIC: &str = "made up by doline synth; nothing in it was measured";

/// What `truth.json` names as its maker.
pub(super) const GENERATOR: &str = "doline synth";

/// The study file, with the years in place of `{first}` and `{last}` and so on.
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

# Rounds of rocky-desertification monitoring. No measure begins before the second; most do in it.
[stages]
"first"  = [2001, 2005]
"second" = [2006, 2011]
"third"  = [2012, 2016]
"fourth" = [2017, 2020]

[zones.rock]
file   = "zones/karst.tif"
labels = { 1 = "karst" }

[zones.landcover]
file   = "zones/landcover.tif"
labels = { {labels} }

[zones.elevation]                      # m above the sea
file   = "zones/elevation.tif"
breaks = [150, 300, 450, 600, 750, 900, 1050, 1200]

[zones.county]
file  = "zones/counties.gpkg"
field = "name"

[zones.measure]
file    = "zones/measures.gpkg"
field   = "measure"
control = "none"                       # rocky land that was left alone

# Measures are on steep and poor land, which recovers by itself: compare within classes of what is known of it.
[measures]
zones       = "measure"
start_field = "start"                  # first year under the measure, by patch
match       = ["landcover", "elevation"]

[geodetector]
factors = ["rock", "landcover", "elevation", "county"]

[sites]
file = "field.csv"

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
| `zones/measures.gpkg` | patches of restoration measures: `measure`, and `start`, the first year under it |
| `zones/measures.tif` | the same as codes at pixel centres, labels in the file |
| `zones/elevation.tif`, `zones/landcover.tif` | height in m, and codes of land cover: why measures are where they are |
| `zones/karst.tif` | 1 on carbonate rock |
| `zones/counties.gpkg` | counties with invented names: `name` |
| `field.csv` | sites with NPP, Rs and Rh of some years, measured with errors |
| `truth/*.tif`, `truth/truth.json` | what was planted, and what each map is |

NPP of a year is a mean, plus the answer to that year's climate, plus what people did, plus noise: of the whole region
(with a memory of 0.3 from year to year), of places within some 60 km and some 10 km, and of each pixel. Sea, rivers, towns, bare
rock and clouds leave gaps. `truth/truth.json` has, zone by zone, means of all truth layers and what measures added by each year.

## What to find

- **Measures.** Seven of them, in patches of some 17 km. Measures went to steep and poor land, afforestation to the steepest and
  poorest. Such land has less NEP and recovers faster by itself. So treated land is not better than
  land left alone (`none`) in its mean, and the plain difference of slopes ranks afforestation first. What they did is another matter:
  enclosure added most, afforestation comes second (`ranking` in `truth/truth.json`). Compared within classes of land cover and
  elevation the effects are near those planted; a part of the cause, about a third, is in no map of `zones/`
  (`truth/hidden_cause.tif`).
- **Time.** No measure began before {start}. Those of enclosure and afforestation rise from their first year until {end}, then at
  a seventh of that pace; the others for six years from a first year between 2006 and 2010.
- **Spill-over.** Land within 3 km of a measure takes 30 % of its effect. In the control this lowers what is found;
  `buffer_km = 3` leaves such pixels out, where they are finer than that.
- **People and climate.** `nep_human_slope` and `nep_climate_slope` in `truth/` are the parts of the trend of NEP. Respiration has
  only a part of climate.
- **Counties** differ by their land, not by anything of their own.
";

/// `study.toml`.
pub(super) fn study(options: &SynthOptions) -> String {
    let storage = match options.climate {
        ClimateType::Packed => "16-bit whole\n# numbers, their scale and nodata are in the files.",
        ClimateType::Float32 => "32-bit floats.",
    };
    let mut labels = String::new();
    for (code, label) in LAND_COVER.iter().enumerate().skip(1) {
        let separator = if code == 1 { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(labels, "{separator}{code} = \"{label}\"");
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
        .replace("{start}", &PHASE[0].to_string())
        .replace("{end}", &PHASE[1].to_string())
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
            table["zones"]["landcover"]["labels"]["4"].as_str(),
            Some("cropland")
        );
        assert_eq!(
            study.matches('{').count(),
            3,
            "the year's place and two inline tables"
        );
    }
}
