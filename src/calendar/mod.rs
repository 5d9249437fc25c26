//! Years and months of a study: how many steps a stack has and how long each is.

mod season;
mod times;

pub use season::Season;
pub use times::{Calendar, Steps, Time, Years, days_of_month, days_since_1970, is_leap};
