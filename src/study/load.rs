//! From a study file to a checked study.

use std::path::{Path, PathBuf};

use toml::Table;

use super::check::{self, Places};
use super::checker::Checker;
use super::document::{self, Document};
use super::error::StudyError;
use super::models;
use super::overrides;
use super::problem::ProblemKind;
use super::schema;
use super::section::Section;
use super::whole::Study;
use super::wording::quoted;

impl Study {
    /// Reads the study file at `path`, changed by `overrides` (`key=value`).
    ///
    /// # Errors
    ///
    /// The file cannot be read, is too large, is not TOML, or is no study; in the last case with
    /// every problem of it.
    pub fn load(path: &Path, overrides: &[String]) -> Result<Self, StudyError> {
        let text = document::read_text(path)?;
        let dir = path.parent().map(Path::to_owned).unwrap_or_default();
        parse(&text, path.to_owned(), dir, overrides)
    }

    /// Reads a study from its text; paths are relative to `dir`.
    ///
    /// # Errors
    ///
    /// As [`Study::load`], without those of reading a file.
    pub fn from_str(text: &str, dir: &Path, overrides: &[String]) -> Result<Self, StudyError> {
        parse(text, PathBuf::from("study.toml"), dir.to_owned(), overrides)
    }
}

/// Where a study comes from.
struct Label {
    path: PathBuf,
    dir: PathBuf,
    sha256: String,
    overrides: Vec<String>,
    toml: String,
}

fn parse(
    text: &str,
    path: PathBuf,
    dir: PathBuf,
    overrides: &[String],
) -> Result<Study, StudyError> {
    let Document {
        sha256,
        mut table,
        origins,
    } = Document::parse(text, &path)?;
    let mut checker = Checker::new(origins);
    apply(&mut checker, &mut table, overrides);
    let label = Label {
        path: path.clone(),
        dir,
        sha256,
        overrides: overrides.to_vec(),
        // What was read as TOML can be written as it.
        toml: toml::to_string(&table).unwrap_or_default(),
    };
    let study = tables(&mut checker, &table, label);
    match study {
        Some(study) if checker.problems.is_empty() => Ok(study),
        rest => Err(StudyError::Invalid {
            path,
            problems: checker.problems,
            rest: rest.map(Box::new),
        }),
    }
}

/// Applies each override; one that cannot be applied is a problem of its own.
fn apply(checker: &mut Checker, table: &mut Table, overrides: &[String]) {
    for argument in overrides {
        let parsed = overrides::parse(argument);
        let key = parsed.as_ref().map_or_else(
            |_| argument.clone(),
            |parsed| {
                let parts: Vec<String> = parsed.path.iter().map(|part| quoted(part)).collect();
                parts.join(".")
            },
        );
        checker.note_argument(&key);
        if let Err(kind) = parsed.and_then(|parsed| parsed.apply(table)) {
            checker.fail(key, kind);
        }
    }
}

/// Checks every table; `None` without years, by which most of a study is defined.
fn tables(c: &mut Checker, table: &Table, label: Label) -> Option<Study> {
    let root = &Section::root(table);
    c.only(root, &schema::root_names());
    for (key, text) in document::keys_with_control_characters(table) {
        c.fail(key, ProblemKind::Escape { text });
    }
    let (name, years) = check::study(c, root);
    let (inputs, names) = check::inputs(c, root, years, &label.dir);
    let stem = label.path.file_stem();
    let stem = stem.map(|stem| stem.to_string_lossy().into_owned());
    // Tables are checked in this order, which is that of the problems.
    let grid = check::grid(c, root, &names);
    let respiration = models::respiration(c, root);
    let uncertainty = models::uncertainty(c, root);
    let trend = check::trend(c, root, years, &inputs, &names);
    let drivers = check::drivers(c, root, &inputs, &names);
    let attribution = check::attribution(c, root, years);
    let bootstrap = check::bootstrap(c, root, years);
    let places = Places {
        years,
        inputs: &inputs,
        names: &names,
        trend: &trend,
        drivers: &drivers,
        stages: check::stages(c, root, years),
        sets: check::zones(c, root),
    };
    let phase = check::phase(c, root, years);
    let measures = check::measures(c, root, &places);
    let geodetector = check::geodetector(c, root, &places.sets, &measures);
    let Places { stages, sets, .. } = places;
    Some(Study {
        name: name.or(stem).unwrap_or_default(),
        grid,
        respiration,
        uncertainty,
        trend,
        drivers,
        attribution,
        bootstrap,
        stages: stages.tables,
        phase,
        zones: sets.tables,
        measures,
        geodetector,
        sites: check::sites(c, root),
        output: check::output(c, root),
        engine: check::engine(c, root),
        path: label.path,
        dir: label.dir,
        sha256: label.sha256,
        overrides: label.overrides,
        toml: label.toml,
        inputs,
        warnings: std::mem::take(&mut c.warnings),
        stated: document::keys_of(table),
        // Last, so that the other tables are checked without years too.
        years: years?,
    })
}
