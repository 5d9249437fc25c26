//! Values of options as they are typed.

use toml::{Table, Value};

use crate::calendar::{Season, Years};
use crate::cli::failure::Failure;

/// First and last year, such as `1982-2013`.
pub(super) fn years(text: &str) -> Result<[i32; 2], String> {
    let parts: Vec<&str> = text.split(['-', ':', ',']).map(str::trim).collect();
    let year = |part: &str| {
        part.parse::<i32>()
            .ok()
            .filter(|year| (1..=9999).contains(year))
    };
    match parts
        .iter()
        .map(|part| year(part))
        .collect::<Option<Vec<i32>>>()
        .as_deref()
    {
        Some(&[first, last]) if first <= last => Ok([first, last]),
        Some(&[first, last]) => Err(format!("the years run backwards; write {last}-{first}")),
        _ => Err("expected the first and the last year, such as 1982-2013".to_owned()),
    }
}

/// The years of an option.
pub(super) fn years_of([first, last]: [i32; 2]) -> Years {
    Years { first, last }
}

/// A number of an option.
pub(super) fn number(option: &str, text: &str) -> Result<f64, Failure> {
    let wrong = || Failure::Usage(format!("--{option} {text:?} is not a number"));
    text.trim().parse::<f64>().map_err(|_| wrong())
}

/// A whole number of an option.
pub(super) fn whole(option: &str, text: &str) -> Result<i64, Failure> {
    let wrong = || Failure::Usage(format!("--{option} {text:?} is not a whole number"));
    text.trim().parse::<i64>().map_err(|_| wrong())
}

/// The first and the last of some months, such as `4-10`, or one month.
pub(super) fn months(option: &str, text: &str) -> Result<[i64; 2], Failure> {
    let wrong = || {
        Failure::Usage(format!(
            "--{option} {text:?} is not the first and the last month, such as 4-10"
        ))
    };
    // As a message writes them, with brackets, or without.
    let plain = text.replace(['[', ']'], "");
    let parts = plain
        .split(['-', ':', ','])
        .map(|part| part.trim().parse().ok());
    match parts.collect::<Option<Vec<i64>>>().as_deref() {
        Some(&[month]) => Ok([month, month]),
        Some(&[first, last]) => Ok([first, last]),
        _ => Err(wrong()),
    }
}

/// The season and the lag that a table of an input states. What is wrong with them is reported where the study is checked.
pub(super) fn season(table: &Table) -> Season {
    let whole = |value: &Value| u32::try_from(value.as_integer()?).ok();
    let months = table.get("months").and_then(Value::as_array);
    let months: Vec<u32> = months.map_or_else(Vec::new, |months| {
        let months = months.iter().filter_map(whole);
        months.filter(|month| (1..=12).contains(month)).collect()
    });
    let is_annual = table.get("steps").and_then(Value::as_str) == Some("annual");
    let lag = table.get("lag").and_then(whole).filter(|lag| *lag <= 20);
    let year = Season {
        lag: lag.unwrap_or_default(),
        ..Season::default()
    };
    match months.as_slice() {
        &[first_month, last_month] if !is_annual => Season {
            first_month,
            last_month,
            ..year
        },
        _ => year,
    }
}

/// Numbers with commas between them.
pub(super) fn numbers(option: &str, text: &str) -> Result<Vec<f64>, Failure> {
    text.split(',').map(|part| number(option, part)).collect()
}

/// A coefficient and its value, such as `K=5.6`.
pub(super) fn parameter(text: &str) -> Result<(String, Value), Failure> {
    let wrong = || {
        Failure::Usage(format!(
            "--parameter {text:?} is not SYMBOL=NUMBER, such as K=5.6"
        ))
    };
    let (name, value) = text.split_once('=').ok_or_else(wrong)?;
    let value: f64 = value.trim().parse().map_err(|_| wrong())?;
    Ok((name.trim().to_owned(), Value::from(value)))
}

/// A zone and its first year under a measure, such as `enclosure=2008`.
pub(super) fn first_year(text: &str) -> Result<(String, Value), Failure> {
    let wrong = || {
        Failure::Usage(format!(
            "--start {text:?} is not ZONE=YEAR, such as enclosure=2008"
        ))
    };
    // A label may have the sign too.
    let (zone, year) = text.rsplit_once('=').ok_or_else(wrong)?;
    let year: i64 = year.trim().parse().map_err(|_| wrong())?;
    Ok((zone.to_owned(), Value::from(year)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_first_and_last() {
        assert_eq!(years("1982-2013"), Ok([1982, 2013]));
        assert_eq!(years("1982:2013"), Ok([1982, 2013]));
        assert!(years("2013-1982").is_err_and(|problem| problem.contains("1982-2013")));
        assert!(years("1982").is_err() && years("a-b").is_err() && years("1-2-3").is_err());
    }

    #[test]
    fn months_are_first_and_last_or_one() {
        assert_eq!(months("months", "4-10").ok(), Some([4, 10]));
        assert_eq!(months("months", "[11, 3]").ok(), Some([11, 3]));
        assert_eq!(months("months", "7").ok(), Some([7, 7]));
        assert!(months("months", "July").is_err() && months("months", "1-2-3").is_err());
    }

    #[test]
    fn the_first_year_follows_the_last_sign() {
        let year = first_year("a=b=2008").ok();
        assert_eq!(year, Some(("a=b".to_owned(), Value::from(2008))));
        assert!(first_year("enclosure").is_err() && first_year("enclosure=soon").is_err());
    }
}
