//! The times of the bands of a stack, for R.
//!
//! `GeoTIFF` has no place for them. terra, the package of R, keeps them in `NAME.tif.aux.json` and finds them there: `time()`
//! and `units()` of a stack are then its years and its unit.

use serde_json::json;

use super::describe::StyledMap;
use crate::calendar::{days_since_1970, is_leap};

/// Seconds of a day.
const DAY_S: i64 = 86_400;

/// Name and text of the times of a stack; `None` where bands are no years.
pub(super) fn times_of(map: &StyledMap) -> Option<(String, String)> {
    let times: Vec<String> = map
        .years()?
        .into_iter()
        .map(|year| middle_of(year).to_string())
        .collect();
    let units = vec![map.unit_shown(); times.len()];
    // terra reads it line by line, one entry a line.
    let text = format!(
        "{{\n\"time\":{},\n\"timestep\":\"years\",\n\"unit\":{}\n}}\n",
        json!(times),
        json!(units)
    );
    Some((format!("{}.aux.json", map.file()), text))
}

/// Noon of 15 June of a year, where terra puts years, in seconds since 1970.
fn middle_of(year: i32) -> i64 {
    (days_since_1970(year) + 165 + i64::from(is_leap(year))) * DAY_S + DAY_S / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_where_terra_puts_them() {
        // From a file that terra 1.7.3 wrote: 2001, 2002, 2004 and 2020.
        let years = [2001, 2002, 2004, 2020].map(middle_of);
        assert_eq!(
            years,
            [992_606_400, 1_024_142_400, 1_087_300_800, 1_592_222_400]
        );
        assert!(middle_of(1960) < 0);
    }
}
