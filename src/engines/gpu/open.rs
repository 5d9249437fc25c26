//! Opens an engine: shaders compiled, buffers made, threads started.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Instant;

use crate::chain::Chain;
use crate::engines::error::EngineError;

use super::adapter::Gpu;
use super::budget::{SLOTS, least_buffer, slab_pixels};
use super::collect::{Collector, Message, TileOnItsWay};
use super::memory::Layout;
use super::pack::{PackProgram, rows};
use super::packing::Packing;
use super::passes::dispatch_nothing;
use super::pick::PickProgram;
use super::picking::Picking;
use super::pool::Pool;
use super::program::{Program, bind};
use super::progress::Progress;
use super::recheck::F64Recheck;
use super::schedule::SliceScheduler;
use super::slots::{self, Buffers, Slot};
use super::submit::Submitter;

/// Mesa's llvmpipe ends all loops of a thread after so many iterations
/// (`LP_MAX_TGSI_LOOP_ITERATIONS`).
const SOFTWARE_LOOP_ITERATIONS: usize = 65_535;

/// The threads of an engine. They end with it.
pub(super) struct Threads {
    progress: Arc<Progress>,
    handles: Vec<JoinHandle<()>>,
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.progress.end();
        for handle in self.handles.drain(..) {
            // A panic has been reported; what waited for the thread got an error.
            let _ = handle.join();
        }
    }
}

impl Threads {
    fn start(
        &mut self,
        gpu: &Gpu,
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<(), EngineError> {
        let started = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(work);
        let handle = started.map_err(|error| {
            no_device(gpu, format!("no thread could be started for it: {error}"))
        })?;
        self.handles.push(handle);
        Ok(())
    }
}

/// An engine with everything opened.
pub(super) struct Opened {
    pub(super) submitter: Submitter,
    /// Tiles that are ready, in the order in which they were started.
    pub(super) ready: Receiver<TileOnItsWay>,
    pub(super) threads: Threads,
    pub(super) compile_s: f64,
}

/// Opens an engine on `gpu`, with shaders by stage.
///
/// # Arguments
///
/// * `recheck` - what computes flagged pixels again; none where the shaders alone compute.
pub(super) fn open(
    gpu: &mut Gpu,
    chain: Arc<Chain>,
    memory_bytes: u64,
    shader: &dyn Fn(&Chain, usize) -> String,
    recheck: Option<F64Recheck>,
) -> Result<Opened, EngineError> {
    check_iterations(gpu, &chain)?;
    let places = Places::new(gpu, &chain, memory_bytes, recheck.is_some())?;
    let shaders = compile_all(gpu, &chain, &places, shader)?;
    let ranges = vec![None; shaders.number_of.len()];
    let scheduler = SliceScheduler::new(shaders.number_of, places.layout.stride);
    let progress = Arc::new(Progress::new(scheduler));
    let collector = |free, returned| Collector {
        watch: gpu.watch(),
        slots: Arc::clone(&places.slots),
        chain: Arc::clone(&chain),
        packing: Arc::clone(&places.packing),
        picking: places.picking,
        progress: Arc::clone(&progress),
        pool: Pool::new("unpack"),
        free,
        returned,
    };
    let (threads, ends) = start_threads(gpu, collector, recheck, &chain)?;
    let submitter = Submitter {
        watch: gpu.watch(),
        device: gpu.device.clone(),
        queue: gpu.queue.clone(),
        max_workgroups: gpu.limits.max_compute_workgroups_per_dimension,
        chain,
        layout: places.layout,
        packing: places.packing,
        programs: shaders.programs,
        pack: shaders.pack,
        pick: shaders.pick,
        picked_bytes: places.picked_bytes as u64,
        buffers: places.buffers,
        slots: places.slots,
        progress,
        pool: Pool::new("fill"),
        free: ends.free,
        to_collector: ends.to_collector,
        ranges,
        picked_of: None,
        uniform_writes: 0,
        lose_device_at: None,
    };
    Ok(Opened {
        submitter,
        ready: ends.ready,
        threads,
        compile_s: shaders.compile_s,
    })
}

/// The ends of the channels that the engine keeps.
struct Ends {
    free: Receiver<usize>,
    to_collector: Sender<Message>,
    ready: Receiver<TileOnItsWay>,
}

/// Starts the thread that waits for the device, and the one that decides what it flags: one tile
/// beside the next on the device.
fn start_threads(
    gpu: &Gpu,
    collector: impl FnOnce(Sender<usize>, Sender<TileOnItsWay>) -> Collector,
    recheck: Option<F64Recheck>,
    chain: &Arc<Chain>,
) -> Result<(Threads, Ends), EngineError> {
    let (free, free_slots) = channel();
    for slot in 0..SLOTS {
        // They wait for the submitter.
        let _ = free.send(slot);
    }
    let (returned, whole_tiles) = channel();
    let collector = collector(free, returned);
    let mut threads = Threads {
        progress: Arc::clone(&collector.progress),
        handles: Vec::new(),
    };
    let (to_collector, messages) = channel();
    threads.start(gpu, "doline collect", move || collector.run(&messages))?;
    let mut ends = Ends {
        free: free_slots,
        to_collector,
        ready: whole_tiles,
    };
    if let Some(recheck) = recheck {
        let (decided, ready) = channel();
        let whole_tiles = std::mem::replace(&mut ends.ready, ready);
        let chain = Arc::clone(chain);
        let decide = move || {
            for mut tile in whole_tiles {
                recheck.run(&chain, &mut tile);
                if decided.send(tile).is_err() {
                    break;
                }
            }
        };
        threads.start(gpu, "doline decide", decide)?;
    }
    Ok((threads, ends))
}

fn no_device(gpu: &Gpu, reason: String) -> EngineError {
    EngineError::NoDevice {
        adapter: gpu.report.name.clone(),
        reason,
    }
}

/// Where everything is on the device and on its way.
struct Places {
    layout: Layout,
    packing: Arc<Packing>,
    /// None where nothing is decided.
    picking: Option<Picking>,
    picked_bytes: usize,
    buffers: Buffers,
    slots: Arc<Vec<Slot>>,
}

impl Places {
    /// Makes the buffers; flagged pixels are picked where they `are_decided`.
    fn new(
        gpu: &Gpu,
        chain: &Chain,
        memory_bytes: u64,
        are_decided: bool,
    ) -> Result<Self, EngineError> {
        let layout = layout(gpu, chain, memory_bytes)?;
        let packing = Packing::of(chain);
        let picking = are_decided.then(|| Picking::new(chain, &layout));
        let picked_bytes = picking.as_ref().map_or(0, Picking::n_bytes);
        let (buffers, slots) = slots::make(gpu, &layout, &packing, picked_bytes);
        Ok(Self {
            layout,
            packing: Arc::new(packing),
            picking,
            picked_bytes,
            buffers,
            slots: Arc::new(slots),
        })
    }
}

/// Where everything is in slabs as large as the device and the budget allow.
fn layout(gpu: &Gpu, chain: &Chain, memory_bytes: u64) -> Result<Layout, EngineError> {
    let limits = &gpu.limits;
    let largest = limits
        .max_storage_buffer_binding_size
        .min(limits.max_buffer_size);
    match slab_pixels(chain, largest, memory_bytes) {
        0 => Err(EngineError::TooLarge {
            needed: least_buffer(chain),
            limit: largest,
        }),
        stride => Ok(Layout::new(chain, stride)),
    }
}

/// All dispatches of a slab, compiled.
struct Shaders {
    programs: Vec<Program>,
    pack: PackProgram,
    pick: Option<PickProgram>,
    /// The number of the shader of each stage, and of what packs.
    number_of: Vec<usize>,
    compile_s: f64,
}

/// Compiles everything and tries it out; what was compiled is kept.
fn compile_all(
    gpu: &mut Gpu,
    chain: &Chain,
    places: &Places,
    shader: &dyn Fn(&Chain, usize) -> String,
) -> Result<Shaders, EngineError> {
    let Places {
        layout,
        packing,
        picking,
        buffers,
        ..
    } = places;
    let start = Instant::now();
    let (programs, number_of) = compile(gpu, chain, layout, buffers, shader);
    let bound = [&buffers.layers, &buffers.packed];
    let to_pack = rows(chain, layout, packing);
    let pack = PackProgram::new(gpu, &to_pack, packing.n_steps() + 1, bound);
    let bound = [&buffers.packed, &buffers.stored];
    let pick = picking.as_ref();
    let pick = pick.map(|picking| PickProgram::new(gpu, picking, bound));
    let compile_s = start.elapsed().as_secs_f64();
    if let Some(reason) = gpu.failure() {
        return Err(no_device(gpu, reason));
    }
    gpu.pipelines.save();
    Ok(Shaders {
        programs,
        pack,
        pick,
        number_of,
        compile_s,
    })
}

/// The stages as programs, and the number of the shader of each. The dispatch that packs is one
/// more stage, with a shader of its own.
fn compile(
    gpu: &mut Gpu,
    chain: &Chain,
    layout: &Layout,
    buffers: &Buffers,
    shader: &dyn Fn(&Chain, usize) -> String,
) -> (Vec<Program>, Vec<usize>) {
    let n_stages = chain.stages.len();
    let bound = [&buffers.tables, &buffers.stored, &buffers.layers];
    let stages: Vec<(&str, String)> = (0..n_stages)
        .map(|stage| (chain.stages[stage].label.as_str(), shader(chain, stage)))
        .collect();
    gpu.pipelines.compile_missing(&gpu.device, &stages);
    let mut programs = Vec::with_capacity(n_stages);
    let mut numbers = HashMap::new();
    let mut shader_of = Vec::with_capacity(n_stages + 1);
    for (stage, (_, text)) in stages.iter().enumerate() {
        let (tile, bindings) = bind(gpu, chain, layout, stage, bound);
        let Gpu {
            device,
            queue,
            pipelines,
            ..
        } = &mut *gpu;
        let try_out = |pipeline: &wgpu::ComputePipeline| {
            dispatch_nothing(device, queue, pipeline, &bindings);
        };
        // Each text was compiled just above.
        programs.extend(pipelines.get(text, try_out).map(|pipeline| Program {
            pipeline,
            bindings,
            tile,
        }));
        let next = numbers.len();
        shader_of.push(*numbers.entry(text.as_str()).or_insert(next));
    }
    shader_of.push(numbers.len());
    (programs, shader_of)
}

/// Refuses a stage that a software adapter would not finish.
fn check_iterations(gpu: &Gpu, chain: &Chain) -> Result<(), EngineError> {
    let iterations = chain
        .stages
        .iter()
        .map(|stage| (stage, stage.kernel.max_iterations()));
    match iterations.max_by_key(|(_, iterations)| *iterations) {
        Some((stage, iterations))
            if gpu.report.is_software() && iterations > SOFTWARE_LOOP_ITERATIONS =>
        {
            Err(EngineError::TooManyIterations {
                adapter: gpu.report.name.clone(),
                stage: stage.label.clone(),
                iterations,
                limit: SOFTWARE_LOOP_ITERATIONS,
            })
        }
        _ => Ok(()),
    }
}
