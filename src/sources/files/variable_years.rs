//! Files with a variable for each year, such as `npp_2001`, `npp_2002`.

use crate::calendar::Time;
use crate::sources::error::SourceError;
use crate::sources::files::error::FileError;
use crate::sources::files::pattern::FoundFile;
use crate::sources::files::scan::{ScannedFile, scan};
use crate::sources::request::InputRequest;
use crate::sources::times::moment::YEARS;

/// Scans a file; one with a variable for each year, of which the study names none or all (`npp_{year}`), counts as a file
/// for each year.
///
/// # Errors
///
/// As [`scan`].
pub(crate) fn scan_years(
    request: &InputRequest,
    found: &FoundFile,
    notes: &mut Vec<String>,
) -> Result<Vec<ScannedFile>, SourceError> {
    let pattern = request
        .variable
        .as_deref()
        .filter(|variable| variable.contains("{year}"));
    let error = match scan(request, found, notes) {
        Ok(scanned) => return Ok(vec![scanned]),
        Err(error) => error,
    };
    let SourceError::File(
        FileError::WhichVariable { variables, .. } | FileError::NoSuchVariable { variables, .. },
    ) = &error
    else {
        return Err(error);
    };
    let is_open = pattern.is_some() || request.variable.is_none();
    let Some(years) = years_of(variables, pattern).filter(|_| is_open && found.time.is_none())
    else {
        return Err(error);
    };
    let of_year = |(year, variable): (i32, String)| {
        let request = InputRequest {
            variable: Some(variable),
            ..request.clone()
        };
        let found = FoundFile {
            time: Some(Time { year, month: None }),
            ..found.clone()
        };
        let scanned = scan(&request, &found, notes)?;
        Ok(ScannedFile {
            is_of_variable: true,
            ..scanned
        })
    };
    years.into_iter().map(of_year).collect()
}

/// The year and name of each variable of a pattern, in order; without a pattern all variables must be of one.
fn years_of(variables: &[String], pattern: Option<&str>) -> Option<Vec<(i32, String)>> {
    let of_pattern = |pattern: &str| -> Vec<(i32, String)> {
        let Some((before, after)) = pattern.split_once("{year}") else {
            return Vec::new();
        };
        let year = |name: &String| {
            let digits = name.strip_prefix(before)?.strip_suffix(after)?;
            let year = digits.parse().ok().filter(|_| digits.len() == 4)?;
            YEARS.contains(&year).then(|| (year, name.clone()))
        };
        variables.iter().filter_map(year).collect()
    };
    let mut found = if let Some(pattern) = pattern {
        of_pattern(pattern)
    } else {
        let first = variables.first()?;
        let starts = first.char_indices().map(|(at, _)| at);
        let patterns = starts.filter_map(|at| {
            let digits = first.get(at..at + 4)?;
            let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| format!("{}{{year}}{}", &first[..at], &first[at + 4..]))
        });
        patterns
            .map(|pattern| of_pattern(&pattern))
            .find(|found| found.len() == variables.len())?
    };
    found.sort();
    (found.len() > 1).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn years(names: &[&str], pattern: Option<&str>) -> Option<Vec<i32>> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let found = years_of(&names, pattern)?;
        Some(found.into_iter().map(|(year, _)| year).collect())
    }

    #[test]
    fn variables_may_be_named_by_years() {
        assert_eq!(
            years(&["npp_2002", "npp_2001"], None),
            Some(vec![2001, 2002])
        );
        assert_eq!(years(&["npp_2001", "gpp_2001"], None), None, "of two kinds");
        assert_eq!(years(&["npp", "gpp"], None), None);
        assert_eq!(years(&["npp_9001", "npp_9002"], None), None, "no years");
        assert_eq!(
            years(
                &["npp_2001", "npp_2002", "gpp_2001", "area"],
                Some("npp_{year}")
            ),
            Some(vec![2001, 2002])
        );
    }
}
