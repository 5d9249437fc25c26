//! Zones of a vector file: polygons with a field of labels.

use std::path::Path;

use gdal::Dataset;
use gdal::vector::{Feature, FieldValue, Layer, LayerAccess};

use crate::gdal_calls::{text_of, with_failures};
use crate::grid::CellRule;
use crate::grid::Grid;
use crate::sources::keep;
use crate::zones::edges::add_ring;
use crate::zones::error::{ZoneError, ZoneProblem, most_like};
use crate::zones::labels::{Labels, label_of_number};
use crate::zones::notes::ZoneNotes;
use crate::zones::paint::{Outline, paint};
use crate::zones::polygons::polygons_of_shape;
use crate::zones::rows::to_u32;
use crate::zones::set::ZoneSet;
use crate::zones::spec::{ZoneFile, ZoneSpec};
use crate::zones::to_grid::ToGrid;

/// The zones of a vector file. Features of one label are one zone; zones have the order of the file.
pub(super) fn vector(
    spec: &ZoneSpec,
    file: &ZoneFile,
    dataset: &Dataset,
    grid: &Grid,
) -> Result<ZoneSet, ZoneError> {
    let failed = |problem| ZoneError::of_file(&spec.name, &file.path, problem);
    check_keys(file).map_err(failed)?;
    let mut layer = layer_of(dataset, file.layer.as_deref()).map_err(failed)?;
    if let Some(filter) = &file.filter {
        keep(&mut layer, filter).map_err(|reason| failed(ZoneProblem::Unreadable { reason }))?;
    }
    let (n_features, failure) = with_failures(|| layer.feature_count());
    if let Some(reason) = failure {
        return Err(failed(ZoneProblem::Unreadable { reason }));
    }
    if n_features == 0 {
        return Err(failed(ZoneProblem::NoFeatures));
    }
    let field = field_of(&layer, file.field.as_deref()).map_err(failed)?;
    let crs = layer.spatial_ref();
    if crs.is_none() && !grid.crs_wkt.is_empty() {
        return Err(failed(ZoneProblem::NoReference {
            grid: grid.crs_name.clone(),
        }));
    }
    let mut remarks = Vec::new();
    if crs.is_some() && grid.crs_wkt.is_empty() {
        remarks.push(
            "the study grid has no reference system; that of the file is taken for it".to_owned(),
        );
    }
    let to_grid =
        ToGrid::new(crs, grid).map_err(|reason| failed(ZoneProblem::CannotPlace { reason }))?;
    let mut reading = Reading::new(spec.rule, &file.path);
    reading.notes.remarks = remarks;
    let mut features = layer.features();
    loop {
        // GDAL ends a list of features that it cannot read to the end without an error.
        let (feature, failure) = with_failures(|| features.next());
        if let Some(reason) = failure {
            return Err(failed(ZoneProblem::Unreadable { reason }));
        }
        let Some(feature) = feature else { break };
        reading.take(&feature, field, &to_grid).map_err(failed)?;
    }
    let painted = paint(reading.outlines, spec.rule, [grid.width, grid.height]);
    let notes = ZoneNotes {
        mended: painted.mended as u64,
        claimed_twice: painted.claimed_twice,
        ..reading.notes
    };
    Ok(ZoneSet::new(
        &spec.name,
        reading.labels.into_texts(),
        spec.rule,
        painted.rows,
        notes,
    ))
}

fn check_keys(file: &ZoneFile) -> Result<(), ZoneProblem> {
    let misplaced = |key| {
        Err(ZoneProblem::Misplaced {
            kind: "vector file",
            key,
            remedy: "name its zones by `field`",
        })
    };
    if !file.labels.is_empty() {
        return misplaced("labels");
    }
    if !file.breaks.is_empty() {
        return misplaced("breaks");
    }
    Ok(())
}

pub(super) fn layer_of<'a>(
    dataset: &'a Dataset,
    asked: Option<&str>,
) -> Result<Layer<'a>, ZoneProblem> {
    let layers: Vec<String> = dataset.layers().map(|layer| layer.name()).collect();
    let at = match asked {
        Some(asked) => layers
            .iter()
            .position(|name| name == asked)
            .ok_or_else(|| ZoneProblem::NoLayer {
                layer: asked.to_owned(),
                near: most_like(asked, &layers),
                layers: layers.clone(),
            })?,
        None if layers.len() > 1 => return Err(ZoneProblem::LayerNeeded { layers }),
        None if layers.is_empty() => return Err(ZoneProblem::NoFeatures),
        None => 0,
    };
    dataset.layer(at).map_err(|error| ZoneProblem::Unreadable {
        reason: text_of(&error),
    })
}

pub(super) fn field_of(layer: &Layer<'_>, asked: Option<&str>) -> Result<usize, ZoneProblem> {
    let fields: Vec<String> = layer.defn().fields().map(|field| field.name()).collect();
    let Some(asked) = asked else {
        return Err(ZoneProblem::FieldNeeded { fields });
    };
    fields
        .iter()
        .position(|name| name == asked)
        .ok_or_else(|| ZoneProblem::NoField {
            field: asked.to_owned(),
            near: most_like(asked, &fields),
            fields: fields.clone(),
        })
}

/// What was read of a layer so far.
struct Reading {
    rule: CellRule,
    labels: Labels,
    outlines: Vec<Outline>,
    notes: ZoneNotes,
}

impl Reading {
    fn new(rule: CellRule, path: &Path) -> Self {
        Self {
            rule,
            labels: Labels::default(),
            outlines: Vec::new(),
            notes: ZoneNotes {
                path: Some(path.to_owned()),
                ..ZoneNotes::default()
            },
        }
    }

    fn take(
        &mut self,
        feature: &Feature<'_>,
        field: usize,
        to_grid: &ToGrid,
    ) -> Result<(), ZoneProblem> {
        self.notes.features += 1;
        let Some(geometry) = feature.geometry().filter(|shape| !shape.is_empty()) else {
            self.notes.without_shape += 1;
            return Ok(());
        };
        let unreadable = |error: gdal::errors::GdalError| ZoneProblem::Unreadable {
            reason: text_of(&error),
        };
        let label = label_of(feature, field).map_err(unreadable)?;
        let polygons = polygons_of_shape(geometry)?;
        let Some(zone) = label.and_then(|label| self.labels.zone_of(&label)) else {
            self.notes.unlabelled += 1;
            return Ok(());
        };
        let outline = self.outline_of(zone);
        let number = to_u32(outline.n_features);
        outline.n_features += 1;
        let mut lost = 0;
        for ring in polygons.iter().flatten() {
            for placed in to_grid.ring(ring, &mut lost) {
                add_ring(&mut outline.edges, &placed, number, to_grid.size());
            }
        }
        self.notes.lost_corners += lost;
        Ok(())
    }

    /// What a feature of a zone is added to: an outline of its own by centres, where a later feature has a pixel;
    /// that of its zone by fractions.
    fn outline_of(&mut self, zone: u32) -> &mut Outline {
        let at = match self.rule {
            CellRule::Centre => self.outlines.len(),
            CellRule::Fraction => zone as usize,
        };
        if at >= self.outlines.len() {
            self.outlines.push(Outline {
                zone,
                n_features: 0,
                edges: Vec::new(),
            });
        }
        &mut self.outlines[at]
    }
}

/// The label of a feature; `None` where it is null.
pub(super) fn label_of(
    feature: &Feature<'_>,
    field: usize,
) -> Result<Option<String>, gdal::errors::GdalError> {
    let Some(text) = feature
        .field_as_string(field)?
        .filter(|text| !text.is_empty())
    else {
        return Ok(None);
    };
    // GDAL writes 1.5 as 1.50 or 1.5000 where a field has a width.
    Ok(match feature.field(field) {
        Ok(Some(FieldValue::RealValue(x))) => label_of_number(x),
        _ => Some(text),
    })
}
