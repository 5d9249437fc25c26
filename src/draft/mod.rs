//! A study file made of what lies in a folder: each file's guessed role, with what the guess rests on.
//!
//! ```text
//! families    files whose names differ in their times alone
//! roles       which input a name or a variable means
//! study_file  the text, guesses marked
//! ```

mod families;
mod roles;
mod study_file;

pub use study_file::{Draft, DraftError, draft};
