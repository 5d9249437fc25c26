//! The second pass: q needs every p of a map, so maps of q and classes on q are made from the maps of p once
//! the last tile is written. They are read back window by window, two times and seldom three; at no time is
//! more than one window in memory, and the counts of one map.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use crate::chain::{FalseDiscovery, FileSource};
use crate::error::Error;
use crate::grid::Window;
use crate::kernels::tolerance::Tolerance;
use crate::sinks::{RasterFile, RasterKind, RasterSink, WrittenRaster};
use crate::tables::false_discovery::{LEVELS, PCounts, QValues};
use crate::tile::TileOutput;

use super::{Plan, Results, layer_of};

/// Where a level of q lies on a map of p.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LevelRecord {
    /// The level.
    pub q: f64,
    /// The largest p below it; none where no pixel is.
    pub largest_p: Option<f32>,
    /// Pixels below it.
    pub pixels: u64,
    /// Pixels whose p lies so near to the largest one that another engine may put them on the other side.
    pub pixels_near: u64,
}

/// What the second pass did with one map of p.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FalseDiscoveryRecord {
    /// The name of the p, such as `nep_mk_p`.
    pub p: String,
    /// The rule.
    pub rule: &'static str,
    /// Pixels with a p.
    pub tests: u64,
    /// The levels of the classes.
    pub levels: Vec<LevelRecord>,
}

/// A map of p with what is made of it; all numbers are those of files in the sink.
struct Map {
    p_layer: usize,
    rule: FalseDiscovery,
    p: usize,
    q: Option<usize>,
    /// Classes on p, and the file of those on q.
    classes: Option<(usize, usize)>,
}

/// What is left to do after the last tile.
#[derive(Default)]
pub(super) struct SecondPass {
    maps: Vec<Map>,
    /// Layers that are kept until then, with their numbers in the sink.
    scratch: Vec<(usize, usize)>,
}

impl SecondPass {
    /// Finds what there is to do, and makes files for what is needed on the way.
    pub(super) fn new(plan: &Plan, sink: &mut RasterSink) -> Result<Self, Error> {
        let mut pass = Self::default();
        for (file, spec) in plan.chain.files.iter().enumerate() {
            match spec.content {
                FileSource::QValues { p, rule } => pass.map_of(plan, sink, p, rule)?.q = Some(file),
                FileSource::ClassesOnQ { p, classes, rule } => {
                    let on_p = pass.keep(plan, sink, classes, RasterKind::Classes(Vec::new()))?;
                    pass.map_of(plan, sink, p, rule)?.classes = Some((on_p, file));
                }
                FileSource::Layer(_) | FileSource::Flags => {}
            }
        }
        Ok(pass)
    }

    fn map_of(
        &mut self,
        plan: &Plan,
        sink: &mut RasterSink,
        layer: usize,
        rule: FalseDiscovery,
    ) -> Result<&mut Map, Error> {
        if let Some(place) = self.maps.iter().position(|map| map.p_layer == layer) {
            return Ok(&mut self.maps[place]);
        }
        let file = plan
            .chain
            .files
            .iter()
            .position(|file| file.content == FileSource::Layer(layer));
        let p = match file {
            Some(file) => file,
            None => self.keep(plan, sink, layer, RasterKind::Values)?,
        };
        self.maps.push(Map {
            p_layer: layer,
            rule,
            p,
            q: None,
            classes: None,
        });
        let place = self.maps.len() - 1;
        Ok(&mut self.maps[place])
    }

    /// Has a layer written to a file that is not kept.
    fn keep(
        &mut self,
        plan: &Plan,
        sink: &mut RasterSink,
        layer: usize,
        kind: RasterKind,
    ) -> Result<usize, Error> {
        let name = plan.chain.layers[layer].name.clone();
        let file = sink.add_scratch(RasterFile {
            path: name.clone(),
            description: name.clone(),
            unit: String::new(),
            bands: vec![name],
            kind,
            metadata: Vec::new(),
        })?;
        self.scratch.push((layer, file));
        Ok(file)
    }

    /// Writes what is needed later of one tile.
    pub(super) fn take(
        &self,
        plan: &Plan,
        sink: &mut RasterSink,
        output: &TileOutput,
    ) -> Result<(), Error> {
        for &(layer, file) in &self.scratch {
            sink.write(file, output.window, layer_of(&plan.chain, output, layer))?;
        }
        Ok(())
    }

    /// Makes all maps of q and all classes on q.
    ///
    /// # Arguments
    ///
    /// * `results` - takes what is written, for counts of missing values and areas of classes.
    pub(super) fn finish(
        &self,
        plan: &Plan,
        sink: &mut RasterSink,
        results: &mut Results,
        stop: &AtomicBool,
    ) -> Result<Vec<FalseDiscoveryRecord>, Error> {
        self.maps
            .iter()
            .map(|map| map.finish(plan, sink, results, stop))
            .collect()
    }
}

impl Map {
    fn finish(
        &self,
        plan: &Plan,
        sink: &mut RasterSink,
        results: &mut Results,
        stop: &AtomicBool,
    ) -> Result<FalseDiscoveryRecord, Error> {
        let windows = || {
            let windows = plan.tiling.windows.iter();
            windows.map(|&window| {
                if stop.load(Ordering::Relaxed) {
                    Err(Error::Stopped)
                } else {
                    Ok(window)
                }
            })
        };
        let p_map = sink.read_back(self.p)?;
        let classes = match self.classes {
            Some((on_p, on_q)) => Some((sink.read_back(on_p)?, on_q)),
            None => None,
        };
        let mut counts = PCounts::new(self.rule);
        for window in windows() {
            counts.add(&p_map.read(window?)?);
        }
        while counts.needs_fine() {
            for window in windows() {
                counts.add_fine(&p_map.read(window?)?);
            }
        }
        let q_of = counts.q_values();
        drop(counts);

        let spec = &plan.chain.layers[self.p_layer];
        let mut levels = levels_of(&q_of);
        for window in windows() {
            let window = window?;
            let p = p_map.read(window)?;
            let q: Vec<f64> = p.iter().map(|&p| q_of.of(p)).collect();
            for level in &mut levels {
                level.count(&p, &q, &spec.tolerance);
            }
            if let Some(file) = self.q {
                #[expect(clippy::cast_possible_truncation, reason = "layers are f32")]
                let q: Vec<f32> = q.iter().map(|&q| q as f32).collect();
                results.take_late(plan, sink, file, window, &q)?;
            }
            if let Some((on_p, file)) = &classes {
                let on_q: Vec<f32> = classes_on_q(on_p, window, &q)?;
                results.take_late(plan, sink, *file, window, &on_q)?;
            }
        }
        let n_outside = plan.grid.window().n_pixels() as u64 - results.inside;
        for file in [self.q, self.classes.map(|(_, file)| file)]
            .into_iter()
            .flatten()
        {
            let missing = &mut results.layers[file].missing;
            *missing = missing.saturating_sub(n_outside);
        }
        Ok(FalseDiscoveryRecord {
            p: spec.name.clone(),
            rule: self.rule.as_str(),
            tests: q_of.n(),
            levels,
        })
    }
}

/// The classes of a window on q. A direction is that of the class on p: q is never below p, so that whatever
/// is significant by q is so by p.
fn classes_on_q(on_p: &WrittenRaster, window: Window, q: &[f64]) -> Result<Vec<f32>, Error> {
    let class = |(on_p, &q): (f32, &f64)| {
        let strength = LEVELS
            .iter()
            .map(|&level| if q < level { 1.0 } else { 0.0 })
            .sum::<f32>();
        if on_p.is_nan() {
            on_p
        } else {
            3.0 + strength.copysign(on_p - 3.0) * f32::from(on_p != 3.0)
        }
    };
    Ok(on_p.read(window)?.into_iter().zip(q).map(class).collect())
}

fn levels_of(q_of: &QValues) -> Vec<LevelRecord> {
    let levels = LEVELS.into_iter().zip(q_of.borders());
    levels
        .map(|(q, largest_p)| LevelRecord {
            q,
            largest_p,
            pixels: 0,
            pixels_near: 0,
        })
        .collect()
}

impl LevelRecord {
    fn count(&mut self, p: &[f32], q: &[f64], tolerance: &Tolerance) {
        self.pixels += q.iter().filter(|&&q| q < self.q).count() as u64;
        let Some(border) = self.largest_p.map(f64::from) else {
            return;
        };
        let near = tolerance.allowed(border);
        self.pixels_near += p
            .iter()
            .filter(|&&p| (f64::from(p) - border).abs() <= near)
            .count() as u64;
    }
}
