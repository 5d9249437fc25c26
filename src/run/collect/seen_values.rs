//! Inputs without a single value in the whole study, and masks without a pixel. Only the last tile can show it.
//!
//! No `Collector`: it reads inputs where they are computed, before there are layers.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::chain::{Chain, Operand, Stage};
use crate::engines::cpu::values_from;
use crate::error::Error;
use crate::kernels::twin::Precision;
use crate::kernels::views::{Block, InputView, OutputView};
use crate::run::plan::Plan;
use crate::sources::{FillCount, OpenedInput, SourceError};
use crate::study::Study;
use crate::tile::{Geometry, Tile};

/// Pixels of an input on another grid that are computed together.
const BLOCK_PIXELS: usize = 128;

/// Which inputs had a value inside the mask so far. The engine's thread looks; the writer's may ask meanwhile.
#[derive(Debug)]
pub(in crate::run) struct SeenValues {
    /// By input of the chain. An input is searched until its first value.
    inputs: Vec<AtomicBool>,
    /// Whether a pixel was inside the mask.
    inside: AtomicBool,
    /// Tiles that were searched.
    tiles: AtomicUsize,
}

/// What was seen at one moment of a run.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(in crate::run) struct SeenState {
    inputs: Vec<bool>,
    inside: bool,
}

impl SeenValues {
    /// No tile yet.
    pub(in crate::run) fn new(chain: &Chain) -> Self {
        // Positions of pixels are no data.
        let inputs = chain
            .inputs
            .iter()
            .map(|input| AtomicBool::new(input.geometry == Geometry::Positions));
        Self {
            inputs: inputs.collect(),
            inside: AtomicBool::new(false),
            tiles: AtomicUsize::new(0),
        }
    }

    /// What is seen by now, which may be of tiles that are not written yet: to see them again changes nothing.
    pub(in crate::run) fn state(&self) -> SeenState {
        let inputs = self.inputs.iter();
        SeenState {
            inputs: inputs.map(|seen| seen.load(Ordering::Relaxed)).collect(),
            inside: self.inside.load(Ordering::Relaxed),
        }
    }

    /// Goes on after `tiles` tiles.
    pub(in crate::run) fn restore(&mut self, state: &SeenState, tiles: usize) {
        for (seen, known) in self.inputs.iter_mut().zip(&state.inputs) {
            *seen.get_mut() |= known;
        }
        *self.inside.get_mut() |= state.inside;
        *self.tiles.get_mut() = tiles;
    }

    /// Looks for a value of each input that had none in the tiles before.
    pub(in crate::run) fn look(&self, chain: &Chain, tile: &Tile) {
        self.tiles.fetch_add(1, Ordering::Relaxed);
        let inside = tile.inside.as_ref();
        let inside = inside.is_none_or(|inside| inside.contains(&true));
        self.inside.fetch_or(inside, Ordering::Relaxed);
        for (i, seen) in self.inputs.iter().enumerate() {
            if !seen.load(Ordering::Relaxed) {
                seen.store(has_value(chain, tile, i), Ordering::Relaxed);
            }
        }
    }

    /// What is wrong, once every tile was searched; none before.
    pub(in crate::run) fn error(&self, study: &Study, plan: &Plan) -> Option<Error> {
        if self.tiles.load(Ordering::Relaxed) < plan.tiling.windows.len() {
            return None;
        }
        let inside = self.inside.load(Ordering::Relaxed);
        if let (false, Some(mask)) = (inside, &study.grid.mask) {
            let reason = "no pixel of the study grid is inside it; compare the extents of both \
                          with doline inspect"
                .to_owned();
            return Some(
                SourceError::Mask {
                    path: study.resolve(mask),
                    reason,
                }
                .into(),
            );
        }
        let error = |input: &OpenedInput| Error::AllMissing {
            input: input.name.clone(),
            found: found(input, plan),
        };
        Error::of(self.unseen(plan).map(error).collect())
    }

    /// What the user should know where only some tiles were searched.
    pub(in crate::run) fn warnings(&self, plan: &Plan) -> Vec<String> {
        let tiles = self.tiles.load(Ordering::Relaxed);
        let of = plan.tiling.windows.len();
        if tiles == 0 {
            return Vec::new();
        }
        let looked = format!("in the {tiles} of {of} tiles that were read");
        if !self.inside.load(Ordering::Relaxed) {
            return vec![format!("grid.mask: no pixel is inside it {looked}")];
        }
        let warning = |input: &OpenedInput| {
            format!(
                "inputs.{}: every value is missing {looked}; a run stops if the other tiles \
                 have none either",
                input.name
            )
        };
        self.unseen(plan).map(warning).collect()
    }

    fn unseen<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = &'a OpenedInput> {
        let specs = plan
            .chain
            .inputs
            .iter()
            .zip(&self.inputs)
            .filter(|(_, seen)| !seen.load(Ordering::Relaxed));
        specs.filter_map(|(spec, _)| plan.stacks.input(&spec.name).ok())
    }
}

/// Whether input `i` has a value in any step of any pixel inside the mask.
fn has_value(chain: &Chain, tile: &Tile, i: usize) -> bool {
    let spec = &chain.inputs[i];
    let n_pixels = tile.window.n_pixels();
    let is_inside = |pixel: usize| tile.inside.as_ref().is_none_or(|inside| inside[pixel]);
    if spec.is_on_cells() {
        // By the kernel that brings it to the grid, which knows the cells that a pixel needs.
        let reads = |stage: &&Stage| stage.inputs.first() == Some(&Operand::Input(i));
        let Some(stage) = chain.stages.iter().find(reads) else {
            return true;
        };
        let firsts = (0..n_pixels.div_ceil(BLOCK_PIXELS))
            .into_par_iter()
            .map(|block| block * BLOCK_PIXELS);
        return firsts.any(|first| {
            let n = BLOCK_PIXELS.min(n_pixels - first);
            (first..first + n).any(is_inside) && {
                let values = on_grid(chain, stage, tile, first, n);
                values
                    .chunks_exact(n)
                    .any(|step| (0..n).any(|at| is_inside(first + at) && !step[at].is_nan()))
            }
        });
    }
    let view = InputView::stored(
        values_from(&tile.inputs[i], 0),
        n_pixels,
        spec.n_steps,
        &spec.decoding,
    );
    let in_step = |step: usize| {
        (0..n_pixels).any(|pixel| is_inside(pixel) && !view.quantity(step, pixel).is_nan())
    };
    (0..spec.n_steps).into_par_iter().any(in_step)
}

/// Pixels `first..first + n` of an input that `stage` brings to the grid, `[step][pixel]`.
fn on_grid(chain: &Chain, stage: &Stage, tile: &Tile, first: usize, n: usize) -> Vec<f32> {
    let n_pixels = tile.window.n_pixels();
    let views = stage.inputs.iter().filter_map(|operand| {
        let Operand::Input(i) = *operand else {
            return None;
        };
        let (spec, stored) = (&chain.inputs[i], &tile.inputs[i]);
        // Cells belong to no pixel.
        let from = if spec.is_on_cells() { 0 } else { first };
        let stride = spec.stride(stored, n_pixels);
        Some(InputView::stored(
            values_from(stored, from),
            stride,
            spec.n_steps,
            &spec.decoding,
        ))
    });
    let n_steps = stage
        .outputs
        .iter()
        .map(|&layer| chain.layers[layer].n_steps);
    let mut layers: Vec<Vec<f32>> = n_steps.map(|n_steps| vec![f32::NAN; n_steps * n]).collect();
    let mut block = Block {
        n_pixels: n,
        inputs: views.collect(),
        outputs: layers
            .iter_mut()
            .map(|values| OutputView { values, stride: n })
            .collect(),
        tables: &stage.kernel.tables(),
    };
    stage.kernel.run_block(&mut block, Precision::Reference);
    layers.swap_remove(0)
}

/// What was there instead of values, and what to check.
fn found(input: &OpenedInput, plan: &Plan) -> String {
    let files = match input.files.as_slice() {
        [] => String::new(),
        [only] => format!("; its file is {}", only.path.display()),
        [first, .., last] => {
            format!(
                "; its {} files are {} .. {}",
                input.files.len(),
                first.path.display(),
                last.path.display()
            )
        }
    };
    let counts = input.fill_counts();
    let one = |FillCount {
                   code,
                   meaning,
                   count,
               }: &FillCount| match code {
        Some(code) => format!("{count} are {code} ({meaning})"),
        None => format!("{count} are {meaning}"),
    };
    let counted = if counts.is_empty() {
        String::new()
    } else {
        format!(
            "; of the raw values that were read, {}",
            counts.iter().map(one).collect::<Vec<_>>().join(", ")
        )
    };
    let mut look = Vec::new();
    if counts.iter().any(|row| row.code.is_some()) {
        look.push("check `nodata`: are these numbers values?".to_owned());
    }
    if let Some([low, high]) = input.packing.valid_range {
        look.push(format!(
            "check `valid_range`: {low} to {high} is compared with raw values, before scale and \
             offset"
        ));
    }
    if plan.stacks.has_mask() {
        look.push("check whether its values are all outside grid.mask".to_owned());
    }
    look.push("list what the files contain with doline inspect".to_owned());
    format!("{files}{counted}; {}", look.join("; "))
}
