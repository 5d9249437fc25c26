//! The audit of tiles.

use std::sync::Arc;

use crate::chain::{Chain, Stage};
use crate::comparison::{Comparison, compare_end_to_end};
use crate::engines::cpu::{CpuEngine, values_from};
use crate::grid::Window;
use crate::kernels::flags::DECIDED_IN_F64;
use crate::kernels::twin::Precision;
use crate::kernels::views::InputView;
use crate::run::record::{AuditRecord, AuditedValue};
use crate::tile::{Geometry, Stored, Tile, gather};

use super::chosen::Chosen;

/// Computes some pixels of each tile again.
pub(in crate::run) struct Audit {
    /// A chain that returns every layer.
    chain: Arc<Chain>,
    reference: CpuEngine,
    chosen: Chosen,
}

impl Audit {
    /// Of a run on a grid of `n_pixels`.
    pub(in crate::run) fn new(chain: &Chain, n_pixels: usize) -> Self {
        let chain = Arc::new(chain.returning_everything());
        Self {
            reference: CpuEngine::with_precision(Arc::clone(&chain), Precision::Reference),
            chain,
            chosen: Chosen::of_grid(n_pixels as u64),
        }
    }

    /// Audits a tile; what is found in it.
    ///
    /// # Arguments
    ///
    /// * `run` - the chain of the run, which says what `layers` are.
    /// * `tile` - its inputs; of one pixel where that stands for all of `window`.
    /// * `layers` - what the engine made of them.
    /// * `window`, `inside` - the pixels that they belong to.
    pub(in crate::run) fn look(
        &mut self,
        run: &Chain,
        tile: &Tile,
        layers: &[Vec<f32>],
        window: Window,
        inside: Option<&[bool]>,
    ) -> AuditRecord {
        let n_pixels = tile.window.n_pixels();
        let mut places = self.chosen.in_window(window, inside);
        if places.is_empty() || run.stages.is_empty() {
            return AuditRecord::default();
        }
        let stands_for_all = n_pixels < window.n_pixels();
        let pixel_of = |place: usize| if stands_for_all { 0 } else { place };
        let pixels = |places: &[usize]| places.iter().map(|&place| pixel_of(place)).collect();
        let mut all: Vec<usize> = pixels(&places);
        let mut inputs = gather(&run.inputs, &tile.inputs, n_pixels, &all);
        let has_values = pixels_with_values(run, &inputs, all.len());
        if !has_values.iter().all(|has| *has) {
            let mut has = has_values.iter();
            places.retain(|_| has.next().copied().unwrap_or(false));
            if places.is_empty() {
                return AuditRecord::default();
            }
            all = pixels(&places);
            inputs = gather(&run.inputs, &tile.inputs, n_pixels, &all);
        }
        let reference = self.reference.compute(&inputs, all.len());
        let (beside, decided) = self.beside(run, layers, n_pixels, &all, &reference);
        let compared = compare_end_to_end(&self.chain, &inputs, &beside, &reference, all.len());
        let of_run = |row: &&Comparison| {
            let layers = run.returned.iter();
            layers
                .clone()
                .any(|&layer| run.layers[layer].name == row.layer)
        };
        let mut found = AuditRecord {
            pixels: all.len() as u64,
            layers: run.returned.len(),
            decided,
            ..AuditRecord::default()
        };
        for row in compared.iter().filter(of_run) {
            add(&mut found, row, window, &places);
        }
        found
    }

    /// All layers of these pixels: those that the run has, and the reference of all others. With the number of pixels that the
    /// engine has decided in `f64`: its flag is no difference.
    fn beside(
        &self,
        run: &Chain,
        layers: &[Vec<f32>],
        n_pixels: usize,
        pixels: &[usize],
        reference: &[Vec<f32>],
    ) -> (Vec<Vec<f32>>, u64) {
        let mut beside = reference.to_vec();
        for (&layer, values) in run.returned.iter().zip(layers) {
            let steps = values.chunks_exact(n_pixels.max(1));
            let picked = steps.flat_map(|step| pixels.iter().map(|&pixel| step[pixel]));
            beside[layer] = picked.collect();
        }
        let mut is_decided = vec![false; pixels.len()];
        for layer in self.chain.stages.iter().filter_map(Stage::flags_layer) {
            let of_layer = beside[layer].iter_mut().zip(&reference[layer]);
            for ((ours, theirs), is_decided) in of_layer.zip(&mut is_decided) {
                *is_decided |= bits(*ours) & DECIDED_IN_F64 != 0;
                if !ours.is_nan() && !theirs.is_nan() {
                    let same = bits(*ours) & !DECIDED_IN_F64 | bits(*theirs) & DECIDED_IN_F64;
                    *ours = f32::from(same);
                }
            }
        }
        let decided = is_decided.iter().filter(|is| **is).count();
        (beside, decided as u64)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "flags are small whole numbers"
)]
fn bits(flags: f32) -> u16 {
    flags as u16
}

/// Which pixels have a value in some input of their own; all of them where cells of other grids may give one. So a pixel counts
/// alike in tiles of which no file has a block and in others.
fn pixels_with_values(run: &Chain, inputs: &[Stored], n: usize) -> Vec<bool> {
    let mut has_values = vec![false; n];
    for (spec, stored) in run.inputs.iter().zip(inputs) {
        if spec.geometry != Geometry::StudyGrid {
            return vec![true; n];
        }
        let view = InputView::stored(values_from(stored, 0), n, spec.n_steps, &spec.decoding);
        let mut quantities = vec![f32::NAN; spec.n_steps * n];
        view.decode(n, &mut quantities, n);
        for step in quantities.chunks_exact(n) {
            let found = has_values.iter_mut().zip(step);
            found.for_each(|(has, value)| *has |= !value.is_nan());
        }
    }
    has_values
}

/// Adds the comparison of a layer, whose pixels are at `places` of `window`.
fn add(found: &mut AuditRecord, row: &Comparison, window: Window, places: &[usize]) {
    let mut of_layer = AuditRecord {
        values: row.n_compared,
        reordered: row.n_decided,
        class_flips: row.n_class_flips,
        missing_differs: row.n_missing_differs,
        ..AuditRecord::default()
    };
    if !row.agrees() {
        of_layer.over.insert(row.layer.clone());
    }
    let differs = row.n_missing_differs > 0 || row.worst_share > 0.0;
    if let Some(worst) = row.worst.filter(|_| differs) {
        let place = places.get(worst.pixel).copied().unwrap_or(0);
        let number = |x: f32| (!x.is_nan()).then_some(x);
        let has_share = row.n_missing_differs == 0 && row.worst_share.is_finite();
        of_layer.worst = Some(AuditedValue {
            layer: row.layer.clone(),
            unit: row.unit.clone(),
            row: window.row + place / window.width.max(1),
            col: window.col + place % window.width.max(1),
            step: worst.step,
            value: number(worst.value),
            reference: number(worst.reference),
            share: has_share.then_some(row.worst_share),
        });
    }
    found.add(of_layer);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{Steps, Years};
    use crate::chain::{Recipe, build};
    use crate::tile::{DataType, Decoding, InputSpec};

    const SIDE: usize = 10;

    fn chain() -> Chain {
        let years = Years {
            first: 2001,
            last: 2012,
        };
        let ndvi = InputSpec {
            name: "ndvi".to_owned(),
            unit: "1".to_owned(),
            steps: Steps::Annual,
            n_steps: years.count(),
            data_type: DataType::F32,
            decoding: Decoding::identity(),
            geometry: Geometry::StudyGrid,
        };
        let recipe = Recipe {
            trend_of: Some(vec!["ndvi".to_owned()]),
            ..Recipe::of_series(years, vec![ndvi])
        };
        build(&recipe).expect("a chain")
    }

    /// Noise; the first row of pixels has no value.
    fn tile(chain: &Chain) -> Tile {
        let n_pixels = SIDE * SIDE;
        let mut state = 7_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f32::from(u16::try_from(state >> 16).unwrap_or(0)) / 65_536.0
        };
        let values = (0..chain.inputs[0].n_steps * n_pixels).map(|i| {
            let value = noise();
            if i % n_pixels < SIDE { f32::NAN } else { value }
        });
        Tile {
            window: Window {
                row: 40,
                col: 7,
                height: SIDE,
                width: SIDE,
            },
            inputs: vec![Stored::F32(values.collect())],
            inside: None,
        }
    }

    fn audited(chain: &Chain, tile: &Tile, layers: &[Vec<f32>]) -> AuditRecord {
        let mut audit = Audit::new(chain, SIDE * SIDE);
        audit.look(chain, tile, layers, tile.window, None)
    }

    #[test]
    fn the_cpu_engine_passes_and_a_wrong_or_missing_value_is_found() {
        let chain = chain();
        let tile = tile(&chain);
        let right = CpuEngine::new(Arc::new(chain.clone())).compute(&tile.inputs, SIDE * SIDE);
        let found = audited(&chain, &tile, &right);
        assert_eq!(found.pixels, 90, "those with a value");
        assert!(found.values > 90 && found.over.is_empty(), "{found:?}");
        assert_eq!((found.worst.as_ref(), found.warning()), (None, None));

        let slope = chain
            .returned
            .iter()
            .position(|&layer| chain.layers[layer].name == "ndvi_slope")
            .expect("a slope");
        for wrong in [Some(1.01), None] {
            let mut spoilt = right.clone();
            let value = &mut spoilt[slope][5 * SIDE + 3];
            *value = wrong.map_or(f32::NAN, |factor| *value * factor);
            let found = audited(&chain, &tile, &spoilt);
            assert_eq!(Vec::from_iter(&found.over), ["ndvi_slope"]);
            let worst = found.worst.as_ref().expect("the value");
            assert_eq!((worst.row, worst.col), (45, 10));
            assert_eq!(worst.value.is_none(), wrong.is_none());
            assert_eq!(
                worst.share.is_some_and(|share| share > 1.0),
                wrong.is_some()
            );
            assert!(found.warning().is_some());
        }
    }
}
