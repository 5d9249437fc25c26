//! What the schema tells of a key and of a table.

use toml::Value;

use crate::study::formats::{Parse, Unread, ValueFormat};
use crate::study::problem::ProblemKind;
use crate::study::wording::describe;
use crate::words::Word;

/// What holds where a study does not state a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::study) enum Fallback {
    /// The study is refused; the message asks for this.
    Required(&'static str),
    /// This value, as TOML.
    Value(&'static str),
    /// What these words say.
    Words(&'static str),
}

/// How the example shows a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::study) enum Shown {
    /// With this value.
    Stated(&'static str),
    /// With this value, commented out.
    Commented(&'static str),
    /// With this value, commented out, because it excludes a key that is shown.
    Instead(&'static str),
    /// Not at all: the example shows the table that has it as a value, or another table that has it.
    Inside,
}

/// A word with its meaning.
pub(in crate::study) type Meaning = (&'static str, &'static str);

/// What the manual tells of a key.
#[derive(Clone, Copy, Debug)]
pub(in crate::study) struct Row {
    /// Its name; in capitals where the user chooses it.
    pub(in crate::study) name: &'static str,
    /// What its value is, in words.
    pub(in crate::study) expected: &'static str,
    /// A right value.
    pub(in crate::study) example: &'static str,
    /// The bounds of the value, in words.
    pub(in crate::study) bounds: Option<&'static str>,
    /// What holds where it is not stated.
    pub(in crate::study) fallback: Fallback,
    /// What it means.
    pub(in crate::study) meaning: &'static str,
    /// How the example shows it.
    pub(in crate::study) shown: Shown,
    /// The words that it takes.
    pub(in crate::study) words: Option<fn() -> Vec<Meaning>>,
}

/// A key of the study file: what the manual tells of it, and how its value is read.
pub(in crate::study) struct Key<T: 'static> {
    /// What the manual tells of it.
    pub(in crate::study) row: Row,
    parse: Parse<T>,
    is_inside: fn(&T) -> bool,
}

impl<T> Key<T> {
    /// A key that the example shows commented out with the example of its format.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a row makes its format, and nobody else has it"
    )]
    pub(super) const fn new(
        name: &'static str,
        format: ValueFormat<T>,
        fallback: Fallback,
        meaning: &'static str,
    ) -> Self {
        let ValueFormat {
            expected,
            example,
            parse,
        } = format;
        Self {
            row: Row {
                name,
                expected,
                example,
                bounds: None,
                fallback,
                meaning,
                shown: Shown::Commented(example),
                words: None,
            },
            parse,
            is_inside: |_| true,
        }
    }

    /// With bounds that every study has; `bounds` describes them.
    pub(super) const fn within(mut self, bounds: &'static str, is_inside: fn(&T) -> bool) -> Self {
        self.row.bounds = Some(bounds);
        self.is_inside = is_inside;
        self
    }

    /// With bounds in words; the study itself sets them, so its check knows the numbers.
    pub(super) const fn bounds(mut self, bounds: &'static str) -> Self {
        self.row.bounds = Some(bounds);
        self
    }

    /// With the words of `W`.
    pub(super) const fn words<W: Word>(mut self) -> Self {
        self.row.words = Some(meanings::<W>);
        self
    }

    /// Shown in the example in this way.
    pub(super) const fn shown(mut self, shown: Shown) -> Self {
        self.row.shown = shown;
        self
    }

    /// Stated in the example, with the example of its format.
    pub(super) const fn stated(mut self) -> Self {
        self.row.shown = Shown::Stated(self.row.example);
        self
    }

    /// Its name.
    pub(in crate::study) fn name(&self) -> &'static str {
        self.row.name
    }

    /// A right value.
    pub(in crate::study) fn example(&self) -> &'static str {
        self.row.example
    }

    /// What holds where it is not stated.
    pub(in crate::study) fn fallback(&self) -> Fallback {
        self.row.fallback
    }

    /// Reads its value.
    ///
    /// # Errors
    ///
    /// The value has another format, or is out of bounds.
    pub(in crate::study) fn read(&self, value: &Value) -> Result<T, ProblemKind> {
        let read = (self.parse)(value).map_err(|unread| match unread {
            Unread::Format => self.other_format(value),
            Unread::Wrong(kind) => kind,
        })?;
        if (self.is_inside)(&read) {
            return Ok(read);
        }
        Err(ProblemKind::Bounds {
            found: describe(value),
            expected: self.row.bounds.unwrap_or(self.row.expected).to_owned(),
        })
    }

    /// The problem of a value in another format.
    pub(in crate::study) fn other_format(&self, value: &Value) -> ProblemKind {
        ProblemKind::Form {
            found: describe(value),
            expected: self.row.expected,
            example: self.row.example,
        }
    }
}

impl<T> AsRef<str> for Key<T> {
    fn as_ref(&self) -> &str {
        self.row.name
    }
}

/// Every word of an enum with its meaning.
fn meanings<W: Word>() -> Vec<Meaning> {
    let words = W::words().into_iter();
    words
        .map(|(word, choice)| (word, choice.meaning()))
        .collect()
}

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::study) enum Style {
    /// Below a line of its own, `[trend]`.
    Header,
    /// As the value of a key, `{ fraction = 0.55 }`.
    Inline,
}

/// A further table of the same keys in the example.
pub(in crate::study) struct Sample {
    /// The name that the user gave it.
    pub(super) name: &'static str,
    /// The comment beside it.
    pub(super) comment: &'static str,
    /// Its keys with their values and comments.
    pub(super) values: &'static [(&'static Row, &'static str, &'static str)],
}

/// An entry of a table whose names the user chooses.
pub(in crate::study) struct Entry {
    /// The name that the user gave it.
    pub(super) name: &'static str,
    /// Its value.
    pub(super) value: &'static str,
    /// The comment beside it.
    pub(super) comment: &'static str,
}

/// A table of the study file.
pub(in crate::study) struct TableSpec {
    /// Its full key. Parts in capitals are names that the user chooses.
    pub(super) path: &'static str,
    /// How it is written.
    pub(super) style: Style,
    /// The right form, for messages; of an inline table its value.
    pub(super) example: &'static str,
    /// What it is about.
    pub(super) meaning: &'static str,
    /// Its keys.
    pub(super) rows: &'static [&'static Row],
    /// The name of its place in the example, where users choose it.
    pub(super) named: Option<&'static str>,
    /// Whether the example has it commented out.
    pub(super) is_commented: bool,
    /// Further tables of these keys.
    pub(super) samples: &'static [Sample],
    /// Entries under names that the user chooses.
    pub(super) entries: &'static [Entry],
    /// Lines of comment below it in the example.
    pub(super) notes: &'static [&'static str],
}

impl TableSpec {
    /// A table below a line of its own, which the example states.
    pub(super) const fn header(
        path: &'static str,
        example: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self {
            path,
            style: Style::Header,
            example,
            meaning,
            rows: &[],
            named: None,
            is_commented: false,
            samples: &[],
            entries: &[],
            notes: &[],
        }
    }

    /// A table that is the value of a key.
    pub(super) const fn inline(
        path: &'static str,
        example: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self {
            style: Style::Inline,
            ..Self::header(path, example, meaning)
        }
    }

    /// With these keys.
    pub(super) const fn rows(self, rows: &'static [&'static Row]) -> Self {
        Self { rows, ..self }
    }

    /// Shown under this name.
    pub(super) const fn named(self, name: &'static str) -> Self {
        Self {
            named: Some(name),
            ..self
        }
    }

    /// Shown commented out.
    pub(super) const fn commented(self) -> Self {
        Self {
            is_commented: true,
            ..self
        }
    }

    /// Shown with further tables.
    pub(super) const fn samples(self, samples: &'static [Sample]) -> Self {
        Self { samples, ..self }
    }

    /// Shown with these entries.
    pub(super) const fn entries(self, entries: &'static [Entry]) -> Self {
        Self { entries, ..self }
    }

    /// Shown with these lines of comment.
    pub(super) const fn notes(self, notes: &'static [&'static str]) -> Self {
        Self { notes, ..self }
    }

    /// The last part of its key that users do not choose.
    pub(in crate::study) fn name(&self) -> &'static str {
        let mut parts = self.path.rsplit('.').filter(|part| !is_chosen(part));
        parts.next().unwrap_or(self.path)
    }

    /// The right form.
    pub(in crate::study) fn example(&self) -> &'static str {
        self.example
    }

    /// The problem of a value that should be this table.
    pub(in crate::study) fn no_table(&self, value: &Value) -> ProblemKind {
        ProblemKind::Form {
            found: describe(value),
            expected: "a table",
            example: self.example,
        }
    }
}

/// Whether users choose this part of a key.
pub(super) fn is_chosen(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_ascii_uppercase())
}

/// Declares a table and its keys, one row a key. The table knows each of them.
macro_rules! keys {
    ($(#[$table_doc:meta])* $table:ident = $spec:expr;
     $($(#[$doc:meta])* $key:ident: $type:ty = $row:expr;)*) => {
        $(
            $(#[$doc])*
            pub(in crate::study) static $key: $crate::study::schema::row::Key<$type> = $row;
        )*

        $(#[$table_doc])*
        pub(in crate::study) static $table: $crate::study::schema::row::TableSpec =
            $spec.rows(&[$(&$key.row,)*]);
    };
}
pub(super) use keys;
