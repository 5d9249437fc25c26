//! The inputs of a study, opened, converted to the units of the engine and checked.

use crate::calendar::{Steps, Years};
use crate::error::Error;
use crate::sources::{FileError, GridRequest, InputRequest, SourceError, Stacks, Suspect};
use crate::study::{InputTable, OnError, Study, StudyError};
use crate::tile::{DataType, Decoding, Geometry, InputSpec};
use crate::units::{self, Quantity};

use super::conversion::convert_units;
use super::cut::max_block_bytes;
use super::models::Models;
use super::problems::Problems;

/// Values that are read to check whether an input can be what the study states.
const SAMPLE: usize = 4000;

/// The inputs that can be opened and decoded.
pub(super) struct OpenedInputs {
    /// Their files.
    pub(super) stacks: Stacks,
    /// How the engine sees them.
    pub(super) specs: Vec<InputSpec>,
    /// How the unit of each was found.
    pub(super) unit_notes: Vec<(String, String)>,
}

/// Opens inputs and checks their units and, where `samples` says so, a sample of their values, one independent of the other.
pub(super) fn open_inputs(
    study: &Study,
    tables: &[&InputTable],
    models: Option<&Models>,
    samples: bool,
    warnings: &mut Vec<String>,
    problems: &mut Problems,
) -> Option<OpenedInputs> {
    let read_by_models = models.map_or_else(Vec::new, |models| models.reads(&study.inputs));
    let requests: Vec<InputRequest> = tables
        .iter()
        .map(|table| InputRequest {
            all_months: read_by_models.contains(&table.name),
            ..request(study, table)
        })
        .collect();
    let mask = study.grid.mask.as_ref().map(|mask| study.resolve(mask));
    let (stacks, errors) = Stacks::open_each(
        &requests,
        study.years,
        &grid_request(study, tables),
        mask.as_deref(),
    );
    problems.extend(errors);
    let mut opened = OpenedInputs {
        stacks: stacks?,
        specs: Vec::new(),
        unit_notes: Vec::new(),
    };
    let stacks = &opened.stacks;
    for table in tables {
        if stacks.input(&table.name).is_err() {
            continue;
        }
        let Some((spec, note)) = problems.take(convert_units(stacks, table, study.years, warnings))
        else {
            continue;
        };
        let sample = samples.then(|| check_plausible(stacks, table, &spec, warnings));
        if let Some(sample) = sample.and_then(|sample| problems.take(sample)) {
            let models = models.iter();
            warnings.extend(
                models.flat_map(|models| models.warnings_of_range(&table.name, &spec, &sample)),
            );
        }
        opened.unit_notes.push((table.name.clone(), note));
        opened.specs.push(spec);
    }
    warnings.extend(stacks.notes().iter().cloned());
    Some(opened)
}

/// What an input that cannot be opened would be. Annual, which fits most uses, unless the study states its steps.
pub(super) fn presumed(table: &InputTable, years: Years) -> InputSpec {
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

/// An error of a study file, together with what is wrong with its inputs.
///
/// Inputs with an error in the study file are not opened.
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
        let (tables, others): (Vec<&InputTable>, Vec<&InputTable>) =
            study.inputs.iter().partition(is_right);
        if !tables.is_empty() {
            let _ = open_inputs(study, &tables, None, true, &mut Vec::new(), &mut problems);
        }
        for table in others.iter().filter(|table| !table.files.is_empty()) {
            let requests = [request(study, table)];
            let grid = GridRequest::default();
            let (_, errors) = Stacks::open_each(&requests, study.years, &grid, None);
            // What else is wrong may follow from the mistake in the table.
            problems.extend(errors.into_iter().filter(is_of_a_file).collect());
        }
    }
    problems.first(error.into());
    problems.into_error()
}

/// Whether a file cannot be found or opened, whatever the study states of it.
fn is_of_a_file(error: &SourceError) -> bool {
    matches!(
        error,
        SourceError::File(
            FileError::MissingFiles { .. }
                | FileError::NothingMatches { .. }
                | FileError::Unlisted { .. }
                | FileError::Open { .. }
                | FileError::NoBands { .. }
                | FileError::Truncated { .. }
                | FileError::MoreFiles { .. }
        )
    )
}

/// The study grid that the study asks for.
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
        mask_layer: grid.mask_layer.clone(),
        mask_where: grid.mask_where.clone(),
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
        season: table.season,
        all_months: false,
        most_block_bytes: Some(max_block_bytes(study)),
        resampling: table.resampling,
        crs: table.crs.clone(),
        allow_external: table.allow_external,
        allow_missing_tiles: table.allow_missing_tiles,
        skip_unreadable: study.engine.on_error == OnError::Skip,
    }
}

/// Checks whether a sample of an input can be its quantity, and returns the sample.
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
    // A few windows without a value do not make an input empty. The run counts what is missing.
    if sample.is_empty() || !table.check_range {
        return Ok(sample);
    }
    match units::implausible(Quantity::of_input(&table.name), spec.steps, &sample) {
        Some(found) => Err(Error::Implausible {
            input: table.name.clone(),
            seen: found.seen,
            hint: found.hint,
        }),
        None => within_product(table, spec, &sample).map(|()| sample),
    }
}

/// Checks a sample against the range of the product of its input, where both are in one unit.
fn within_product(table: &InputTable, spec: &InputSpec, sample: &[f64]) -> Result<(), Error> {
    let Some(preset) = table.product else {
        return Ok(());
    };
    if preset.layer.unit != Some(spec.unit.as_str()) {
        return Ok(());
    }
    match preset.contradiction(sample) {
        Some(found) => Err(Error::Implausible {
            input: table.name.clone(),
            seen: found.seen,
            hint: found.hint,
        }),
        None => Ok(()),
    }
}

/// A warning of a raw value that looks like a fill value.
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
        "inputs.{input}: {share:.1} % of a sample is the raw value {value}, far from all others \
         ({low} to {high}): it looks like a fill value that is not declared; if it is one, set nodata = [{value}]",
        value = number(*value),
        low = number(*low),
        high = number(*high),
    )
}
