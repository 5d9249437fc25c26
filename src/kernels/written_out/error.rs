//! Why a loop was not written out.

/// A loop after `//:unroll` that cannot be written out, or an array that cannot be taken apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{source_line:?}: {reason}")]
pub struct WriteOutError {
    /// The line of the shader, as it is written.
    pub source_line: String,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong with a directive, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// A comment that begins with `//:` and is no directive.
    #[error("the only directive is //:unroll")]
    UnknownDirective,
    /// Something else than a loop after the directive.
    #[error("//:unroll stands in the line before `for (var i = FROM; i < TO; i++) {{`")]
    NotALoop,
    /// A bound that depends on more than constants.
    #[error(
        "a bound of //:unroll is made of whole numbers, constants, n_steps(SLOT) and variables of \
         outer loops that are written out, with + - * / % min max"
    )]
    UnknownBound,
    /// A way out of the loop, which copies of its body do not have.
    #[error("a loop that is written out has no break and no continue: put the rest into an if")]
    WayOut,
    /// An index below 0 or past the end.
    #[error("{array} has {length} elements and none with the number {index}")]
    OutOfRange {
        /// Name of the array.
        array: String,
        /// Its length.
        length: usize,
        /// The index.
        index: i64,
    },
    /// An element would have the name of something else.
    #[error("{name} is the name of an element and of something else")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// Braces or parentheses that do not match.
    #[error("a brace or a parenthesis is not closed")]
    Unclosed,
    /// More text than a compiler should get.
    #[error("written out it has more than {limit} bytes")]
    TooLong {
        /// The most bytes that are allowed.
        limit: usize,
    },
}

impl WriteOutError {
    /// Whether the source is right, and only too long when written out.
    #[must_use]
    pub fn is_length(&self) -> bool {
        matches!(self.reason, Reason::TooLong { .. })
    }
}
