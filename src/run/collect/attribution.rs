//! Mean parts of the attributed trend over the region, and where the sensitivities agree.

use crate::chain::{AttributionLayers, AttributionSpec, Chain};
use crate::kernels::attribution::AGREEMENT_CLASSES;
use crate::run::plan::Plan;
use crate::run::record::{AttributionRecord, Gathered};
use crate::run::tile::TileView;
use crate::tables::{
    AttributionMeans, AttributionRow, AttributionView, ClassAreas, ReplicateMeans, ReplicateView,
    attribution_csv,
};

use super::collector::{Collector, Table};

/// Sums of every attribution of the chain; nothing where there is none.
pub(super) struct Attributions {
    /// By sensitivity, in the order of the chain.
    by: Vec<OneAttribution>,
    /// Areas of the agreement of the sensitivities.
    agreement: ClassAreas,
}

/// Sums of the attribution by one sensitivity.
struct OneAttribution {
    means: AttributionMeans,
    /// Those of its replicates, where the study draws some.
    replicates: Option<ReplicateMeans>,
}

impl Attributions {
    /// No tile yet.
    pub(super) fn new(chain: &Chain) -> Self {
        let one = |spec: &AttributionSpec, by: &AttributionLayers| OneAttribution {
            means: AttributionMeans::new(spec.predictors.len()),
            replicates: by
                .replicates
                .zip(spec.bootstrap)
                .map(|(_, b)| ReplicateMeans::new(b.replicates, b.level)),
        };
        let spec = chain.attribution.iter();
        Self {
            by: spec
                .flat_map(|spec| spec.by.iter().map(|by| one(spec, by)))
                .collect(),
            agreement: ClassAreas::default(),
        }
    }

    /// The figures of each attribution.
    fn rows(&self, spec: &AttributionSpec) -> Vec<AttributionRow> {
        let row = |(by, one): (&AttributionLayers, &OneAttribution)| AttributionRow {
            intervals: one.replicates.as_ref().map(ReplicateMeans::intervals),
            ..one.means.row(by.sensitivity.folder())
        };
        spec.by.iter().zip(&self.by).map(row).collect()
    }

    /// A warning where the result depends on how the sensitivities are estimated.
    fn warning(&self, spec: &AttributionSpec) -> Option<String> {
        let [_, (climate, _), (human, _), (contradiction, _)] = AGREEMENT_CLASSES;
        let decided = [climate, human, contradiction];
        let share = self.agreement.share(contradiction, &decided);
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

impl Collector for Attributions {
    fn take(&mut self, tile: &TileView<'_>) {
        let Some(spec) = &tile.chain.attribution else {
            return;
        };
        for (by, one) in spec.by.iter().zip(&mut self.by) {
            one.means.add(tile.grid, tile.output, &view(tile, spec, by));
            if let (Some(layers), Some(means)) = (by.replicates, &mut one.replicates) {
                let view = ReplicateView {
                    climate: tile.layer(layers.climate),
                    human: tile.layer(layers.human),
                    share: tile.layer(layers.share),
                };
                means.add(tile.grid, tile.output, view);
            }
        }
        if let Some(layer) = spec.agreement {
            self.agreement
                .add(tile.grid, tile.output, tile.layer(layer));
        }
    }

    fn counts_missing(&self) -> bool {
        false
    }

    fn tables(&self, plan: &Plan) -> Vec<Table> {
        let spec = plan.chain.attribution.iter();
        spec.map(|spec| Table {
            name: "tables/attribution.csv",
            text: attribution_csv(&spec.predictors, &self.rows(spec)),
        })
        .collect()
    }

    fn record(&self, plan: &Plan, gathered: &mut Gathered) {
        let Some(spec) = &plan.chain.attribution else {
            return;
        };
        gathered.attribution = Some(AttributionRecord::new(spec, self.rows(spec)));
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
