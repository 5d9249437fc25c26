//! The second pass: maps of q and classes on q, made from the maps of p.
//!
//! A q needs every p of its map, so this comes after the last tile. Each map of p is read back window by window, two
//! times and seldom three; several maps at a time, one a core. At no time is more than one window of each in memory, and
//! its counts.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::chain::{FalseDiscovery, FileKind, FileSource};
use crate::error::Error;
use crate::grid::Window;
use crate::kernels::tolerance::Tolerance;
use crate::sinks::{RasterFile, ReadBack, Sink};
use crate::tables::false_discovery::{LEVELS, PCounts, QValues};

use super::collect::{Collectors, LateWindow};
use super::plan::Plan;
use super::record::{FalseDiscoveryRecord, LevelRecord};

/// What the counts of a map of p and its q take at most.
const MAP_BYTES: u64 = 96 << 20;

/// A map of p and what is made of it: files by their indices in the sink.
struct Map {
    /// Its layer in the chain.
    p_layer: usize,
    rule: FalseDiscovery,
    p: usize,
    q: Option<usize>,
    /// Classes on p, and those on q.
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

    /// The layers that are needed later, each with the index of its raster in the sink.
    pub(super) fn scratch(&self) -> &[(usize, usize)] {
        &self.scratch
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
        let mut records = Vec::with_capacity(self.maps.len());
        for maps in self.maps.chunks(maps_at_a_time(plan.memory_bytes)) {
            records.extend(finish_together(maps, &mut late)?);
        }
        Ok(records)
    }
}

/// Maps that are read and counted at a time, one a core as far as memory allows.
fn maps_at_a_time(memory_bytes: u64) -> usize {
    let affordable = usize::try_from(memory_bytes / 2 / MAP_BYTES).unwrap_or(usize::MAX);
    affordable.clamp(1, rayon::current_num_threads())
}

/// Writes maps that are made after the last tile.
struct LateWriter<'a> {
    plan: &'a Plan,
    sink: &'a mut dyn Sink,
    collectors: &'a mut Collectors,
    stop: &'a AtomicBool,
}

impl LateWriter<'_> {
    /// Writes a window of some maps, by the index of the file, and counts them.
    fn write(&mut self, window: Window, maps: &[Option<&[f32]>]) -> Result<(), Error> {
        for (file, values) in maps.iter().enumerate() {
            if let Some(values) = *values {
                self.collectors.take_late(
                    self.plan,
                    &LateWindow {
                        file,
                        window,
                        values,
                    },
                );
            }
        }
        Ok(self.sink.write_tile(window, maps)?)
    }
}

/// The windows of a run, until it is stopped.
fn windows<'a>(
    plan: &'a Plan,
    stop: &'a AtomicBool,
) -> impl Iterator<Item = Result<Window, Error>> + use<'a> {
    plan.tiling.windows.iter().map(|&window| {
        if stop.load(Ordering::Relaxed) {
            Err(Error::Stopped)
        } else {
            Ok(window)
        }
    })
}

/// Makes what follows from some maps of p: all of a window, then all of the next.
fn finish_together(
    maps: &[Map],
    late: &mut LateWriter<'_>,
) -> Result<Vec<FalseDiscoveryRecord>, Error> {
    let (plan, stop) = (late.plan, late.stop);
    let opened = maps.iter().map(|map| OpenMap::new(map, &mut *late.sink));
    let opened = opened.collect::<Result<Vec<_>, Error>>()?;
    let counted = opened.into_par_iter().map(|map| map.count(plan, stop));
    let mut counted = counted.collect::<Result<Vec<_>, Error>>()?;
    for window in windows(plan, stop) {
        let window = window?;
        let maps = counted.par_iter_mut();
        maps.try_for_each(|map| map.make(plan, window))?;
        let mut made: Vec<Option<&[f32]>> = vec![None; plan.chain.files.len()];
        for CountedMap { of, q, classes, .. } in &counted {
            if let Some(file) = of.map.q {
                made[file] = Some(q);
            }
            if let Some((_, file)) = of.map.classes {
                made[file] = Some(classes);
            }
        }
        late.write(window, &made)?;
    }
    let records = counted.into_iter().map(|map| map.record(plan));
    Ok(records.collect())
}

/// A map of p that is read again.
struct OpenMap<'a> {
    map: &'a Map,
    p: Box<dyn ReadBack>,
    classes_on_p: Option<Box<dyn ReadBack>>,
}

impl<'a> OpenMap<'a> {
    fn new(map: &'a Map, sink: &mut dyn Sink) -> Result<Self, Error> {
        let p = sink.read_back(map.p)?;
        let on_p = map.classes.map(|(on_p, _)| sink.read_back(on_p));
        Ok(Self {
            map,
            p,
            classes_on_p: on_p.transpose()?,
        })
    }

    /// Finds the q of every p of the map.
    fn count(self, plan: &Plan, stop: &AtomicBool) -> Result<CountedMap<'a>, Error> {
        let mut counts = PCounts::new(self.map.rule);
        for window in windows(plan, stop) {
            counts.add(&self.p.read(window?)?);
        }
        while counts.needs_fine() {
            for window in windows(plan, stop) {
                counts.add_fine(&self.p.read(window?)?);
            }
        }
        let q_of = counts.q_values();
        Ok(CountedMap {
            of: self,
            levels: levels_of(&q_of),
            q_of,
            q: Vec::new(),
            classes: Vec::new(),
        })
    }
}

/// A map whose q is known, and what is made of one window of it.
struct CountedMap<'a> {
    of: OpenMap<'a>,
    q_of: QValues,
    levels: Vec<LevelRecord>,
    q: Vec<f32>,
    classes: Vec<f32>,
}

impl CountedMap<'_> {
    /// Makes q and the classes on q of a window.
    fn make(&mut self, plan: &Plan, window: Window) -> Result<(), Error> {
        let p = self.of.p.read(window)?;
        let q: Vec<f64> = p.iter().map(|&p| self.q_of.of(p)).collect();
        let tolerance = &plan.chain.layers[self.of.map.p_layer].tolerance;
        for level in &mut self.levels {
            level.count(&p, &q, tolerance);
        }
        if let Some(on_p) = &self.of.classes_on_p {
            self.classes = classes_on_q(&**on_p, window, &q)?;
        }
        self.q.clear();
        #[expect(clippy::cast_possible_truncation, reason = "layers are f32")]
        self.q.extend(q.iter().map(|&q| q as f32));
        Ok(())
    }

    fn record(self, plan: &Plan) -> FalseDiscoveryRecord {
        FalseDiscoveryRecord {
            p: plan.chain.layers[self.of.map.p_layer].name.clone(),
            rule: self.of.map.rule.as_str(),
            tests: self.q_of.n(),
            levels: self.levels,
        }
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
