//! A run from a study to its files: study -> sources -> tiles -> kernels -> sinks -> tables.

mod all_missing;
mod calibration;
mod check;
mod conversion;
mod draws;
mod false_discovery;
mod model_maker;
mod model_warnings;
mod models;
mod plan;
mod problems;
mod record;
mod regional;
mod sample;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::calibrate::calibration_csv;
use crate::chain::{Chain, FileKind, FileSource, FileSpec, Operand};
use crate::engines::cpu::CpuEngine;
use crate::engines::{Engine, EngineError};
use crate::error::Error;
use crate::grid::Window;
use crate::kernels::abi::{InputView, flags};
use crate::pipeline::{self, Ended};
use crate::sinks::{Compress, RasterFile, RasterFormat, RasterKind, RasterOptions, RasterSink};
use crate::sources::{GdalReader, Source};
use crate::study::{Device, Format, Study};
use crate::tables::uncertainty::{draws_csv, ensemble_csv, uncertainty_csv};
use crate::tables::{AreaMeans, SeriesTable, series_csv, trends_csv};
use crate::tile::{InputSpec, Stored, Tile, TileOutput};

use all_missing::SeenValues;
use false_discovery::SecondPass;
use regional::Regional;

pub use calibration::{CalibrationOptions, calibrate, noise_of, series_with_trends};
pub use check::{Checked, CheckedFile, ExpectedTime, MemoryPlan, check};
pub use false_discovery::{FalseDiscoveryRecord, LevelRecord};
pub use plan::{Plan, plan, with_problems_of_inputs};
pub use record::{
    AttributionRecord, FillRecord, InputRecord, LayerRecord, ProductRecord, RunRecord, Seconds,
    SeriesRecord,
};
pub use sample::{SpreadSample, spread_sample};

/// What a caller may change of a study.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Another folder than `output.dir`.
    pub out: Option<PathBuf>,
    /// Another device than `engine.device`.
    pub device: Option<Device>,
    /// Rows and columns of a tile, instead of what the memory budget gives. No output depends on it.
    pub tile: Option<[usize; 2]>,
    /// The command line, for the record.
    pub command: String,
    /// Whether to calibrate the tests of trend, whatever the study says.
    pub calibrate: bool,
    /// The study that the arguments of a command without a study file stand for, for the record.
    pub arguments_as_study: Option<String>,
    /// Submissions at which the first, the second ... device is lost: for tests of what follows.
    #[doc(hidden)]
    pub device_faults: Vec<u64>,
}

/// What a run says while it goes on.
#[derive(Debug)]
pub enum Event<'a> {
    /// Everything is opened and checked; nothing is written yet, and from here on it may be.
    Opened,
    /// Everything is opened and checked; the first tile comes next.
    Planned {
        /// What will be done.
        plan: &'a Plan,
        /// What computes, and why.
        engine: &'a str,
    },
    /// A tile is written.
    Tile {
        /// Pixels so far.
        pixels: usize,
        /// Pixels in all.
        of: usize,
    },
    /// Something went wrong on the way and was dealt with.
    Warning(&'a str),
    /// All tiles are computed; files are being closed.
    Finishing,
}

/// Runs `study` and leaves its files in the output folder, or nothing.
///
/// # Arguments
///
/// * `stop` - set to true from outside, ends the run before the next tile.
///
/// # Errors
///
/// See [`Error`]; each has the exit code of the command.
pub fn run(
    study: &Study,
    options: &RunOptions,
    stop: &AtomicBool,
    tell: &mut dyn FnMut(Event<'_>),
) -> Result<RunRecord, Error> {
    let start = Instant::now();
    let device = options
        .device
        .clone()
        .unwrap_or_else(|| study.engine.device.clone());
    let plan = plan(study, options.tile)?;
    let (mut engine, why) = open_engine_that_fails(
        &device,
        Arc::clone(&plan.chain),
        plan.device_bytes,
        &options.device_faults,
    )?;
    let engine_name = engine.name();
    let out = options
        .out
        .clone()
        .unwrap_or_else(|| study.resolve(&study.output.dir));
    leave_opening(stop, tell)?;
    let mut sink = open_sink(study, &plan, &out)?;
    tell(Event::Planned {
        plan: &plan,
        engine: &format!("{engine_name}: {why}"),
    });
    let prepared_s = start.elapsed().as_secs_f64();

    let second_pass = SecondPass::new(&plan, &mut sink)?;
    let mut results = Results::new(&plan);
    let readers = readers(&plan)?;
    let n_readers = readers.len();
    let of = plan.grid.window().n_pixels();
    let mut pixels = 0;
    let mut seen = SeenValues::new(&plan.chain);
    let busy = pipeline::run(
        &plan.tiling.windows,
        readers,
        |tile, used| {
            seen.look(&plan.chain, &tile);
            compute(&plan.chain, engine.as_mut(), &tile, used)
        },
        |computed| {
            pixels += computed.output.window.n_pixels();
            results.take(&plan, &mut sink, computed)?;
            second_pass.take(&plan, &mut sink, &computed.output)?;
            tell(Event::Tile { pixels, of });
            Ok(())
        },
        stop,
    )
    .map_err(|ended| match ended {
        Ended::Failed(error) => error,
        Ended::Stopped => Error::Stopped,
    })?;
    if let Some(error) = seen.error(study, &plan) {
        return Err(error);
    }

    let done = engine.report();
    done.warnings
        .iter()
        .for_each(|warning| tell(Event::Warning(warning)));
    tell(Event::Finishing);
    let adjusting = Instant::now();
    let false_discovery = second_pass.finish(&plan, &mut sink, &mut results, stop)?;
    let adjust_s = adjusting.elapsed().as_secs_f64();
    let tables = results.tables(&plan);
    sink.write_text("tables/series.csv", &series_csv(study.years, &tables))?;
    sink.write_text(
        "tables/trends.csv",
        &trends_csv(&tables, study.trend.min_years),
    )?;
    results.write_samples(&plan, &mut sink)?;
    results.regional.write(&plan.chain, &mut sink)?;
    // Before a calibration reads some pixels once more.
    let mut fill_codes = record::fill_records(&plan);
    let zeros = record::warnings_of_zeros(&plan);
    let calibrations = if study.trend.calibrate || options.calibrate {
        calibrate(
            study,
            &plan,
            &series_with_trends(&plan),
            &device,
            &CalibrationOptions::default(),
        )?
    } else {
        Vec::new()
    };
    if !calibrations.is_empty() {
        sink.write_text("tables/calibration.csv", &calibration_csv(&calibrations))?;
    }
    let seconds = Seconds {
        prepare: prepared_s,
        compile_shaders: done.compile_s,
        read: busy.read_s,
        compute: busy.compute_s,
        write: busy.write_s,
        adjust: adjust_s,
        total: 0.0,
    };
    // The name once more: the CPU may have taken over.
    let mut record = RunRecord::new(study, &plan, options, &engine.name(), &why, n_readers);
    record.false_discovery = false_discovery;
    record.device_losses = done.losses;
    record.tiles_on_cpu = done.tiles_on_cpu;
    record.warnings.extend(done.warnings);
    record.series = tables
        .iter()
        .map(|table| SeriesRecord::new(table, study.trend.min_years))
        .collect();
    record.attribution =
        AttributionRecord::all(&plan.chain, results.regional.attribution_rows(&plan.chain));
    let mut found = results.regional.warnings(&plan.chain);
    found.extend(zeros);
    for warning in &found {
        tell(Event::Warning(warning));
    }
    record.warnings.extend(found);
    record.calibration = calibrations;
    record.layers = results.layers;
    record.pixels_inside = results.inside;
    for input in &mut record.inputs {
        input.fill_codes = fill_codes.remove(&input.name).unwrap_or_default();
    }
    record.seconds = Seconds {
        total: start.elapsed().as_secs_f64(),
        ..seconds
    };
    record.output_dir.clone_from(&out);
    sink.write_text("run.json", &record.to_json())?;
    for file in sink.finish()? {
        record.files_written += 1;
        record.bytes_written += file.bytes;
    }
    record.seconds.total = start.elapsed().as_secs_f64();
    Ok(record)
}

/// Says that all is opened, and stops where that was asked for meanwhile.
fn leave_opening(stop: &AtomicBool, tell: &mut dyn FnMut(Event<'_>)) -> Result<(), Error> {
    tell(Event::Opened);
    if stop.load(Ordering::SeqCst) {
        Err(Error::Stopped)
    } else {
        Ok(())
    }
}

/// A tile with all layers, and the annual inputs as quantities.
struct Computed {
    output: TileOutput,
    /// Series that are inputs, by their place in the chain's series, `[year][pixel]`.
    inputs: Vec<(usize, Vec<f32>)>,
}

/// One tile, made in the memory of one that is written.
fn compute(
    chain: &Chain,
    engine: &mut dyn Engine,
    tile: &Tile,
    used: Option<Computed>,
) -> Result<Computed, Error> {
    if let Some(used) = used {
        engine.reuse(used.output);
    }
    let mut output = engine.run(tile)?;
    let inputs = chain
        .series
        .iter()
        .enumerate()
        .filter_map(|(place, series)| match series.operand {
            Operand::Input(i) => Some((
                place,
                quantities(&chain.inputs[i], &tile.inputs[i], tile.window.n_pixels()),
            )),
            Operand::Layer(_) => None,
        });
    let inputs = inputs.collect();
    if let Some(inside) = &output.inside {
        for layer in &mut output.layers {
            for step in layer.chunks_exact_mut(inside.len()) {
                step.iter_mut()
                    .zip(inside)
                    .filter(|(_, inside)| !**inside)
                    .for_each(|(value, _)| *value = f32::NAN);
            }
        }
    }
    Ok(Computed { output, inputs })
}

/// An input as quantities, `[step][pixel]`, NaN where missing: decoded as the kernels do.
fn quantities(spec: &InputSpec, stored: &Stored, n_pixels: usize) -> Vec<f32> {
    let values = crate::engines::cpu::values_from(stored, 0);
    let view = InputView::stored(values, n_pixels, spec.n_steps, &spec.decoding);
    let mut quantities = vec![f32::NAN; spec.n_steps * n_pixels];
    view.decode(n_pixels, &mut quantities, n_pixels.max(1));
    quantities
}

/// What a run gathers while tiles are written.
struct Results {
    means: Vec<AreaMeans>,
    /// Means of each member and draw.
    samples: Vec<AreaMeans>,
    layers: Vec<LayerRecord>,
    regional: Regional,
    inside: u64,
}

impl Results {
    fn new(plan: &Plan) -> Self {
        let chain = &plan.chain;
        Self {
            means: chain
                .series
                .iter()
                .map(|_| AreaMeans::new(chain.years.count()))
                .collect(),
            samples: chain
                .samples
                .iter()
                .map(|sample| AreaMeans::new(sample.members.len()))
                .collect(),
            layers: chain
                .files
                .iter()
                .map(|file| LayerRecord::new(&file.path))
                .collect(),
            regional: Regional::new(chain),
            inside: 0,
        }
    }

    fn take(
        &mut self,
        plan: &Plan,
        sink: &mut RasterSink,
        computed: &Computed,
    ) -> Result<(), Error> {
        let (chain, output) = (&plan.chain, &computed.output);
        let window = output.window;
        let n_outside = output
            .inside
            .as_ref()
            .map_or(0, |inside| inside.iter().filter(|inside| !**inside).count());
        self.inside += (window.n_pixels() - n_outside) as u64;
        let flags = merged_flags(chain, output);
        for (place, file) in chain.files.iter().enumerate() {
            let values = match file.content {
                FileSource::Layer(layer) => layer_of(chain, output, layer),
                FileSource::Flags => &flags,
                // Made after the last tile.
                FileSource::QValues { .. } | FileSource::ClassesOnQ { .. } => continue,
            };
            let n_missing = values.iter().filter(|value| value.is_nan()).count();
            self.layers[place].missing += (n_missing - n_outside * file.bands.len()) as u64;
            sink.write(place, window, values)?;
        }
        for (place, means) in self.means.iter_mut().enumerate() {
            let values = match chain.series[place].operand {
                Operand::Layer(layer) => layer_of(chain, output, layer),
                Operand::Input(_) => computed
                    .inputs
                    .iter()
                    .find(|(p, _)| *p == place)
                    .map_or(&[][..], |(_, v)| v),
            };
            means.add(&plan.grid, output, values);
        }
        for (sample, means) in chain.samples.iter().zip(&mut self.samples) {
            means.add(&plan.grid, output, layer_of(chain, output, sample.layer));
        }
        self.regional.take(chain, &plan.grid, output);
        Ok(())
    }

    /// Writes a window of a map that is made after the last tile; what is missing is counted outside the mask too.
    fn take_late(
        &mut self,
        plan: &Plan,
        sink: &mut RasterSink,
        file: usize,
        window: Window,
        values: &[f32],
    ) -> Result<(), Error> {
        self.layers[file].missing += values.iter().filter(|value| value.is_nan()).count() as u64;
        self.regional.take_late(&plan.grid, file, window, values);
        Ok(sink.write(file, window, values)?)
    }

    /// Tables of members and draws.
    fn write_samples(&self, plan: &Plan, sink: &mut RasterSink) -> Result<(), Error> {
        for (sample, means) in plan.chain.samples.iter().zip(&self.samples) {
            let means = means.means();
            if sample.name == "ensemble" {
                sink.write_text(
                    "tables/ensemble.csv",
                    &ensemble_csv(&sample.members, &means),
                )?;
            } else {
                sink.write_text("tables/uncertainty.csv", &uncertainty_csv(&means))?;
                let drawn = plan.drawn.clone().unwrap_or_default();
                sink.write_text("tables/uncertainty_draws.csv", &draws_csv(&drawn, &means))?;
            }
        }
        Ok(())
    }

    fn tables(&self, plan: &Plan) -> Vec<SeriesTable> {
        let series = plan.chain.series.iter().zip(&self.means);
        series
            .map(|(series, means)| SeriesTable {
                variable: series.name.clone(),
                unit: series.unit.clone(),
                years: means.means(),
            })
            .collect()
    }
}

/// A returned layer of a tile.
fn layer_of<'a>(chain: &Chain, output: &'a TileOutput, layer: usize) -> &'a [f32] {
    chain
        .index_of_layer(layer)
        .map_or(&[][..], |place| &output.layers[place])
}

/// The flags of all stages together, `[pixel]`, NaN outside the mask.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "flags are small whole numbers"
)]
fn merged_flags(chain: &Chain, output: &TileOutput) -> Vec<f32> {
    let mut merged = vec![0_u16; output.window.n_pixels()];
    for layer in chain
        .stages
        .iter()
        .filter_map(crate::chain::Stage::flags_layer)
    {
        for (merged, &value) in merged.iter_mut().zip(layer_of(chain, output, layer)) {
            *merged |= value as u16;
        }
    }
    let is_inside = |pixel: usize| output.inside.as_ref().is_none_or(|inside| inside[pixel]);
    merged
        .iter()
        .enumerate()
        .map(|(pixel, &bits)| {
            if is_inside(pixel) {
                f32::from(bits)
            } else {
                f32::NAN
            }
        })
        .collect()
}

/// Readers with file handles of their own.
fn readers(
    plan: &Plan,
) -> Result<Vec<impl FnMut(crate::grid::Window) -> Result<Tile, Error> + Send>, Error> {
    (0..plan.n_readers())
        .map(|_| {
            let mut reader: GdalReader = plan.stacks.reader_of(&plan.chain.inputs)?;
            Ok(move |window| reader.read(window).map_err(Error::from))
        })
        .collect()
}

/// The engine of a run, and why it is this one.
///
/// # Errors
///
/// There is no such adapter, or it cannot run the chain.
pub fn open_engine(
    device: &Device,
    chain: Arc<Chain>,
    memory_bytes: u64,
) -> Result<(Box<dyn Engine>, String), EngineError> {
    open_engine_that_fails(device, chain, memory_bytes, &[])
}

/// The same with devices that are lost at these submissions: for tests.
fn open_engine_that_fails(
    device: &Device,
    chain: Arc<Chain>,
    memory_bytes: u64,
    faults: &[u64],
) -> Result<(Box<dyn Engine>, String), EngineError> {
    let cpu = |chain| Box::new(CpuEngine::new(chain)) as Box<dyn Engine>;
    #[cfg(feature = "gpu")]
    {
        use crate::engines::gpu::pipeline_cache::default_folder;
        use crate::engines::gpu::{LostDevice, RecoveringEngine, adapters};
        let open = |part: Option<&str>, chain| -> Result<Box<dyn Engine>, EngineError> {
            // Asked for a GPU, nothing else will do.
            let lost = if *device == Device::Gpu {
                LostDevice::EndsTheRun
            } else {
                LostDevice::CpuForTheRest
            };
            let faults = faults.to_vec();
            Ok(Box::new(RecoveringEngine::open(
                part,
                default_folder(),
                chain,
                memory_bytes,
                lost,
                faults,
            )?))
        };
        match device {
            Device::Cpu => Ok((cpu(chain), "asked for".to_owned())),
            Device::Gpu => Ok((open(None, chain)?, "asked for".to_owned())),
            Device::Named(part) => Ok((
                open(Some(part), chain)?,
                format!("its name contains {part:?}"),
            )),
            Device::Auto if adapters().first().is_some_and(|best| !best.is_software()) => Ok((
                open(None, chain)?,
                "the best adapter of this machine".to_owned(),
            )),
            Device::Auto => Ok((cpu(chain), "no hardware GPU was found".to_owned())),
        }
    }
    #[cfg(not(feature = "gpu"))]
    {
        let _ = (memory_bytes, faults);
        match device {
            Device::Cpu | Device::Auto => {
                Ok((cpu(chain), "this build has no GPU engine".to_owned()))
            }
            _ => Err(EngineError::NoAdapter {
                reason: "this build has no GPU engine".to_owned(),
            }),
        }
    }
}

fn open_sink(study: &Study, plan: &Plan, out: &Path) -> Result<RasterSink, Error> {
    check::check_output(study, plan, out)?;
    let files = plan
        .chain
        .files
        .iter()
        .map(|file| raster_file(study, file))
        .collect();
    Ok(RasterSink::create(
        out,
        &plan.grid,
        files,
        &raster_options(study, plan),
    )?)
}

/// Format, compression and blocks of the outputs.
fn raster_options(study: &Study, plan: &Plan) -> RasterOptions {
    let format = match study.output.format {
        Format::Cog => RasterFormat::Cog,
        _ => RasterFormat::GeoTiff,
    };
    let compress = match study.output.compress {
        crate::study::Compress::Deflate => Compress::Deflate,
        crate::study::Compress::Zstd => Compress::Zstd,
        crate::study::Compress::Lerc => Compress::Lerc,
        crate::study::Compress::None => Compress::None,
    };
    let [height, width] = plan.tiling.output_block;
    RasterOptions {
        format,
        compress,
        block: height.min(width),
    }
}

/// A file with what a GIS shows of it.
fn raster_file(study: &Study, file: &FileSpec) -> RasterFile {
    let kind = match &file.kind {
        FileKind::Values => RasterKind::Values,
        kind @ (FileKind::Classes(_) | FileKind::Labelled(_)) => {
            RasterKind::Classes(kind.classes().unwrap_or_default())
        }
        FileKind::Flags => RasterKind::Flags(
            flags::ALL
                .iter()
                .map(|&(bit, _, label)| (bit, label))
                .collect(),
        ),
    };
    let years = format!("{}-{}", study.years.first, study.years.last);
    let mut metadata = vec![
        ("study".to_owned(), study.name.clone()),
        ("years".to_owned(), years),
    ];
    metadata.extend(
        file.made_by
            .clone()
            .map(|kernel| ("kernel".to_owned(), kernel)),
    );
    RasterFile {
        path: file.path.clone(),
        description: file.description.clone(),
        unit: file.unit.clone(),
        bands: file.bands.clone(),
        kind,
        metadata,
    }
}
