//! Which maps are shown together: those of a series, and among them what belongs to one question.

use super::describe::StyledMap;
use super::place::Place;

/// Maps under one heading.
#[derive(Debug, Default)]
pub(super) struct Group<'a> {
    /// The heading.
    pub(super) name: String,
    /// Groups inside it.
    pub(super) groups: Vec<Group<'a>>,
    /// Its maps, in the order of the run.
    pub(super) maps: Vec<&'a StyledMap>,
}

impl Group<'_> {
    /// The group of this heading inside this one, made if there is none yet.
    fn inner(&mut self, name: &str) -> &mut Self {
        let place = self.groups.iter().position(|group| group.name == name);
        let place = place.unwrap_or_else(|| {
            self.groups.push(Self {
                name: name.to_owned(),
                ..Self::default()
            });
            self.groups.len() - 1
        });
        &mut self.groups[place]
    }
}

/// The maps of a run by series and question; stacks come last. Only groups with maps are there.
pub(super) fn groups_of<'a>(maps: &'a [StyledMap], place: &Place) -> Group<'a> {
    let mut all = Group::default();
    let series_of = |map: &StyledMap| {
        let series = place.series.iter().filter(|series| {
            let rest = map.name().strip_prefix(series.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        });
        // `npp_human` before `npp`.
        series.max_by_key(|series| series.len())
    };
    // In the order of the series, not of the files.
    for series in &place.series {
        let of_series = maps.iter().filter(|map| map.path.starts_with("maps/"));
        for map in of_series.filter(|map| series_of(map) == Some(series)) {
            let group = all.inner(series).inner(&question(map));
            group.maps.push(map);
        }
    }
    for map in maps.iter().filter(|map| map.path.starts_with("maps/")) {
        if series_of(map).is_none() {
            all.inner(&question(map)).maps.push(map);
        }
    }
    for map in maps.iter().filter(|map| map.path.starts_with("stacks/")) {
        all.inner("years").maps.push(map);
    }
    all
}

/// What a map answers: by its folder, else by the kernel that made it.
fn question(map: &StyledMap) -> String {
    let inside = map.path.strip_prefix("maps/").unwrap_or(&map.path);
    if let Some((folder, _)) = inside.split_once('/') {
        return format!("attribution, {folder}");
    }
    let question = match map.made_by.as_deref() {
        None => "quality",
        Some("mean_cv" | "balance") => "mean",
        Some("regression" | "climate_regime") => "drivers",
        Some("attribution" | "agreement" | "driver_slopes") => "attribution",
        Some("stage_slope") => "stages",
        Some("spread") => "uncertainty",
        Some(_) => "trend",
    };
    question.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::FileKind;
    use crate::grid::{Coordinates, Grid};
    use crate::styles::ValuesSeen;

    fn map(path: &str, made_by: Option<&str>) -> StyledMap {
        StyledMap {
            path: path.to_owned(),
            ending: "tif",
            description: String::new(),
            unit: "1".to_owned(),
            bands: vec!["2001".to_owned()],
            kind: FileKind::Values,
            made_by: made_by.map(str::to_owned),
            values: ValuesSeen::default(),
        }
    }

    #[test]
    fn a_map_is_with_its_series_and_question() {
        let maps = [
            map("stacks/nep", Some("nep")),
            map("maps/npp_slope", Some("ols")),
            map("maps/nep_human_slope", Some("ols")),
            map("maps/nep_mean", Some("mean_cv")),
            map("maps/raw/nep_share_human", Some("attribution")),
            map("maps/flags", None),
        ];
        let place = Place {
            study: String::new(),
            years: [2001, 2001],
            grid: Grid {
                crs_wkt: String::new(),
                crs_name: String::new(),
                coordinates: Coordinates::Unknown,
                metres_per_unit: 1.0,
                transform: [0.0, 1.0, 0.0, 0.0, 0.0, -1.0],
                width: 1,
                height: 1,
            },
            outline: None,
            projjson: None,
            series: ["nep", "npp", "nep_human"].map(str::to_owned).to_vec(),
            zone_sets: Vec::new(),
            store: None,
            tables: Vec::new(),
        };
        let all = groups_of(&maps, &place);
        let mut found = Vec::new();
        for group in &all.groups {
            found.extend(
                group
                    .maps
                    .iter()
                    .map(|map| (group.name.as_str(), "", map.name())),
            );
            for inner in &group.groups {
                let maps = inner.maps.iter();
                found
                    .extend(maps.map(|map| (group.name.as_str(), inner.name.as_str(), map.name())));
            }
        }
        assert_eq!(
            found,
            [
                ("nep", "mean", "nep_mean"),
                ("nep", "attribution, raw", "nep_share_human"),
                ("npp", "trend", "npp_slope"),
                ("nep_human", "trend", "nep_human_slope"),
                ("quality", "", "flags"),
                ("years", "", "nep"),
            ]
        );
    }
}
