//! What can be wrong with a set of zones.

use std::path::{Path, PathBuf};

/// A set of zones cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("zones.{set}: {}{problem}", .path.as_ref().map_or_else(String::new, |path| format!("{} ", path.display())))]
pub struct ZoneError {
    /// The set.
    pub set: String,
    /// The file, where it is at fault.
    pub path: Option<PathBuf>,
    /// What is wrong, and what to do.
    pub problem: Box<ZoneProblem>,
}

/// What is wrong with a set of zones, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ZoneProblem {
    /// It cannot be opened or read.
    #[error("cannot be read: {reason}")]
    Unreadable {
        /// Why.
        reason: String,
    },
    /// A vector file without a field named.
    #[error(
        "is a vector file: state the field that holds the labels, `field`; it has {}",
        list(fields)
    )]
    FieldNeeded {
        /// Its fields.
        fields: Vec<String>,
    },
    /// It has no field of this name.
    #[error("has no field `{field}`; {}it has {}", nearest(near.as_ref()), list(fields))]
    NoField {
        /// The field asked for.
        field: String,
        /// The nearest name.
        near: Option<String>,
        /// Its fields.
        fields: Vec<String>,
    },
    /// It has several layers and none is named.
    #[error("has several layers: state one of them, `layer`: {}", list(layers))]
    LayerNeeded {
        /// Its layers.
        layers: Vec<String>,
    },
    /// It has no layer of this name.
    #[error("has no layer `{layer}`; {}it has {}", nearest(near.as_ref()), list(layers))]
    NoLayer {
        /// The layer asked for.
        layer: String,
        /// The nearest name.
        near: Option<String>,
        /// Its layers.
        layers: Vec<String>,
    },
    /// A vector file without features.
    #[error("has no features; check that it was written to the end")]
    NoFeatures,
    /// Features that are no polygons.
    #[error("has {found} where zones are polygons; draw polygons, or buffer what it has")]
    NotPolygons {
        /// The kind of shape.
        found: String,
    },
    /// A zone that the study names.
    #[error(
        "has no zone `{label}`, which `{key}` names; {}it has {}",
        nearest(near.as_ref()),
        list(labels)
    )]
    NoZone {
        /// The key.
        key: &'static str,
        /// The zone asked for.
        label: String,
        /// The nearest label.
        near: Option<String>,
        /// Its zones.
        labels: Vec<String>,
    },
    /// No reference system, beside a grid that has one.
    #[error(
        "has no reference system, and the grid has one ({grid}); write it into the file, \
         such as by ogr2ogr -a_srs or gdal_edit.py -a_srs"
    )]
    NoReference {
        /// The reference system of the grid.
        grid: String,
    },
    /// It cannot be brought to the study grid.
    #[error("cannot be brought to the study grid: {reason}")]
    CannotPlace {
        /// Why.
        reason: String,
    },
    /// A raster of a quantity without `breaks`.
    #[error(
        "holds a quantity ({kind}), not codes; state where to cut it into classes, such as \
         `breaks = [300, 600]`"
    )]
    Quantity {
        /// What shows it.
        kind: String,
    },
    /// What is kept of its pixels takes too much memory.
    #[error(
        "takes more than the {} MiB of memory that engine.memory leaves for zones; raise it{}",
        most_bytes >> 20,
        if *has_parts { ", or use cells = \"centre\": each part of a pixel takes memory" } else { "" }
    )]
    TooLarge {
        /// What there is for it, bytes.
        most_bytes: usize,
        /// Whether pixels are shared by zones.
        has_parts: bool,
    },
    /// A key that the kind of file does not have.
    #[error("is a {kind}, to which `{key}` does not belong; {remedy}")]
    Misplaced {
        /// `raster` or `vector file`.
        kind: &'static str,
        /// The key.
        key: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// `cross` names a set that does not stand before it.
    #[error(
        "cross: there is no set `{member}` before it; there are {}",
        list(sets)
    )]
    NoMember {
        /// The set asked for.
        member: String,
        /// Sets before it.
        sets: Vec<String>,
    },
    /// `cross` of two sets by fractions: what they share of a pixel does not follow from their shares.
    #[error(
        "cross: `{first}` and `{second}` both have cells = \"fraction\", and shares of two sets cannot be \
         combined; leave one at \"centre\""
    )]
    TwoFractions {
        /// A set.
        first: String,
        /// Another one.
        second: String,
    },
}

impl ZoneError {
    pub(super) fn of_file(set: &str, path: &Path, problem: ZoneProblem) -> Self {
        Self {
            set: set.to_owned(),
            path: Some(path.to_owned()),
            problem: Box::new(problem),
        }
    }

    pub(super) fn of_set(set: &str, problem: ZoneProblem) -> Self {
        Self {
            set: set.to_owned(),
            path: None,
            problem: Box::new(problem),
        }
    }

    /// Whether the study file is wrong, rather than the files that it names.
    #[must_use]
    pub fn is_of_the_study_file(&self) -> bool {
        matches!(
            *self.problem,
            ZoneProblem::NoMember { .. }
                | ZoneProblem::TwoFractions { .. }
                | ZoneProblem::TooLarge { .. }
        )
    }
}

/// The areas of pixels on the ellipsoid cannot be computed.
#[derive(Debug, thiserror::Error)]
#[error("grid.area = \"ellipsoid\" cannot be computed: {reason}; use \"nominal\"")]
pub struct AreaError {
    /// Why.
    pub reason: String,
}

/// Names that a message lists; files may have hundreds.
const MAX_LISTED: usize = 20;

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let shown = names
        .iter()
        .take(MAX_LISTED)
        .map(|name| format!("`{name}`"));
    let text = shown.collect::<Vec<_>>().join(", ");
    if names.len() > MAX_LISTED {
        let more = names.len() - MAX_LISTED;
        return format!("{text} and {more} more");
    }
    text
}

fn nearest(near: Option<&String>) -> String {
    near.map_or_else(String::new, |near| format!("did you mean `{near}`? "))
}

/// The name that is most like a word, where any is.
pub(super) fn most_like(word: &str, names: &[String]) -> Option<String> {
    const LEAST: f64 = 0.7;
    let likeness = |name: &String| strsim::jaro_winkler(&name.to_lowercase(), &word.to_lowercase());
    let nearest = names
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(nearest) >= LEAST).then(|| nearest.clone())
}
