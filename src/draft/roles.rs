//! Which input of a study a name means.

/// Inputs that the models read, with words that files and variables are named by.
const WORDS: [(&str, &[&str]); 5] = [
    ("npp", &["npp"]),
    (
        "temperature",
        &["temperature", "temp", "tas", "tmp", "tmean", "tavg", "t2m"],
    ),
    (
        "precipitation",
        &[
            "precipitation",
            "precip",
            "pr",
            "pre",
            "prcp",
            "ppt",
            "rain",
            "rainfall",
            "tp",
        ],
    ),
    (
        "radiation",
        &["radiation", "rad", "rsds", "srad", "ssrd", "solar", "sis"],
    ),
    ("soc", &["soc", "orgc", "ocs", "soilc"]),
];

/// The input that a name means, if its words say so.
pub(super) fn role_of(name: &str) -> Option<&'static str> {
    let words = words_of(name);
    let is_named =
        |known: &&(&str, &[&str])| known.1.iter().any(|word| words.iter().any(|w| w == word));
    WORDS.iter().find(is_named).map(|(role, _)| *role)
}

/// A name for an input of which no role is known: that of its file, as a bare key of TOML.
pub(super) fn key_of(pattern: &str) -> String {
    let name = pattern.rsplit('/').next().unwrap_or(pattern);
    let stem = name.split('.').next().unwrap_or(name);
    let stem = stem.replace("{year}", "").replace("{month}", "");
    let words: Vec<String> = words_of(&stem);
    if words.is_empty() {
        "input".to_owned()
    } else {
        words.join("_")
    }
}

/// The words of a name in small letters: letters, with digits behind them.
fn words_of(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()));
    words.map(str::to_ascii_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_make_roles() {
        for (name, role) in [
            ("npp/npp_{year}.tif", Some("npp")),
            ("CRU_ts4.06.tmp.dat.nc", Some("temperature")),
            ("era5/tp_{year}.nc", Some("precipitation")),
            ("rsds_day.nc", Some("radiation")),
            ("HWSD_SOC_0-20.tif", Some("soc")),
            ("present_landcover.tif", None),
            ("ndvi.tif", None),
        ] {
            assert_eq!(role_of(name), role, "{name}");
        }
        assert_eq!(key_of("a/NDVI-max_{year}.tif"), "ndvi_max");
        assert_eq!(key_of("2001.tif"), "input");
    }
}
