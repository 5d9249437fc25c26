//! Times: which year and month a band is of, and which step of the study.

pub(crate) mod arrange;
pub(crate) mod axis_of_file;
pub(crate) mod bands;
pub(crate) mod check_steps;
pub(crate) mod error;
pub(crate) mod found_times;
pub(crate) mod labels;
pub(crate) mod moment;
pub(crate) mod numbered;
pub(crate) mod steps;
pub(crate) mod time_axis;
pub(crate) mod wanted;
