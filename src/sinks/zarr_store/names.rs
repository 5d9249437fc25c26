//! What the arrays of a store are called.

/// A name for each raster: its path without `maps/` or `stacks/`, and `_` for what else is a folder, so that
/// `maps/raw/nep_slope_human` is `raw_nep_slope_human`. Where that name is taken it is made of the whole path.
///
/// # Arguments
///
/// * `taken` - names that the store has already.
pub(super) fn array_names<'a>(paths: impl Iterator<Item = &'a str>, taken: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for path in paths {
        let is_free = |name: &String| !taken.contains(&name.as_str()) && !names.contains(name);
        let short = path
            .strip_prefix("maps/")
            .or_else(|| path.strip_prefix("stacks/"));
        let short = short.unwrap_or(path).replace('/', "_");
        let mut name = Some(short)
            .filter(is_free)
            .unwrap_or_else(|| path.replace('/', "_"));
        while !is_free(&name) {
            name.push('_');
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_rasters_have_two_names() {
        let paths = [
            "stacks/nep",
            "maps/nep_slope",
            "maps/raw/nep_slope",
            "maps/raw_nep_slope",
            "maps/nep",
            "maps/x",
        ];
        let names = array_names(paths.into_iter(), &["x"]);
        let expected = [
            "nep",
            "nep_slope",
            "raw_nep_slope",
            "maps_raw_nep_slope",
            "maps_nep",
            "maps_x",
        ];
        assert_eq!(names, expected);
    }
}
