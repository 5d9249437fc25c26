//! What a GIS needs beside the maps of a run.

use crate::error::Error;
use crate::sinks::{STORE, Sink, SinkError};
use crate::sources::{outline_in_degrees, projjson_of};
use crate::study::Study;
use crate::styles::{Place, StyledMap, ValuesSeen, style_files};

use super::plan::Plan;
use super::record::Gathered;

/// Writes styles, times, project and catalogue entry; nothing for a run without maps.
///
/// # Arguments
///
/// * `gathered` - what the values of each file are like, in the order of the chain's files.
/// * `tables` - names of the tables.
/// * `outlines` - the text of the outlines of zones, where there are any.
pub(super) fn write_styles(
    study: &Study,
    plan: &Plan,
    gathered: &Gathered,
    tables: &[String],
    outlines: Option<&str>,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    let maps = styled_maps(study, plan, gathered);
    if maps.is_empty() {
        return Ok(());
    }
    let has_outlines = |set: &String| {
        let set = serde_json::json!({ "set": set }).to_string();
        // As the feature has it: without the braces.
        let property = set.trim_matches(['{', '}']);
        outlines.is_some_and(|outlines| outlines.contains(property))
    };
    let sets = study.zones.iter().map(|set| set.name.clone());
    let place = Place {
        study: study.name.clone(),
        years: [study.years.first, study.years.last],
        grid: plan.grid.clone(),
        outline: outline_in_degrees(&plan.grid),
        projjson: projjson_of(&plan.grid.crs_wkt),
        series: plan
            .chain
            .series
            .iter()
            .map(|series| series.name.clone())
            .collect(),
        zone_sets: sets.filter(has_outlines).collect(),
        tables: tables.to_vec(),
        store: study.output.format.has_store().then_some(STORE),
    };
    let files = style_files(&maps, &place).map_err(|error| SinkError::Write {
        path: sink.scratch_folder().to_owned(),
        reason: error.to_string(),
    })?;
    for file in files {
        sink.write_bytes(&file.path, &file.content)?;
    }
    Ok(())
}

/// The maps of a run with what their styles show.
fn styled_maps(study: &Study, plan: &Plan, gathered: &Gathered) -> Vec<StyledMap> {
    let n_pixels = plan.grid.window().n_pixels() as u64;
    let files = plan.chain.files.iter().zip(&gathered.layers);
    let styled = files.map(|(file, layer)| StyledMap {
        path: file.path.clone(),
        ending: study.output.format.ending(),
        description: file.description.clone(),
        unit: file.unit.clone(),
        bands: file.bands.clone(),
        kind: file.kind.clone(),
        made_by: file.made_by.clone(),
        values: ValuesSeen {
            central: layer.central_range,
            extremes: layer.extremes,
            flags: layer.flags.clone(),
            valid_percent: {
                let n_bands = file.bands.len() as u64;
                let valid = (gathered.pixels_inside * n_bands).saturating_sub(layer.missing);
                100.0 * share(valid, n_pixels * n_bands)
            },
        },
    });
    styled.collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of pixels")]
fn share(part: u64, of: u64) -> f64 {
    part as f64 / of.max(1) as f64
}
