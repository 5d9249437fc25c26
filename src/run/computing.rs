//! Tiles on their way through the engine, and what else is made of each before it is written.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rayon::prelude::*;

use crate::chain::{Chain, Operand};
use crate::engines::Engine;
use crate::error::Error;
use crate::grid::Window;
use crate::pipeline::Compute;
use crate::tile::{Tile, TileOutput};

use super::audit::Audit;
use super::collect::SeenValues;
use super::record::AuditRecord;
use super::tile::{ComputedTile, is_missing_in_tables, merge_flags, quantities_into};

/// The engine of a run between its reader and its writer.
pub(super) struct Computing<'a> {
    chain: &'a Chain,
    engine: &'a mut dyn Engine,
    seen: &'a SeenValues,
    audit: Option<&'a mut Audit>,
    is_ending: Arc<AtomicBool>,
    on_their_way: VecDeque<OnItsWay>,
    /// Memory of tiles that are written.
    used: Vec<Additions>,
}

/// A tile that the engine has.
struct OnItsWay {
    tile: Arc<Tile>,
    /// The pixels that have the result of the only pixel of the tile, if they all have the same.
    spread: Option<Spread>,
}

/// Pixels that all have the same numbers.
struct Spread {
    window: Window,
    inside: Option<Vec<bool>>,
}

impl Spread {
    /// Whether the mask has some of the pixels and others not.
    fn is_mixed(&self) -> bool {
        let inside = self.inside.as_deref().unwrap_or_default();
        inside.contains(&true) && inside.contains(&false)
    }

    /// Gives all pixels the numbers of the one; its flags too, if they are merged already.
    fn apply(
        self,
        output: &mut TileOutput,
        inputs: &mut [(usize, Vec<f32>)],
        flags: Option<&mut Vec<f32>>,
    ) {
        let inputs = inputs.iter_mut().map(|(_, values)| values);
        let layers = output.layers.iter_mut().chain(inputs);
        spread_over(self.window.n_pixels(), layers.chain(flags));
        (output.window, output.inside) = (self.window, self.inside);
    }
}

/// What the run adds to the layers of a tile.
#[derive(Default)]
struct Additions {
    inputs: Vec<(usize, Vec<f32>)>,
    flags: Vec<f32>,
}

impl<'a> Computing<'a> {
    /// No tile yet. Pixels of each tile go to `audit`, where there is one.
    pub(super) fn new(
        chain: &'a Chain,
        engine: &'a mut dyn Engine,
        seen: &'a SeenValues,
        audit: Option<&'a mut Audit>,
    ) -> Self {
        let is_ending = Arc::new(AtomicBool::new(false));
        engine.give_up_when(Arc::clone(&is_ending));
        Self {
            chain,
            engine,
            seen,
            audit,
            is_ending,
            on_their_way: VecDeque::new(),
            used: Vec::new(),
        }
    }

    /// The series that are inputs, as quantities.
    fn series_of_inputs(
        &self,
        tile: &Tile,
        used: Vec<(usize, Vec<f32>)>,
    ) -> Vec<(usize, Vec<f32>)> {
        let mut used = used.into_iter().map(|(_, values)| values);
        let mut of_input = |index: usize, i: usize| {
            let mut values = used.next().unwrap_or_default();
            let n_pixels = tile.window.n_pixels();
            quantities_into(
                &self.chain.inputs[i],
                &tile.inputs[i],
                n_pixels,
                &mut values,
            );
            (index, values)
        };
        let tabled = self.chain.series.iter().chain(&self.chain.covariates);
        let series = tabled.enumerate();
        series
            .filter_map(|(index, series)| match series.operand {
                Operand::Input(i) => Some(of_input(index, i)),
                Operand::Layer(_) => None,
            })
            .collect()
    }
}

impl Compute for Computing<'_> {
    type Output = ComputedTile;
    type Error = Error;

    fn in_flight(&self) -> usize {
        self.engine.tiles_in_flight()
    }

    fn early_end(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_ending)
    }

    fn start(&mut self, tile: Tile) -> Result<(), Error> {
        let (tile, spread) = if tile.is_one_for_all(&self.chain.inputs) {
            one_for_all(tile)
        } else {
            (tile, None)
        };
        self.seen.look(self.chain, &tile);
        let tile = Arc::new(tile);
        self.on_their_way.push_back(OnItsWay {
            tile: Arc::clone(&tile),
            spread,
        });
        Ok(self.engine.start(tile)?)
    }

    fn finish(&mut self) -> Result<(ComputedTile, Option<Tile>), Error> {
        let mut output = self.engine.finish()?;
        let Additions {
            mut inputs,
            mut flags,
        } = self.used.pop().unwrap_or_default();
        let (mut used, mut of_one_pixel) = (None, None);
        let mut audited = AuditRecord::default();
        if let Some(OnItsWay { tile, spread }) = self.on_their_way.pop_front() {
            if let Some(audit) = &mut self.audit {
                let of_tile = (tile.window, tile.inside.as_deref());
                let (window, inside) = spread
                    .as_ref()
                    .map_or(of_tile, |spread| (spread.window, spread.inside.as_deref()));
                audited = audit.look(self.chain, &tile, &output.layers, window, inside);
            }
            inputs = self.series_of_inputs(&tile, inputs);
            of_one_pixel = spread;
            used = Arc::into_inner(tile);
        }
        if let Some(spread) = of_one_pixel.take_if(|spread| spread.is_mixed()) {
            spread.apply(&mut output, &mut inputs, None);
        }
        hide_outside(&mut output);
        merge_flags(self.chain, &output, &mut flags);
        let mut is_one_for_all = false;
        if let Some(spread) = of_one_pixel {
            is_one_for_all = is_missing_in_tables(self.chain, &output, &inputs);
            if is_one_for_all {
                (output.window, output.inside) = (spread.window, spread.inside);
            } else {
                spread.apply(&mut output, &mut inputs, Some(&mut flags));
            }
        }
        let computed = ComputedTile {
            output,
            inputs,
            flags,
            is_one_for_all,
            audit: audited,
        };
        Ok((computed, used))
    }

    fn reuse(&mut self, used: ComputedTile) {
        let ComputedTile {
            output,
            inputs,
            flags,
            is_one_for_all: _,
            audit: _,
        } = used;
        self.engine.reuse(output);
        self.used.push(Additions { inputs, flags });
    }
}

/// The only pixel of a tile that has one number for all of them, and where its result belongs.
fn one_for_all(tile: Tile) -> (Tile, Option<Spread>) {
    let Tile {
        window,
        inputs,
        inside,
    } = tile;
    let pixel = Tile {
        window: Window {
            height: 1,
            width: 1,
            ..window
        },
        inputs,
        inside: inside.as_ref().map(|inside| vec![inside.contains(&true)]),
    };
    (pixel, Some(Spread { window, inside }))
}

/// Gives the values of one pixel, `[step]`, to `n_pixels` of them.
fn spread_over<'v>(n_pixels: usize, layers: impl Iterator<Item = &'v mut Vec<f32>>) {
    let layers: Vec<_> = layers.collect();
    layers.into_par_iter().for_each(|layer| {
        let steps = layer.clone();
        layer.clear();
        for value in steps {
            layer.resize(layer.len() + n_pixels, value);
        }
    });
}

/// Makes pixels outside the mask missing.
fn hide_outside(output: &mut TileOutput) {
    let Some(inside) = &output.inside else { return };
    if !inside.contains(&false) {
        return;
    }
    let hide = |step: &mut [f32]| {
        for (value, &is_inside) in step.iter_mut().zip(inside) {
            *value = if is_inside { *value } else { f32::NAN };
        }
    };
    output
        .layers
        .par_iter_mut()
        .for_each(|layer| layer.par_chunks_exact_mut(inside.len()).for_each(hide));
}
