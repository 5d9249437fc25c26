//! From a study to what will be done: inputs opened and checked, kernels chosen, tiles cut.

use std::sync::Arc;

use crate::chain::{self, Chain, FileSource};
use crate::error::Error;
use crate::grid::{Area, Coordinates, Grid, Window};
use crate::pipeline::tiles_alive;
use crate::sources::{Stacks, check_proj, quiet_gdal};
use crate::study::{Format, InputTable, Study, TrendTest};
use crate::tables::uncertainty::Drawn;
use crate::tile::InputSpec;
use crate::tiling::Tiling;
use crate::zones::{PixelAreas, ZoneSet, nominal_by_true_area};

use super::cut::{bytes_per_pixel, check_memory, cut, fixed_bytes, reading_threads};
use super::models::Models;
use super::open_inputs::{open_inputs, presumed};
use super::problems::Problems;
use super::recipe::recipe;
use super::room::check_memory_left;
use super::sites::{SitesOnGrid, open_sites, place_sites};
use super::watched::Watched;
use super::zones::{OpenedZones, open_zones};

/// Pixels of a grid on which zones are counted where nothing is computed.
const MAX_ZONED: usize = 1 << 22;

/// Everything that a run has to know before its first tile.
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
    /// The coefficients of the models of Rs and Rh, such as `gsmsr.R0`.
    pub coefficients: Vec<(String, f64)>,
    /// The coefficients of every draw.
    pub drawn: Option<Drawn>,
    /// What the user should know: parts of the study that Doline assumed or left out.
    pub warnings: Vec<String>,
    /// How the unit of each input was found.
    pub unit_notes: Vec<(String, String)>,
    /// The memory budget of the run.
    pub memory_bytes: u64,
    /// The part of it that a device may take.
    pub device_bytes: u64,
    /// The zone sets.
    pub zones: Vec<ZoneSet>,
    /// For measures whose file has their first years in a field: the set again with these years as zones, under its name.
    pub starts: Vec<ZoneSet>,
    /// The areas of pixels.
    pub areas: PixelAreas,
    /// The field data.
    pub(super) sites: Option<SitesOnGrid>,
    /// The files that are read, as they were.
    pub(super) watched: Watched,
    /// Tiles that may be on their way in the engine at a time.
    pub tiles_in_flight: usize,
}

impl Plan {
    /// Threads that read: reading compressed floats costs more than computing on them.
    #[must_use]
    pub fn reading_threads(&self) -> usize {
        reading_threads(&self.stacks)
    }

    /// Memory that a run takes on the host, in bytes.
    #[must_use]
    pub fn host_bytes(&self) -> u64 {
        let pixels = self
            .tiling
            .windows
            .iter()
            .map(Window::n_pixels)
            .max()
            .unwrap_or(0);
        let sets = self.zones.iter().chain(&self.starts);
        let zones = sets.map(ZoneSet::bytes).sum::<usize>() as u64;
        let of_host = (self.memory_bytes - self.device_bytes).saturating_sub(zones);
        let fixed = zones + fixed_bytes(&self.stacks, of_host);
        let in_flight = self.tiles_in_flight;
        let cells =
            self.chain.bytes_of_cells() * tiles_alive(in_flight) + self.stacks.kept_cells_bytes();
        (bytes_per_pixel(&self.chain, in_flight) * pixels + cells) as u64 + fixed
    }
}

/// Opens the inputs of `study`, checks them and decides what will be done. Reads a few blocks to check whether values
/// can be the quantities that the study states, and computes nothing.
///
/// # Arguments
///
/// * `tile` - rows and columns of a tile, instead of what the memory budget gives.
///
/// # Errors
///
/// See [`Error`]; everything that is wrong at once, as [`Error::Several`].
pub fn plan(study: &Study, tile: Option<[usize; 2]>) -> Result<Plan, Error> {
    plan_as(study, tile, Looking::default())
}

/// The same for a part of a run that was planned before: its inputs are known to hold what the study states, once they are
/// found to be those of that plan.
pub(super) fn plan_again(study: &Study, tile: Option<[usize; 2]>) -> Result<Plan, Error> {
    let looking = Looking {
        samples: false,
        ..Looking::default()
    };
    plan_as(study, tile, looking)
}

/// The same for who only asks what a run would do: on a grid of more than [`MAX_ZONED`] pixels, zones and their counts are
/// those of a grid of the same place with larger pixels. A raster of zones takes minutes on a grid of 10^8 pixels.
pub(super) fn plan_to_look_at(study: &Study) -> Result<Plan, Error> {
    let looking = Looking {
        most_zoned: MAX_ZONED,
        ..Looking::default()
    };
    plan_as(study, None, looking)
}

/// How closely a study is looked at.
#[derive(Clone, Copy)]
struct Looking {
    /// On a grid of more pixels zones are counted on a coarser one.
    most_zoned: usize,
    /// Whether values of the inputs are read and checked.
    samples: bool,
}

impl Default for Looking {
    fn default() -> Self {
        Self {
            most_zoned: usize::MAX,
            samples: true,
        }
    }
}

fn plan_as(study: &Study, tile: Option<[usize; 2]>, looking: Looking) -> Result<Plan, Error> {
    quiet_gdal();
    check_proj()?;
    let watched = Watched::beside_inputs(study);
    let mut warnings = warnings_of_study(study);
    let mut problems = Problems::default();
    problems.take(check_available(study));
    let has_memory = problems.take(check_memory(study.engine.memory_bytes));
    let models = problems.take(Models::of(study));
    warnings.extend(models.iter().flat_map(|models| models.warnings(study)));
    if let Some(models) = &models {
        problems.take(models.check_seasons(study));
    }
    let measured = open_sites(study, &mut problems);

    let tables: Vec<&InputTable> = study.inputs.iter().collect();
    let opened = open_inputs(
        study,
        &tables,
        models.as_ref(),
        looking.samples,
        &mut warnings,
        &mut problems,
    );
    // Which layers there will be is checked whether or not every input can be opened.
    let found = opened.as_ref().map_or(&[][..], |opened| &opened.specs);
    let built = models.and_then(|models| {
        let (drawn, coefficients) = (models.drawn.clone(), models.coefficients.clone());
        let recipe = recipe(study, specs(study, found), models);
        let chain = problems.take(chain::build(&recipe))?;
        Some((chain, drawn, coefficients))
    });
    let (Some(opened), Some((chain, drawn, coefficients))) = (opened, built) else {
        return Err(problems.into_error());
    };
    let grid = opened.stacks.grid();
    warnings.extend(warnings_of_chain(study, &chain));
    let (zones, of_zones) = zones_on(study, grid, looking.most_zoned, &mut problems);
    warnings.extend(of_zones);
    let sites = measured
        .and_then(|records| place_sites(study, records, grid, &mut warnings, &mut problems));
    warnings.extend(sites.iter().flat_map(|sites| sites.not_modelled(&chain)));
    warnings.extend(warning_of_grid(grid, study.grid.area));
    // A budget that is refused already is not reported a second time.
    let cut = has_memory.and_then(|()| {
        let zone_bytes = zones.as_ref().map_or(0, OpenedZones::bytes);
        problems.take(cut(study, opened.stacks, chain, zone_bytes, tile))
    });
    let (Some(cut), Some(zones)) = (cut.filter(|_| problems.is_empty()), zones) else {
        return Err(problems.into_error());
    };
    let plan = Plan {
        watched: watched.with_inputs(&cut.stacks),
        grid: cut.stacks.grid().clone(),
        stacks: cut.stacks,
        chain: Arc::new(cut.chain),
        tiling: cut.tiling,
        coefficients,
        drawn,
        warnings,
        unit_notes: opened.unit_notes,
        memory_bytes: study.engine.memory_bytes,
        zones: zones.sets,
        areas: zones.areas,
        sites,
        starts: zones.starts,
        tiles_in_flight: cut.tiles_in_flight,
        device_bytes: cut.device_bytes,
    };
    check_memory_left(plan.host_bytes())?;
    Ok(plan)
}

/// The zones on the grid, and what to know of them; on a coarser one where the grid has more pixels than `most_zoned`.
fn zones_on(
    study: &Study,
    grid: &Grid,
    most_zoned: usize,
    problems: &mut Problems,
) -> (Option<OpenedZones>, Vec<String>) {
    let times = coarser_by(grid, most_zoned);
    if times == 1 || study.zones.is_empty() {
        let zones = open_zones(study, grid, problems);
        let sets = zones.iter().flat_map(|zones| &zones.sets);
        let sentences = sets.flat_map(ZoneSet::sentences).collect();
        return (zones, sentences);
    }
    let zones = open_zones(study, &coarser(grid, times), problems);
    let note = format!(
        "zones: counted on pixels {times} times as wide and high, as the grid is large; a run takes all pixels"
    );
    (zones, vec![note])
}

/// By how much pixels have to be wider and higher for a grid of at most so many.
fn coarser_by(grid: &Grid, most: usize) -> usize {
    let mut times = 1;
    while (grid.width.div_ceil(times)).saturating_mul(grid.height.div_ceil(times)) > most {
        times += 1;
    }
    times
}

/// A grid of the same place with wider and higher pixels.
#[expect(clippy::cast_precision_loss, reason = "a factor far below 2^52")]
fn coarser(grid: &Grid, times: usize) -> Grid {
    let mut coarse = grid.clone();
    coarse.width = grid.width.div_ceil(times);
    coarse.height = grid.height.div_ceil(times);
    for at in [1, 2, 4, 5] {
        coarse.transform[at] *= times as f64;
    }
    coarse
}

/// Each input of the study, as it was found or is presumed to be, followed by the positions of pixels among its cells
/// where it is on a grid of its own.
fn specs(study: &Study, found: &[InputSpec]) -> Vec<InputSpec> {
    let spec_of = |table: &InputTable| {
        let known = found.iter().find(|spec| spec.name == table.name);
        known.map_or_else(|| presumed(table, study.years), InputSpec::clone)
    };
    let with_positions = |spec: InputSpec| {
        let positions = spec.is_on_cells().then(|| spec.places());
        std::iter::once(spec).chain(positions)
    };
    let specs = study.inputs.iter().map(spec_of);
    specs.flat_map(with_positions).collect()
}

/// Stops on what this version cannot do.
fn check_available(study: &Study) -> Result<(), Error> {
    match study.output.format {
        Format::GTiff | Format::Cog => Ok(()),
        Format::Zarr if cfg!(feature = "zarr") => Ok(()),
        format @ Format::Zarr => Err(Error::NotAvailable {
            key: "output.format",
            value: format!("{:?}", format.as_str()),
            remedy: "use gtiff or cog, or a build with the feature zarr".to_owned(),
        }),
    }
}

/// What the study file alone shows: what looks odd in it, and an unsafe test.
fn warnings_of_study(study: &Study) -> Vec<String> {
    let of_file = study.warnings.iter();
    let mut warnings: Vec<String> = of_file
        .map(|problem| format!("{}{problem}", study.path.display()))
        .collect();
    if study.trend.tests.contains(&TrendTest::MkYueWangAll) {
        warnings.push(
            "trend.tests: mk-yue-wang-all is unsafe: the correlations of all lags sum to -1/2 in any \
             series, so that white noise passes for a trend; use mk-yue-wang, which takes the first lag alone"
                .to_owned(),
        );
    }
    warnings
}

/// What the study states and the chain does not need.
fn warnings_of_chain(study: &Study, chain: &Chain) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut files = chain.files.iter();
    let is_adjusted = files.any(|file| match file.content {
        FileSource::QValues { .. } | FileSource::ClassesOnQ { .. } => true,
        FileSource::Layer(_) | FileSource::Flags => false,
    });
    if study.trend.fdr.is_some() && !is_adjusted {
        warnings.push(
            "trend.fdr has no effect: this study makes no map of p of a trend, and no classes"
                .to_owned(),
        );
    }
    if study.geodetector.is_some() && chain.maps.is_empty() {
        warnings.push(format!(
            "[geodetector] is left out: this study makes neither slope nor mean of {}; name maps in geodetector.of",
            study.drivers.response
        ));
    }
    let is_read = |table: &&InputTable| chain.inputs.iter().any(|input| input.name == table.name);
    let unread = study.inputs.iter().filter(|table| !is_read(table));
    warnings.extend(unread.map(|table| {
        format!(
            "inputs.{} is not read: no output of this study needs it",
            table.name
        )
    }));
    warnings
}

/// Nominal areas of pixels that are so far from those on the ellipsoid are worth a warning.
const DISTORTED: f64 = 0.02;

fn warning_of_grid(grid: &Grid, area: Area) -> Option<String> {
    match grid.coordinates {
        Coordinates::Geographic => None,
        Coordinates::Projected => {
            let [least, most] = nominal_by_true_area(grid).filter(|_| area == Area::Nominal)?;
            let is_far = |factor: f64| (factor - 1.0).abs() > DISTORTED;
            let factor = if most - least > DISTORTED * least {
                format!("{least:.3} to {most:.3}")
            } else {
                format!("{most:.3}")
            };
            (is_far(least) || is_far(most)).then(|| {
                format!(
                    "in this projection pixels seem {factor} times as large as they are, and so do areas and totals, and \
                     means weigh them so; grid.area = \"ellipsoid\" in a study file gives true areas"
                )
            })
        }
        Coordinates::Unknown => Some(
            "the study grid has no CRS: all pixels count alike in means, and areas and totals have no \
             meaning; set `grid.crs`, or `crs` of the input that the grid is taken from"
                .to_owned(),
        ),
    }
}
