//! Pixels without a partial correlation because other drivers explain the response wholly, from the counts of missing
//! values.

use std::collections::BTreeMap;

use crate::run::LayerRecord;

/// What ends the name of the share that all drivers explain; before it is the response.
const SHARE: &str = "_drivers_r2";

/// A line for each driver that has no partial correlation where the regression has a share explained.
///
/// # Arguments
///
/// * `stages` - the stages of the run; one of ranks has other pixels without a correlation.
pub(super) fn explained_lines(layers: &[LayerRecord], stages: &[String]) -> Vec<String> {
    if stages
        .iter()
        .any(|stage| stage.starts_with("partial_rank "))
    {
        return Vec::new();
    }
    let missing: BTreeMap<&str, u64> = layers
        .iter()
        .map(|layer| (layer.path.as_str(), layer.missing))
        .collect();
    let shares = missing.iter().filter_map(|(path, n)| {
        let response = path.strip_suffix(SHARE)?;
        Some((response, *n))
    });
    let of_share = |(response, without_share): (&str, u64)| -> Vec<String> {
        let start = format!("{response}_partial_");
        let name = response.rsplit('/').next().unwrap_or(response);
        let of_map = |(path, n): (&&str, &u64)| {
            let driver = path.strip_prefix(&start)?;
            let is_of_driver = missing.contains_key(format!("{path}_p").as_str());
            // Wherever there is no share, there is no partial correlation either.
            let n = n
                .checked_sub(without_share)
                .filter(|n| is_of_driver && *n > 0)?;
            let plural = if n == 1 { "" } else { "s" };
            Some(format!(
                "{driver}: no partial correlation in {n} pixel{plural} where the other drivers explain {name} wholly"
            ))
        };
        missing.iter().filter_map(of_map).collect()
    };
    shares.flat_map(of_share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(path: &str, missing: u64) -> LayerRecord {
        LayerRecord {
            path: path.to_owned(),
            missing,
            extremes: None,
            central_range: None,
            flags: Vec::new(),
        }
    }

    #[test]
    fn what_others_explain_wholly_is_counted_by_driver() {
        let layers = [
            layer("maps/nep_drivers_r2", 10),
            layer("maps/nep_partial_t", 13),
            layer("maps/nep_partial_t_p", 13),
            layer("maps/nep_partial_rain", 10),
            layer("maps/nep_partial_rain_p", 10),
        ];
        let stages = ["regression of nep".to_owned()];
        assert_eq!(
            explained_lines(&layers, &stages),
            ["t: no partial correlation in 3 pixels where the other drivers explain nep wholly"]
        );
        let ranked = ["partial_rank of nep".to_owned()];
        assert!(explained_lines(&layers, &ranked).is_empty());
        assert!(explained_lines(&layers[1..], &stages).is_empty());
    }
}
