//! Mean parts of the attributed trend over every zone, and where the sensitivities agree.

use std::path::Path;

use crate::chain::{AttributionLayers, AttributionSpec, Chain};
use crate::kernels::attribution::AGREEMENT_CLASSES;
use crate::run::plan::Plan;
use crate::run::record::{AttributionRecord, Gathered};
use crate::run::tile::TileView;
use crate::tables::{
    ALL_ZONE, AttributionIntervals, AttributionMeans, AttributionRow, AttributionView, ClassAreas,
    ReplicateMeans, ReplicateView, ZoneExtents, ZoneNames, attribution_csv,
};

use super::collector::{Collector, Table};
use super::places::TileZones;
use super::state::{StateError, loaded, saved};

/// Sums of every attribution of the chain; nothing where there is none.
pub(super) struct Attributions {
    /// By sensitivity, in the order of the chain.
    by: Vec<OneAttribution>,
    /// Areas of the agreement of the sensitivities.
    agreement: ClassAreas,
    extents: ZoneExtents,
    n_zones: usize,
}

/// Sums of the attribution by one sensitivity.
#[derive(serde::Serialize, serde::Deserialize)]
struct OneAttribution {
    means: AttributionMeans,
    /// Those of its replicates, where the study draws some.
    replicates: Option<ReplicateMeans>,
}

impl Attributions {
    /// No tile yet.
    pub(super) fn new(chain: &Chain, n_zones: usize) -> Self {
        let one = |spec: &AttributionSpec, by: &AttributionLayers| OneAttribution {
            means: AttributionMeans::new(spec.predictors.len(), n_zones),
            replicates: by.replicates.zip(spec.bootstrap).map(|(_, b)| {
                ReplicateMeans::new(
                    b.replicates,
                    b.level,
                    zones_with_intervals(b.replicates, n_zones),
                )
            }),
        };
        let spec = chain.attribution.iter();
        Self {
            by: spec
                .flat_map(|spec| spec.by.iter().map(|by| one(spec, by)))
                .collect(),
            agreement: ClassAreas::new(1),
            extents: ZoneExtents::new(n_zones),
            n_zones,
        }
    }

    /// The figures of each attribution in some zones.
    fn rows(&self, spec: &AttributionSpec, zones: std::ops::Range<usize>) -> Vec<AttributionRow> {
        let row = |by: &AttributionLayers, one: &OneAttribution, zone: usize| AttributionRow {
            intervals: one.intervals(zone),
            ..one.means.row(by.sensitivity.folder(), zone)
        };
        let by = spec.by.iter().zip(&self.by);
        by.flat_map(|(by, one)| zones.clone().map(move |zone| row(by, one, zone)))
            .collect()
    }

    /// A warning where the result depends on how the sensitivities are estimated.
    fn warning(&self, spec: &AttributionSpec) -> Option<String> {
        let [_, (climate, _), (human, _), (contradiction, _)] = AGREEMENT_CLASSES;
        let decided = [climate, human, contradiction];
        let share = self.agreement.share(ALL_ZONE, contradiction, &decided);
        let share = share.filter(|share| *share > 0.0)?;
        let words: Vec<&str> = spec.by.iter().map(|by| by.sensitivity.folder()).collect();
        Some(format!(
            "attribution: {} disagree on the dominant cause of the trend of {response}, climate or \
             human, on {:.1} % of the area where each of them gives one; report them side by side \
             (map maps/{response}_attribution_agreement)",
            words.join(", "),
            100.0 * share,
            response = spec.response,
        ))
    }
}

impl OneAttribution {
    /// The intervals of a zone, where there are replicates of it.
    fn intervals(&self, zone: usize) -> Option<AttributionIntervals> {
        let replicates = self.replicates.as_ref()?;
        (zone < replicates.n_zones()).then(|| replicates.intervals(zone))
    }
}

/// How many zones have intervals: all, or `all` alone where sums of the replicates would take too much memory.
fn zones_with_intervals(replicates: usize, n_zones: usize) -> usize {
    const MOST_BYTES: usize = 64 << 20;
    if n_zones * replicates * ReplicateMeans::BYTES <= MOST_BYTES {
        n_zones
    } else {
        1
    }
}

impl Collector for Attributions {
    fn take(&mut self, _plan: &Plan, tile: &TileView<'_>, zones: &TileZones) {
        let Some(spec) = &tile.chain.attribution else {
            return;
        };
        self.extents.add(&zones.places);
        if tile.is_one_for_all() {
            return;
        }
        for (by, one) in spec.by.iter().zip(&mut self.by) {
            one.means.add(&zones.places, &view(tile, spec, by));
            if let (Some(layers), Some(means)) = (by.replicates, &mut one.replicates) {
                let view = ReplicateView {
                    climate: tile.layer(layers.climate),
                    human: tile.layer(layers.human),
                    share: tile.layer(layers.share),
                };
                if means.n_zones() == 1 {
                    means.add(&zones.places.of_all(), view);
                } else {
                    means.add(&zones.places, view);
                }
            }
        }
        if let Some(layer) = spec.agreement {
            self.agreement
                .add(&zones.places.of_all(), tile.layer(layer));
        }
    }

    fn state(&mut self, _is_durable: bool) -> Result<Vec<u8>, StateError> {
        saved(&(&self.by, &self.agreement, &self.extents))
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), StateError> {
        (self.by, self.agreement, self.extents) = loaded(state)?;
        Ok(())
    }

    fn merge(&mut self, state: &[u8], _files: &Path) -> Result<(), StateError> {
        let (by, agreement, extents): (Vec<OneAttribution>, ClassAreas, ZoneExtents) =
            loaded(state)?;
        for (ours, theirs) in self.by.iter_mut().zip(&by) {
            ours.means.merge(&theirs.means);
            if let (Some(ours), Some(theirs)) = (&mut ours.replicates, &theirs.replicates) {
                ours.merge(theirs);
            }
        }
        self.agreement.merge(&agreement);
        self.extents.merge(&extents);
        Ok(())
    }

    /// Whether a zone has a row is a matter of all its pixels.
    fn counts_missing(&self) -> bool {
        true
    }

    fn tables(&self, plan: &Plan, zones: &ZoneNames) -> Vec<Table> {
        let spec = plan.chain.attribution.iter();
        let has_row =
            |row: &AttributionRow| !zones.is_left_out(row.zone, self.extents.area_km2(row.zone));
        spec.map(|spec| {
            let mut rows = self.rows(spec, 0..self.n_zones);
            rows.retain(has_row);
            Table {
                name: "tables/attribution.csv",
                text: attribution_csv(&spec.predictors, &rows, zones),
            }
        })
        .collect()
    }

    fn record(&self, plan: &Plan, _zones: &ZoneNames, gathered: &mut Gathered) {
        let Some(spec) = &plan.chain.attribution else {
            return;
        };
        gathered.attribution = Some(AttributionRecord::new(
            spec,
            self.rows(spec, ALL_ZONE..ALL_ZONE + 1),
        ));
        gathered.warnings.extend(self.warning(spec));
    }
}

/// The layers of one attribution in a tile.
fn view<'a>(
    tile: &TileView<'a>,
    spec: &AttributionSpec,
    by: &AttributionLayers,
) -> AttributionView<'a> {
    let index = |name: &str| spec.predictors.iter().position(|d| d == name);
    let wetness_and_light = index("precipitation").zip(index("radiation"));
    AttributionView {
        observed: tile.layer(spec.observed),
        climate: tile.layer(by.climate),
        human: tile.layer(by.human),
        parts: by.parts.iter().map(|&part| tile.layer(part)).collect(),
        class: tile.layer(by.class),
        dominant: tile.layer(by.dominant),
        regime: spec
            .regime
            .zip(wetness_and_light)
            .map(|(regime, drivers)| (tile.layer(regime), drivers.into())),
    }
}
