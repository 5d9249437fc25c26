//! From a study to what will be done: inputs opened and checked, kernels chosen, tiles cut.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread::available_parallelism;

use crate::calendar::{Steps, Years};
use crate::chain::{
    self, BootstrapOptions, Chain, FileSource, FileSpec, Recipe, Selection, TrendOptions,
};
use crate::error::Error;
use crate::grid::{Coordinates, Grid};
use crate::kernels::lib::rescaled_range::RangeRule;
use crate::pipeline::RESULTS_ALIVE;
use crate::sources::{GridRequest, InputRequest, Stacks, Suspect};
use crate::study::{
    self, Aggregate, BootstrapTable, Format, InputTable, Layers, Study, StudyError, TrendTest,
};
use crate::tables::uncertainty::Drawn;
use crate::tile::{DataType, Decoding, Geometry, InputSpec};
use crate::tiling::{self, BudgetTooSmall, Tiling};
use crate::units::{self, Quantity};

use super::conversion::convert_units;
use super::models::Models;
use super::problems::Problems;

/// Values that are looked at to see whether an input can be what it is said to be.
const SAMPLE: usize = 4000;
/// What the program, GDAL's cache and its open files take besides tiles.
const FIXED_BYTES: u64 = 192 << 20;

/// No study runs in less: the parts of it could not hold a block of a file and a tile.
const MIN_BYTES: u64 = 16 << 20;

/// The part of the memory that one decoded block of an input may take: each reader holds some, and tiles besides.
const BLOCK_PART: u64 = 8;

/// Everything that a run needs to know before its first tile.
#[derive(Debug)]
pub struct Plan {
    /// The study grid.
    pub grid: Grid,
    /// The inputs, opened.
    pub stacks: Stacks,
    /// The kernels.
    pub chain: Arc<Chain>,
    /// The tiles.
    pub tiling: Tiling,
    /// The coefficients of model and law, such as `gsmsr.R0`.
    pub coefficients: Vec<(String, f64)>,
    /// The coefficients of every draw.
    pub drawn: Option<Drawn>,
    /// What the user should know: parts of the study that were assumed or left out.
    pub warnings: Vec<String>,
    /// How the unit of each input was found.
    pub unit_notes: Vec<(String, String)>,
    /// The memory budget of the run.
    pub memory_bytes: u64,
    /// The part of it that a device may take.
    pub device_bytes: u64,
}

impl Plan {
    /// Threads that read: reading compressed floats costs more than computing on them.
    #[must_use]
    pub fn n_readers(&self) -> usize {
        n_readers(&self.stacks)
    }

    /// Memory that a run takes on the host, in bytes.
    #[must_use]
    pub fn host_bytes(&self) -> u64 {
        let pixels = self
            .tiling
            .windows
            .iter()
            .map(crate::grid::Window::n_pixels)
            .max()
            .unwrap_or(0);
        let fixed = FIXED_BYTES.min((self.memory_bytes - self.device_bytes) / 2);
        let cells =
            self.chain.bytes_of_cells() * (self.n_readers() + 1) + self.stacks.kept_cells_bytes();
        (bytes_per_pixel(&self.chain, self.n_readers()) * pixels + cells) as u64 + fixed
    }
}

/// One for each core, and one in all for formats that lock globally.
fn n_readers(stacks: &Stacks) -> usize {
    if stacks.needs_one_reader() {
        1
    } else {
        available_parallelism().map_or(1, usize::from).clamp(1, 4)
    }
}

/// Opens the inputs of `study`, checks them and decides what will be done. Reads a few blocks to see
/// whether values can be the quantities they are said to be, and computes nothing.
///
/// # Arguments
///
/// * `tile` - rows and columns of a tile, instead of what the memory budget gives.
///
/// # Errors
///
/// See [`Error`]; everything that is wrong at once, as [`Error::Several`].
pub fn plan(study: &Study, tile: Option<[usize; 2]>) -> Result<Plan, Error> {
    let mut warnings: Vec<String> = study
        .warnings
        .iter()
        .map(|problem| format!("{}{problem}", study.path.display()))
        .collect();
    let mut problems = Problems::default();
    problems.take(check_available(study, &mut warnings));
    problems.take(check_memory(study.engine.memory_bytes));
    let models = problems.take(Models::of(study));
    warnings.extend(models.iter().flat_map(|models| models.warnings(study)));

    let tables: Vec<&InputTable> = study.inputs.iter().collect();
    let opened = look_at_inputs(
        study,
        &tables,
        models.as_ref(),
        &mut warnings,
        &mut problems,
    );
    // Which layers there will be is checked whether or not every input can be opened.
    let found = opened.as_ref().map_or(&[][..], |opened| &opened.specs);
    let spec_of = |table: &InputTable| found.iter().find(|spec| spec.name == table.name).cloned();
    let with_places = |spec: InputSpec| {
        let places = spec.is_on_cells().then(|| spec.places());
        std::iter::once(spec).chain(places)
    };
    let specs = study
        .inputs
        .iter()
        .map(|table| spec_of(table).unwrap_or_else(|| presumed(table, study.years)));
    let specs = specs.flat_map(with_places).collect();
    let built = models.and_then(|models| {
        let (drawn, coefficients) = (models.drawn.clone(), models.coefficients.clone());
        let chain = problems.take(chain::build(&recipe(study, specs, models)))?;
        Some((chain, drawn, coefficients))
    });
    let (
        Some(LookedAt {
            mut stacks,
            unit_notes,
            ..
        }),
        Some((mut chain, drawn, coefficients)),
    ) = (opened, built)
    else {
        return Err(problems.into_error());
    };
    let is_adjusted = |file: &FileSpec| {
        matches!(
            file.content,
            FileSource::QValues { .. } | FileSource::ClassesOnQ { .. }
        )
    };
    if study.trend.fdr.is_some() && !chain.files.iter().any(is_adjusted) {
        warnings.push(
            "trend.fdr has no effect: this study makes no map of p of a trend, and no classes"
                .to_owned(),
        );
    }
    let unread = study
        .inputs
        .iter()
        .filter(|table| !chain.inputs.iter().any(|input| input.name == table.name));
    warnings.extend(unread.map(|table| {
        format!(
            "inputs.{} is not read: no output of this study needs it",
            table.name
        )
    }));
    let grid = stacks.grid().clone();
    if grid.coordinates == Coordinates::Unknown {
        warnings.push(
            "the study grid names no reference system: all pixels count alike in means, and areas and totals have no meaning; name it by \
             `grid.crs`, or by `crs` of the input the grid is taken from"
                .to_owned(),
        );
    }
    let memory_bytes = study.engine.memory_bytes;
    let device_bytes = memory_bytes / 4;
    // A budget that is refused already is not told a second time.
    let tiling = (memory_bytes >= MIN_BYTES).then(|| {
        let tiling = cut(
            &grid,
            &mut stacks,
            &mut chain,
            tile,
            memory_bytes - device_bytes,
        );
        problems.take(tiling.map_err(|error| of_whole_budget(error, memory_bytes)))
    });
    let tiling = tiling.flatten();
    let Some(tiling) = tiling.filter(|_| problems.is_empty()) else {
        return Err(problems.into_error());
    };
    Ok(Plan {
        grid,
        stacks,
        chain: Arc::new(chain),
        tiling,
        coefficients,
        drawn,
        warnings,
        unit_notes,
        memory_bytes,
        device_bytes,
    })
}

/// The inputs that can be opened and decoded.
struct LookedAt {
    stacks: Stacks,
    specs: Vec<InputSpec>,
    unit_notes: Vec<(String, String)>,
}

/// Opens inputs and checks their units and a sample of their values, each by itself.
fn look_at_inputs(
    study: &Study,
    tables: &[&InputTable],
    models: Option<&Models>,
    warnings: &mut Vec<String>,
    problems: &mut Problems,
) -> Option<LookedAt> {
    let requests: Vec<InputRequest> = tables.iter().map(|table| request(study, table)).collect();
    let mask = study.grid.mask.as_ref().map(|mask| study.resolve(mask));
    let (stacks, errors) = Stacks::open_each(
        &requests,
        study.years,
        &grid_request(study, tables),
        mask.as_deref(),
    );
    problems.extend(errors);
    let mut looked = LookedAt {
        stacks: stacks?,
        specs: Vec::new(),
        unit_notes: Vec::new(),
    };
    for table in tables {
        if looked.stacks.input(&table.name).is_err() {
            continue;
        }
        let stacks = &looked.stacks;
        let Some((spec, note)) = problems.take(convert_units(stacks, table, study.years, warnings))
        else {
            continue;
        };
        if let Some(sample) = problems.take(check_plausible(stacks, table, &spec, warnings)) {
            warnings.extend(
                models
                    .iter()
                    .flat_map(|models| models.warnings_of_range(&table.name, &spec, &sample)),
            );
        }
        looked.unit_notes.push((table.name.clone(), note));
        looked.specs.push(spec);
    }
    warnings.extend(looked.stacks.notes().iter().cloned());
    Some(looked)
}

/// What an input that cannot be opened would be; annual, which fits most uses, where only its files tell.
fn presumed(table: &InputTable, years: Years) -> InputSpec {
    let steps = table.steps.unwrap_or(Steps::Annual);
    InputSpec {
        name: table.name.clone(),
        unit: Quantity::of_input(&table.name).unit(steps).to_owned(),
        steps,
        n_steps: steps.count(years),
        data_type: DataType::F32,
        decoding: Decoding::identity(),
        geometry: Geometry::StudyGrid,
    }
}

/// An error of a study file with what is wrong with its inputs besides, as far as that can be told.
///
/// Inputs of which the study file says something wrong are not looked at.
#[must_use]
pub fn with_problems_of_inputs(error: StudyError) -> Error {
    let mut problems = Problems::default();
    if let StudyError::Invalid {
        problems: known,
        rest: Some(study),
        ..
    } = &error
    {
        let is_right = |table: &&InputTable| {
            let key = format!("inputs.{}", table.name);
            !known
                .iter()
                .any(|problem| problem.key == key || problem.key.starts_with(&format!("{key}.")))
        };
        let tables: Vec<&InputTable> = study.inputs.iter().filter(is_right).collect();
        if !tables.is_empty() {
            let _ = look_at_inputs(study, &tables, None, &mut Vec::new(), &mut problems);
        }
    }
    problems.first(error.into());
    problems.into_error()
}

/// What the study asks of the kernels.
fn recipe(study: &Study, inputs: Vec<InputSpec>, models: Models) -> Recipe {
    let wanted = match &study.output.layers {
        Layers::All => Selection::All,
        Layers::Named(names) => Selection::Named(names.clone()),
    };
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let averaged = averaged(study, &inputs);
    Recipe {
        years: study.years,
        inputs,
        respiration: models.respiration,
        heterotrophic: models.heterotrophic,
        ensemble: models.ensemble,
        draws: models.draws,
        min_months: count(study.respiration.min_months),
        averaged,
        min_years: count(study.trend.min_years),
        alpha: study.trend.alpha,
        trend_of: study.trend.of.clone(),
        tests: study.trend.tests.clone(),
        trend_options: trend_options(study),
        response: study.drivers.response.clone(),
        false_discovery: study.trend.fdr,
        predictors: study.drivers.predictors.clone(),
        sensitivities: study.attribution.sensitivity.clone(),
        attribution_stated: study.is_stated("attribution.sensitivity"),
        bootstrap: bootstrap(study),
        wanted,
    }
}

/// What the tests of trend leave open, as the study decides it.
pub(super) fn trend_options(study: &Study) -> TrendOptions {
    TrendOptions {
        min_variance_factor: study.trend.min_variance_factor,
        hurst: RangeRule {
            tau_min: study.trend.hurst_tau_min,
            sample_sd: study.trend.hurst_sd == study::HurstSd::Sample,
        },
    }
}

/// The inputs whose months are averaged to a year; those of a rate come weighed by their days, as parts of a sum.
fn averaged(study: &Study, inputs: &[InputSpec]) -> BTreeSet<String> {
    let is_averaged = |table: &&InputTable| match table.aggregate {
        Some(aggregate) => aggregate == Aggregate::Mean,
        None => table.name == "temperature",
    };
    let is_weighed = |table: &&InputTable| {
        let spec = inputs.iter().find(|spec| spec.name == table.name);
        Quantity::of_input(&table.name) == Quantity::Other
            && spec.is_some_and(|spec| spec.steps == Steps::Monthly && units::is_rate(&spec.unit))
    };
    let averaged = study
        .inputs
        .iter()
        .filter(is_averaged)
        .filter(|table| !is_weighed(table));
    averaged.map(|table| table.name.clone()).collect()
}

/// The bootstrap that a study asks for.
fn bootstrap(study: &Study) -> Option<BootstrapOptions> {
    let BootstrapTable {
        replicates,
        block,
        seed,
        level,
    } = study.bootstrap;
    (replicates > 0).then_some(BootstrapOptions {
        replicates,
        block,
        seed,
        level,
    })
}

/// A tile may bring no more cells of all inputs on other grids than this, so that a device can hold them.
const MAX_CELL_BYTES: usize = 48 << 20;

/// Cuts the grid into tiles within the budget, and says in `chain` how many cells of inputs on other grids these
/// bring at most.
fn cut(
    grid: &Grid,
    stacks: &mut Stacks,
    chain: &mut Chain,
    tile: Option<[usize; 2]>,
    budget: u64,
) -> Result<Tiling, Error> {
    let size = [grid.height, grid.width];
    if let Some(tile) = tile {
        let tiling = tiling::tiles(size, tile, [256, 256]);
        count_cells(stacks, chain, &tiling)?;
        return Ok(tiling);
    }
    let block = stacks.block();
    let n_readers = n_readers(stacks);
    let fixed_bytes = FIXED_BYTES.min(budget / 2);
    // A sixteenth of what is left is for cells that readers keep.
    let n_others = chain
        .inputs
        .iter()
        .filter(|input| input.is_on_cells())
        .count();
    let kept = (budget - fixed_bytes) / 16;
    stacks.keep_cells(usize::try_from(kept).unwrap_or(usize::MAX) / n_others.max(1));
    let fixed_bytes = if n_others > 0 {
        fixed_bytes + kept
    } else {
        fixed_bytes
    };
    let per_pixel = bytes_per_pixel(chain, n_readers);
    // Cells do not grow with the pixels as all else does: tiles are made smaller until both fit.
    let mut bytes = per_pixel as u64;
    loop {
        let tiling = tiling::cut(
            size,
            [block.height, block.width],
            bytes,
            budget,
            fixed_bytes,
        )?;
        count_cells(stacks, chain, &tiling)?;
        let (pixels, cells) = (tiling.height * tiling.width, chain.bytes_of_cells());
        let in_all = fixed_bytes + (per_pixel * pixels + cells * (n_readers + 1)) as u64;
        if in_all <= budget && (cells <= MAX_CELL_BYTES || pixels <= tiling::MIN_PIXELS) {
            return Ok(tiling);
        }
        bytes = (bytes + bytes / 2).max((budget - fixed_bytes) / (pixels as u64).max(1));
    }
}

/// Refuses a budget that holds nothing, before files are held against a part of it.
fn check_memory(budget_bytes: u64) -> Result<(), Error> {
    if budget_bytes >= MIN_BYTES {
        return Ok(());
    }
    // The text names the next whole MiB.
    Err(BudgetTooSmall {
        budget_bytes,
        needed_bytes: MIN_BYTES - 1,
    }
    .into())
}

/// A budget that is too small, told by the whole of it and not by the part that tiles on the host may take.
fn of_whole_budget(error: Error, memory_bytes: u64) -> Error {
    let Error::Budget(BudgetTooSmall {
        needed_bytes,
        budget_bytes: of_host,
    }) = error
    else {
        return error;
    };
    // With more memory the fixed part grows too, up to its bound: what is needed besides stays.
    let besides = needed_bytes.saturating_sub(FIXED_BYTES.min(of_host / 2));
    let of_host = (2 * besides).min(besides + FIXED_BYTES);
    BudgetTooSmall {
        budget_bytes: memory_bytes,
        needed_bytes: of_host + of_host.div_ceil(3),
    }
    .into()
}

/// Bytes of a pixel in all tiles that are alive at a time.
fn bytes_per_pixel(chain: &Chain, n_readers: usize) -> usize {
    // One tile with each reader and one with the engine; results with engine and writer, once more
    // in pieces while the engine puts them together.
    let series_bytes = 4 * chain.years.count() * chain.series.len();
    chain.input_bytes() * (n_readers + 1)
        + (chain.returned_bytes() + series_bytes) * (RESULTS_ALIVE + 1)
}

/// States in the chain how many cells of inputs on other grids the tiles bring at most.
fn count_cells(stacks: &Stacks, chain: &mut Chain, tiling: &Tiling) -> Result<(), Error> {
    for input in &mut chain.inputs {
        if let Geometry::SourceGrid { most_cells, .. } = &mut input.geometry {
            *most_cells = stacks.most_cells(&input.name, &tiling.windows)?;
        }
    }
    Ok(())
}

/// The study grid that is asked for.
fn grid_request(study: &Study, tables: &[&InputTable]) -> GridRequest {
    let grid = &study.grid;
    GridRequest {
        like: tables
            .iter()
            .any(|table| table.name == grid.like)
            .then(|| grid.like.clone()),
        crs: grid.crs.clone(),
        resolution: grid.resolution,
        bounds: grid.bounds,
    }
}

fn request(study: &Study, table: &InputTable) -> InputRequest {
    InputRequest {
        name: table.name.clone(),
        files: table
            .files
            .iter()
            .map(|file| study.resolve(file).to_string_lossy().into_owned())
            .collect(),
        product: table.product,
        variable: table.variable.clone(),
        scale: table.scale,
        offset: table.offset,
        nodata: table.nodata.clone(),
        valid_range: table.valid_range,
        steps: table.steps,
        unit_word: table.units.clone(),
        missing: table.missing.clone(),
        most_block_bytes: Some(study.engine.memory_bytes.max(MIN_BYTES) / BLOCK_PART),
        resampling: table.resampling,
        crs: table.crs.clone(),
    }
}

/// Looks at a sample of an input and gives it back: whether anything is there, and whether it can be that quantity.
fn check_plausible(
    stacks: &Stacks,
    table: &InputTable,
    spec: &InputSpec,
    warnings: &mut Vec<String>,
) -> Result<Vec<f64>, Error> {
    let (sample, suspects) = stacks.sample_and_suspects(&table.name, &spec.decoding, SAMPLE)?;
    warnings.extend(
        suspects
            .iter()
            .map(|suspect| warning_of(&table.name, suspect)),
    );
    // A few windows without a value do not make an input empty; the run counts what is missing.
    if sample.is_empty() || !table.check_range {
        return Ok(sample);
    }
    match units::implausible(Quantity::of_input(&table.name), spec.steps, &sample) {
        Some(found) => Err(Error::Implausible {
            input: table.name.clone(),
            seen: found.seen,
            hint: found.hint,
        }),
        None => Ok(sample),
    }
}

/// A stored number that looks like a fill value.
fn warning_of(input: &str, suspect: &Suspect) -> String {
    let Suspect {
        value,
        share,
        others: [low, high],
    } = suspect;
    let number = |x: f64| {
        if x.abs() >= 1e7 {
            format!("{x:e}")
        } else {
            x.to_string()
        }
    };
    let share = 100.0 * share;
    format!(
        "inputs.{input}: {share:.1} % of a sample is the stored number {value}, far from all others ({low} to {high}): it \
         looks like a fill value that is not declared; if it is one, state nodata = [{value}]",
        value = number(*value),
        low = number(*low),
        high = number(*high),
    )
}

fn not_available(key: &'static str, value: &str, remedy: &str) -> Error {
    Error::NotAvailable {
        key,
        value: format!("{value:?}"),
        remedy: remedy.to_owned(),
    }
}

/// Stops on what this version would compute otherwise than asked, and warns of what it leaves out.
fn check_available(study: &Study, warnings: &mut Vec<String>) -> Result<(), Error> {
    if study.output.format == Format::Zarr {
        return Err(not_available("output.format", "zarr", "use gtiff or cog"));
    }
    if study.trend.tests.contains(&TrendTest::MkYueWangAll) {
        warnings.push(
            "trend.tests: mk-yue-wang-all is unsafe: the correlations of all lags sum to -1/2 in any series, so that \
             white noise passes for a trend; mk-yue-wang takes the first lag alone"
                .to_owned(),
        );
    }
    let left_out = [
        ("stages", !study.stages.is_empty()),
        ("zones", !study.zones.is_empty()),
        ("sites", study.sites.is_some()),
    ];
    for (table, _) in left_out.iter().filter(|(_, is_stated)| *is_stated) {
        warnings.push(format!(
            "[{table}] is not computed in this version; the rest of the study is"
        ));
    }
    Ok(())
}
