//! One thing that is wrong in a study file, and where.

use std::fmt;

use crate::units::UnitError;

/// Where a key was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the study file, at this line from 1.
    Line(usize),
    /// In an argument, as `--set key=value`.
    Argument,
    /// Nowhere: the key is missing, or its default is what is wrong.
    Unwritten,
}

/// One thing that is wrong in a study file.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The full dotted key, such as `inputs.npp.units`.
    pub key: String,
    /// Where the key was written.
    pub origin: Origin,
    /// What is wrong with it.
    pub kind: ProblemKind,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, origin, kind } = self;
        match origin {
            Origin::Line(line) => write!(f, ":{line}: {key}: {kind}"),
            Origin::Argument => write!(f, " with --set: {key}: {kind}"),
            Origin::Unwritten => write!(f, ": {key}: {kind}"),
        }
    }
}

/// The question after a word that is near a right one.
fn hint(nearest: Option<&str>) -> String {
    nearest
        .map(|nearest| format!(" (did you mean \"{nearest}\"?)"))
        .unwrap_or_default()
}

/// What is wrong with a key or its value.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A key that its table does not have, near one that it has, or of another table.
    #[error("unknown key; did you mean {nearest}?")]
    UnknownKey {
        /// The right keys, in full and in backquotes.
        nearest: String,
    },

    /// A key that no table has, near none.
    #[error("unknown key; expected one of: {known}")]
    UnlikeAnyKey {
        /// The keys of the table.
        known: String,
    },

    /// A key that must be there is not.
    #[error("missing; write {example}")]
    Missing {
        /// The right form.
        example: &'static str,
    },

    /// A value of another type or form.
    #[error("found {found}, expected {expected}, such as {example}")]
    Form {
        /// What was found.
        found: String,
        /// What is expected.
        expected: &'static str,
        /// The right form.
        example: &'static str,
    },

    /// A value of the right type that is out of bounds.
    #[error("found {found}, expected {expected}")]
    Bounds {
        /// What was found.
        found: String,
        /// What is expected.
        expected: String,
    },

    /// A word that is none of those that the key takes.
    #[error("\"{word}\" is unknown{}; expected one of: {known}", hint(nearest.as_deref()))]
    UnknownWord {
        /// The word as written.
        word: String,
        /// The nearest right one, if any is near.
        nearest: Option<String>,
        /// All right ones.
        known: String,
    },

    /// A name of something that the study does not have.
    #[error("\"{name}\" is {what}{}; expected one of: {known}", hint(nearest.as_deref()))]
    NoSuchName {
        /// The name as written.
        name: String,
        /// What it should have been, such as `no input of this study`.
        what: &'static str,
        /// The nearest right one, if any is near.
        nearest: Option<String>,
        /// All right ones.
        known: String,
    },

    /// A name that cannot be part of a file's name.
    #[error(
        "\"{name}\" cannot name a file; use letters, digits, `_` and `-` only, such as \"{remedy}\""
    )]
    Name {
        /// The name as written.
        name: String,
        /// A name near it that can.
        remedy: String,
    },

    /// A name that Doline uses itself.
    #[error("\"{name}\" is reserved: {reason}; choose another name")]
    Reserved {
        /// The name as written.
        name: String,
        /// What it is used for.
        reason: &'static str,
    },

    /// The same twice.
    #[error("\"{name}\" appears twice; remove one")]
    Repeated {
        /// What is repeated.
        name: String,
    },

    /// A folder of outputs on a server.
    #[error("{why}")]
    OnServer {
        /// Why it cannot be one, and what to do.
        why: String,
    },

    /// The first year comes after the last.
    #[error("the years run backwards, from {first} to {last}; write [{last}, {first}]")]
    YearsReversed {
        /// The year written first.
        first: i64,
        /// The year written last.
        last: i64,
    },

    /// Years that the study does not cover.
    #[error("{first} to {last} is not inside the study, which is {study_first} to {study_last}")]
    OutsideStudy {
        /// First year.
        first: i32,
        /// Last year.
        last: i32,
        /// First year of the study.
        study_first: i32,
        /// Last year of the study.
        study_last: i32,
    },

    /// A unit that the input cannot have, or that nobody knows.
    #[error(transparent)]
    Unit(#[from] UnitError),

    /// A `--set` argument without a key and a value.
    #[error("expected key=value, such as --set engine.device=cpu")]
    Argument,

    /// A `--set` argument that goes below a value.
    #[error("`{parent}` is {found}, not a table; nothing can be set inside it")]
    NotATable {
        /// The key above.
        parent: String,
        /// What it is.
        found: String,
    },

    /// Two keys that exclude each other.
    #[error("cannot be used with `{other}`: {reason}")]
    Conflict {
        /// The other key.
        other: String,
        /// Why.
        reason: &'static str,
    },

    /// A key that does nothing without another.
    #[error("needs `{other}`: {reason}")]
    Needs {
        /// The other key.
        other: String,
        /// Why.
        reason: &'static str,
    },

    /// A stage of a preset of which too little is inside the study; a warning.
    #[error(
        "its stage {stage} is left out: only {n_inside} of its years in the study, and a stage needs {needed}"
    )]
    StageLeftOut {
        /// The years of the stage.
        stage: String,
        /// Its years inside the study.
        n_inside: usize,
        /// The years of the shortest stage.
        needed: usize,
    },

    /// The stage before the measures has years under a measure; a warning.
    #[error(
        "the stage \"{stage}\", until {last}, has years under \"{zone}\", which starts in {start}; \
         its effects are too small by that"
    )]
    PreUnderMeasure {
        /// The stage before the measures.
        stage: String,
        /// Its last year.
        last: i32,
        /// The measure.
        zone: String,
        /// Its first year.
        start: i32,
    },

    /// A text with a control character, as of a backslash in a path.
    #[error(
        "\"{text}\" has a line break or another control character: in double quotes \\ begins an escape; write / instead, \
         or put the path in single quotes"
    )]
    Escape {
        /// The text with its escapes.
        text: String,
    },
    /// Braces in a file pattern around another word than a placeholder.
    #[error(
        "\"{pattern}\" has the placeholder {{{found}}}; expected {{year}} (four digits), {{month}} \
         (two) or {{doy}} (three). Two-digit years are not supported: list such files in time order"
    )]
    Placeholder {
        /// The pattern as written.
        pattern: String,
        /// The name inside the braces.
        found: String,
    },

    /// A product with several quantities, where the study does not state which.
    #[error("{product} has several quantities; add `variable` with one of: {variables}")]
    ProductVariable {
        /// The product.
        product: &'static str,
        /// Its variables.
        variables: String,
    },

    /// A product with values finer than months.
    #[error(
        "{product} is {how}; Doline reads monthly or annual values ({note}). If your files are \
         already monthly or annual, add steps = \"monthly\" or \"annual\""
    )]
    ProductFiner {
        /// The product.
        product: &'static str,
        /// How fine.
        how: &'static str,
        /// What to do.
        note: &'static str,
    },

    /// A product whose raster is no quantity.
    #[error("the raster of {product} holds {what}: {note}")]
    ProductNoQuantity {
        /// The product.
        product: &'static str,
        /// What it holds.
        what: &'static str,
        /// What to do.
        note: &'static str,
    },

    /// A further driver whose name is nearly that of a known input; a warning.
    #[error(
        "treated as a further driver; if it is the {nearest} of the carbon chain, \
         name it [inputs.{nearest}]"
    )]
    NearKnownInput {
        /// The known input.
        nearest: &'static str,
    },
}
