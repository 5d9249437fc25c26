//! `doline trend`, `correlate`, `attribute`, `respiration`, `zonal`, `measures` and `sites`: one step of the
//! carbon chain on any stack of rasters.
//!
//! Each makes a study of its arguments and runs it as `doline run` does: nothing is computed in a
//! second way. Messages are put into the words of the command line.

mod attribute;
mod correlate;
mod draft;
mod finish;
mod measures;
mod names;
mod option_names;
mod options;
mod reading;
mod respiration;
mod sites;
mod trend;
mod values;
mod zonal;
mod zonal_again;
mod zonal_args;
mod zone_options;

pub(super) use attribute::{AttributeArgs, attribute};
pub(super) use correlate::{CorrelateArgs, correlate};
pub(super) use measures::{MeasuresArgs, measures};
pub(super) use respiration::{RespirationArgs, respiration};
pub(super) use sites::{SitesArgs, sites};
pub(super) use trend::{TrendArgs, trend};
pub(super) use zonal::zonal;
pub(super) use zonal_args::ZonalArgs;
