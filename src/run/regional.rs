//! What a run says of the whole region besides its series: areas of classes, attributions.

use crate::chain::{AttributionLayers, AttributionSpec, Chain, FileSource};
use crate::error::Error;
use crate::grid::{Grid, Window};
use crate::kernels::attribution::AGREEMENT_CLASSES;
use crate::sinks::RasterSink;
use crate::tables::{
    AttributionMeans, AttributionRow, AttributionView, ClassAreas, ClassTable, ReplicateMeans,
    ReplicateView, attribution_csv, classes_csv,
};
use crate::tile::TileOutput;

use super::layer_of;

/// Sums over the region, gathered tile by tile.
pub(super) struct Regional {
    /// By sensitivity, in the order of the chain.
    attributions: Vec<AttributionMeans>,
    /// Their replicates, where there are any.
    replicates: Vec<Option<ReplicateMeans>>,
    /// Of the agreement of the sensitivities.
    agreement: ClassAreas,
    /// By file, for files of classes.
    classes: Vec<(usize, ClassAreas)>,
}

impl Regional {
    pub(super) fn new(chain: &Chain) -> Self {
        let spec = chain.attribution.as_ref();
        let attributions = spec.into_iter().flat_map(|spec| {
            spec.by
                .iter()
                .map(|_| AttributionMeans::new(spec.predictors.len()))
        });
        let replicates = spec.into_iter().flat_map(|spec| {
            spec.by.iter().map(|by| {
                by.replicates
                    .zip(spec.bootstrap)
                    .map(|(_, b)| ReplicateMeans::new(b.replicates, b.level))
            })
        });
        let files = chain
            .files
            .iter()
            .enumerate()
            .filter(|(_, file)| file.kind.classes().is_some());
        Self {
            attributions: attributions.collect(),
            replicates: replicates.collect(),
            agreement: ClassAreas::default(),
            classes: files
                .map(|(place, _)| (place, ClassAreas::default()))
                .collect(),
        }
    }

    /// Adds a tile.
    pub(super) fn take(&mut self, chain: &Chain, grid: &Grid, output: &TileOutput) {
        for (place, areas) in &mut self.classes {
            if let FileSource::Layer(layer) = chain.files[*place].content {
                areas.add(grid, output, layer_of(chain, output, layer));
            }
        }
        let Some(spec) = &chain.attribution else {
            return;
        };
        for (by, means) in spec.by.iter().zip(&mut self.attributions) {
            means.add(grid, output, &view(chain, output, spec, by));
        }
        for (by, means) in spec.by.iter().zip(&mut self.replicates) {
            let (Some(layers), Some(means)) = (by.replicates, means) else {
                continue;
            };
            let [climate, human, share] = [layers.climate, layers.human, layers.share]
                .map(|layer| layer_of(chain, output, layer));
            means.add(
                grid,
                output,
                ReplicateView {
                    climate,
                    human,
                    share,
                },
            );
        }
        if let Some(layer) = spec.agreement {
            self.agreement
                .add(grid, output, layer_of(chain, output, layer));
        }
    }

    /// Adds a window of a file that is made after the last tile.
    pub(super) fn take_late(&mut self, grid: &Grid, file: usize, window: Window, values: &[f32]) {
        // Outside the mask the values are missing.
        let output = TileOutput {
            window,
            layers: Vec::new(),
            inside: None,
        };
        for (_, areas) in self.classes.iter_mut().filter(|(place, _)| *place == file) {
            areas.add(grid, &output, values);
        }
    }

    /// What the attributions say of the region.
    pub(super) fn attribution_rows(&self, chain: &Chain) -> Vec<AttributionRow> {
        let by = chain.attribution.iter().flat_map(|spec| &spec.by);
        let means = self.attributions.iter().zip(&self.replicates);
        let row = |(by, (means, replicates)): (
            &AttributionLayers,
            (&AttributionMeans, &Option<ReplicateMeans>),
        )| {
            let intervals = replicates.as_ref().map(ReplicateMeans::intervals);
            AttributionRow {
                intervals,
                ..means.row(by.sensitivity.folder())
            }
        };
        by.zip(means).map(row).collect()
    }

    /// Writes the tables that have rows.
    pub(super) fn write(&self, chain: &Chain, sink: &mut RasterSink) -> Result<(), Error> {
        if let Some(spec) = &chain.attribution {
            let rows = self.attribution_rows(chain);
            sink.write_text(
                "tables/attribution.csv",
                &attribution_csv(&spec.predictors, &rows),
            )?;
        }
        let tables: Vec<ClassTable<'_>> = self
            .classes
            .iter()
            .filter_map(|(place, areas)| {
                let file = &chain.files[*place];
                let layer = file.path.strip_prefix("maps/").unwrap_or(&file.path);
                Some(ClassTable {
                    layer,
                    labels: file.kind.classes()?,
                    areas,
                })
            })
            .collect();
        if !tables.is_empty() {
            sink.write_text("tables/classes.csv", &classes_csv(&tables))?;
        }
        Ok(())
    }

    /// A word on attributions that hang on how the sensitivities are estimated.
    pub(super) fn warnings(&self, chain: &Chain) -> Vec<String> {
        let Some(spec) = &chain.attribution else {
            return Vec::new();
        };
        let [_, (climate, _), (people, _), (contradiction, _)] = AGREEMENT_CLASSES;
        let share = self
            .agreement
            .share(contradiction, &[climate, people, contradiction]);
        let Some(share) = share.filter(|share| *share > 0.0) else {
            return Vec::new();
        };
        let words: Vec<&str> = spec.by.iter().map(|by| by.sensitivity.folder()).collect();
        vec![format!(
            "attribution: on {:.1} % of the area that all of {} decide, they contradict each other on whether climate or people dominate the trend of {}; report them side by side (maps/{}_attribution_agreement.tif)",
            100.0 * share,
            words.join(", "),
            spec.response,
            spec.response
        )]
    }
}

/// The layers of one attribution in a tile.
fn view<'a>(
    chain: &Chain,
    output: &'a TileOutput,
    spec: &AttributionSpec,
    by: &AttributionLayers,
) -> AttributionView<'a> {
    let layer = |layer: usize| layer_of(chain, output, layer);
    let place = |name: &str| spec.predictors.iter().position(|d| d == name);
    let wetness_and_light = place("precipitation").zip(place("radiation"));
    AttributionView {
        observed: layer(spec.observed),
        climate: layer(by.climate),
        human: layer(by.human),
        parts: by.parts.iter().map(|&part| layer(part)).collect(),
        class: layer(by.class),
        dominant: layer(by.dominant),
        regime: spec
            .regime
            .zip(wetness_and_light)
            .map(|(regime, (wetness, light))| (layer(regime), [wetness, light])),
    }
}
