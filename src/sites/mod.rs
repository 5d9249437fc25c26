//! Field data beside the map: a table of sites, the pixels that they lie in, and how well both agree.
//!
//! ```text
//! FieldTable ──records──► Record ──place──► pixels wanted ──tiles──► Samples ──pair──► SiteRow ──validate──► ValidationRow
//! ```
//!
//! No row of the input is lost: each comes back with what became of it (`Status`).

mod agreement;
mod columns;
mod csv_text;
mod draws;
mod error;
mod field_table;
mod levels;
mod note;
mod pairing;
mod pairs;
mod place;
mod record;
mod samples;
mod site_row;
mod validation;
mod words_of_sites;

pub use agreement::{Agreement, agreement};
pub use columns::{MeasuredColumns, SiteColumns};
pub use csv_text::{CsvText, read_csv};
pub use draws::{AgreementIntervals, MIN_SITES, agreement_intervals};
pub use error::SitesError;
pub use field_table::FieldTable;
pub use levels::{Pair, at_level};
pub use note::SitesNote;
pub use pairing::{Matching, pair};
pub use pairs::pairs_of;
pub use place::{pixel_of, wanted_pixels};
pub use record::{Measured, Record, RecordRequest, records};
pub use samples::Samples;
pub use site_row::{SiteRow, sites_csv};
pub use validation::{Validation, ValidationRow, validate, validation_csv};
pub use words_of_sites::{CellWindow, Level, Merge, SiteVariable, Status, When};
