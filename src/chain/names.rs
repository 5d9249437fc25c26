//! Names of series and files, in descriptions and in requests.

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

/// The drivers unless the study names others, as far as they are inputs.
pub(super) const DEFAULT_DRIVERS: [&str; 3] = ["temperature", "precipitation", "radiation"];

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

/// The last part of a path or of a layer's name.
pub(super) fn stem(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether `name` means the file at `path`: by the whole path, by the path under `maps`, or by the
/// bare name, which means that file in every folder.
pub(super) fn is_named(path: &str, name: &str) -> bool {
    path == name || path.strip_prefix("maps/") == Some(name) || stem(path) == name
}

/// `a, b and c`.
pub(super) fn in_a_row(words: &[String]) -> String {
    match words {
        [firsts @ .., last] if !firsts.is_empty() => format!("{} and {last}", firsts.join(", ")),
        few => few.concat(),
    }
}
