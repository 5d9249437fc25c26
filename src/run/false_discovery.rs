//! The second pass: maps of q and classes on q, made from the maps of p.
//!
//! A q needs every p of its map, so this comes after the last tile. Each map of p is read back window by window, two
//! times and seldom three. At no time is more than one window in memory, and the counts of one map.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::chain::{FalseDiscovery, FileKind, FileSource};
use crate::error::Error;
use crate::grid::Window;
use crate::kernels::tolerance::Tolerance;
use crate::sinks::{RasterFile, ReadBack, Sink};
use crate::tables::false_discovery::{LEVELS, PCounts, QValues};

use super::collect::{Collectors, LateWindow};
use super::plan::Plan;
use super::record::{FalseDiscoveryRecord, LevelRecord};
use super::tile::TileView;

/// A map of p and what is made of it. All numbers are indices of files in the sink.
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
    /// Layers that are kept until then, with their indices in the sink.
    scratch: Vec<(usize, usize)>,
}

impl SecondPass {
    /// Finds what there is to do, and makes files for what is needed until then.
    pub(super) fn new(plan: &Plan, sink: &mut dyn Sink) -> Result<Self, Error> {
        let mut pass = Self::default();
        for (file, spec) in plan.chain.files.iter().enumerate() {
            match spec.content {
                FileSource::QValues { p, rule } => pass.map_of(plan, sink, p, rule)?.q = Some(file),
                FileSource::ClassesOnQ { p, classes, rule } => {
                    let on_p = pass.keep(plan, sink, classes, FileKind::Labelled(Vec::new()))?;
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
        sink: &mut dyn Sink,
        layer: usize,
        rule: FalseDiscovery,
    ) -> Result<&mut Map, Error> {
        if let Some(index) = self.maps.iter().position(|map| map.p_layer == layer) {
            return Ok(&mut self.maps[index]);
        }
        let file = plan
            .chain
            .files
            .iter()
            .position(|file| file.content == FileSource::Layer(layer));
        let p = match file {
            Some(file) => file,
            None => self.keep(plan, sink, layer, FileKind::Values)?,
        };
        self.maps.push(Map {
            p_layer: layer,
            rule,
            p,
            q: None,
            classes: None,
        });
        let index = self.maps.len() - 1;
        Ok(&mut self.maps[index])
    }

    /// Has a layer written to a file that is not kept. Returns its index in the sink.
    fn keep(
        &mut self,
        plan: &Plan,
        sink: &mut dyn Sink,
        layer: usize,
        kind: FileKind,
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
    pub(super) fn take(&self, sink: &mut dyn Sink, tile: &TileView<'_>) -> Result<(), Error> {
        for &(layer, file) in &self.scratch {
            sink.write(file, tile.window(), tile.layer(layer))?;
        }
        Ok(())
    }

    /// Makes all maps of q and all classes on q.
    ///
    /// # Arguments
    ///
    /// * `collectors` - take what is written, for counts of missing values and areas of classes.
    pub(super) fn finish(
        &self,
        plan: &Plan,
        sink: &mut dyn Sink,
        collectors: &mut Collectors,
        stop: &AtomicBool,
    ) -> Result<Vec<FalseDiscoveryRecord>, Error> {
        let mut late = LateWriter {
            plan,
            sink,
            collectors,
            stop,
        };
        self.maps.iter().map(|map| map.finish(&mut late)).collect()
    }
}

/// Writes maps that are made after the last tile.
struct LateWriter<'a> {
    plan: &'a Plan,
    sink: &'a mut dyn Sink,
    collectors: &'a mut Collectors,
    stop: &'a AtomicBool,
}

impl<'a> LateWriter<'a> {
    /// The windows of the map, until the run is stopped.
    fn windows(&self) -> impl Iterator<Item = Result<Window, Error>> + use<'a> {
        let stop = self.stop;
        let windows = self.plan.tiling.windows.iter();
        windows.map(|&window| {
            if stop.load(Ordering::Relaxed) {
                Err(Error::Stopped)
            } else {
                Ok(window)
            }
        })
    }

    /// Writes a window of a map, and counts it.
    fn write(&mut self, file: usize, window: Window, values: &[f32]) -> Result<(), Error> {
        self.collectors.take_late(&LateWindow {
            grid: &self.plan.grid,
            file,
            window,
            values,
        });
        Ok(self.sink.write(file, window, values)?)
    }
}

impl Map {
    fn finish(&self, late: &mut LateWriter<'_>) -> Result<FalseDiscoveryRecord, Error> {
        let p_map = late.sink.read_back(self.p)?;
        let classes = match self.classes {
            Some((on_p, on_q)) => Some((late.sink.read_back(on_p)?, on_q)),
            None => None,
        };
        let q_of = self.q_values(&*p_map, late)?;
        let spec = &late.plan.chain.layers[self.p_layer];
        let mut levels = levels_of(&q_of);
        for window in late.windows() {
            let window = window?;
            let p = p_map.read(window)?;
            let q: Vec<f64> = p.iter().map(|&p| q_of.of(p)).collect();
            for level in &mut levels {
                level.count(&p, &q, &spec.tolerance);
            }
            if let Some(file) = self.q {
                #[expect(clippy::cast_possible_truncation, reason = "layers are f32")]
                let q: Vec<f32> = q.iter().map(|&q| q as f32).collect();
                late.write(file, window, &q)?;
            }
            if let Some((on_p, file)) = &classes {
                late.write(*file, window, &classes_on_q(&**on_p, window, &q)?)?;
            }
        }
        Ok(FalseDiscoveryRecord {
            p: spec.name.clone(),
            rule: self.rule.as_str(),
            tests: q_of.n(),
            levels,
        })
    }

    /// The q of every p of the map.
    fn q_values(&self, p_map: &dyn ReadBack, late: &LateWriter<'_>) -> Result<QValues, Error> {
        let mut counts = PCounts::new(self.rule);
        for window in late.windows() {
            counts.add(&p_map.read(window?)?);
        }
        while counts.needs_fine() {
            for window in late.windows() {
                counts.add_fine(&p_map.read(window?)?);
            }
        }
        Ok(counts.q_values())
    }
}

/// The classes of a window on q. Their direction is that of the class on p: q is never below p, so a pixel that is
/// significant by q is significant by p too.
fn classes_on_q(on_p: &dyn ReadBack, window: Window, q: &[f64]) -> Result<Vec<f32>, Error> {
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
