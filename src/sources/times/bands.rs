//! The bands of an input with their times: from patterns, time axes, metadata, descriptions and
//! names.

use crate::calendar::{Steps, Time};
use crate::sources::files::listing::name_of;
use crate::sources::files::scan::ScannedFile;
use crate::sources::times::labels::{moments_of_labels, years_in_name};
use crate::sources::times::moment::{Moment, month_of_name};
use crate::sources::times::steps::{Band, FileBand, times};

/// Every band with its time, and the source of the times.
pub(crate) fn bands_with_times(files: &[ScannedFile]) -> (Vec<Band>, Option<&'static str>) {
    let mut bands = Vec::new();
    for (file, of) in files.iter().enumerate() {
        for (index, &band) in of.bands.iter().enumerate() {
            let label = format!("{} band {band}", name_of(&of.file.path));
            let name = match files {
                [_] => of.descriptions.get(index).cloned().unwrap_or_default(),
                _ => name_of(&of.file.path),
            };
            bands.push(Band {
                at: FileBand { file, band },
                name,
                label,
                moment: None,
            });
        }
    }
    let (found, source) = moments_of(files);
    if let Some(found) = found {
        for (band, moment) in bands.iter_mut().zip(found) {
            band.moment = Some(moment);
        }
        return (bands, Some(source));
    }
    (bands, None)
}

/// One time a band, over all files, from the first of pattern, time axis, descriptions and names
/// that has a time for every band.
pub(crate) fn moments_of(files: &[ScannedFile]) -> (Option<Vec<Moment>>, &'static str) {
    let by_file = |moments: fn(&ScannedFile) -> Option<Vec<Moment>>| -> Option<Vec<Moment>> {
        files
            .iter()
            .map(moments)
            .collect::<Option<Vec<_>>>()
            .map(|moments| moments.concat())
    };
    if let Some(moments) = by_file(moments_of_pattern) {
        let in_order = |file: &ScannedFile| {
            let months = file
                .pattern_time
                .map(|moment| spread(moment, file.descriptions.len()));
            let has_times =
                file.axis.moments.is_some() || moments_of_labels(&file.descriptions).is_some();
            months.filter(|months| months.len() > 1 && !has_times) == moments_of_pattern(file)
        };
        let source = if files.iter().any(|file| file.is_of_variable) {
            "from the names of the variables"
        } else if files.iter().any(in_order) {
            "from the pattern of the file names, the twelve bands of a file in order"
        } else {
            "from the pattern of the file names"
        };
        return (Some(moments), source);
    }
    if let Some(moments) = by_file(|file| file.axis.moments.clone()) {
        return (Some(moments), "from the time axis of the file");
    }
    let labels: Vec<String> = files
        .iter()
        .flat_map(|file| file.descriptions.clone())
        .collect();
    if let Some(moments) = moments_of_labels(&labels) {
        return (Some(moments), "from the descriptions of the bands");
    }
    if let [only] = files {
        return (
            moments_in_name(only),
            "from the first and last year in the file name, its bands taken in order",
        );
    }
    let names: Vec<String> = files.iter().map(|file| name_of(&file.file.path)).collect();
    let moments = moments_of_labels(&names).map(|moments| {
        let of_file =
            |(file, moment): (&ScannedFile, &Moment)| spread(*moment, file.descriptions.len());
        files.iter().zip(&moments).flat_map(of_file).collect()
    });
    (moments, "from digits in the file names")
}

/// The years in the name of a single file, if it has a band for each of them or for each of their
/// months.
fn moments_in_name(file: &ScannedFile) -> Option<Vec<Moment>> {
    let years = years_in_name(&name_of(&file.file.path))?;
    let fits = |steps: &Steps| steps.count(years) == file.descriptions.len();
    let steps = [Steps::Annual, Steps::Monthly].into_iter().find(fits)?;
    Some(times(steps, years).into_iter().map(Moment::from).collect())
}

/// The year comes from the pattern; the months come from the file's own axis if that agrees with
/// the year, or from month names in the descriptions of its bands.
fn moments_of_pattern(file: &ScannedFile) -> Option<Vec<Moment>> {
    let moment = file.pattern_time?;
    let of_names = || named_months(moment, &file.descriptions);
    let own = file
        .axis
        .moments
        .clone()
        .or_else(|| moments_of_labels(&file.descriptions))
        .or_else(of_names);
    let agrees = |own: &Vec<Moment>| {
        own.len() > 1
            && own
                .iter()
                .all(|own| own.time.year == moment.time.year && own.time.month.is_some())
    };
    Some(
        own.filter(agrees)
            .unwrap_or_else(|| spread(moment, file.descriptions.len())),
    )
}

/// The months of twelve bands whose descriptions name them, in any order.
fn named_months(year: Moment, descriptions: &[String]) -> Option<Vec<Moment>> {
    let month_of = |description: &String| {
        let description = description.to_lowercase();
        let mut words = description.split(|c: char| !c.is_alphabetic());
        words.find_map(month_of_name).map(|month| {
            Time {
                month: Some(month),
                ..year.time
            }
            .into()
        })
    };
    let months: Vec<Moment> = descriptions.iter().map(month_of).collect::<Option<_>>()?;
    let is_each_once =
        (1..=12).all(|month| months.iter().any(|moment| moment.time.month == Some(month)));
    (months.len() == 12 && is_each_once).then_some(months)
}

/// First and last time on a file's own axis, if they contradict the time in its name.
pub(crate) fn other_times(file: &ScannedFile) -> Option<[Time; 2]> {
    let of_name = file.pattern_time?.time;
    let own = file.axis.moments.as_ref()?;
    let is_other = |own: &Moment| {
        let has_other_month =
            of_name.month.is_some() && own.time.month.is_some() && own.time.month != of_name.month;
        own.time.year != of_name.year || has_other_month
    };
    let times = || own.iter().map(|moment| moment.time);
    let both = [times().min()?, times().max()?];
    own.iter().any(is_other).then_some(both)
}

/// The times of a file of `n_bands` that is of `moment`: itself, or the months of the year.
fn spread(moment: Moment, n_bands: usize) -> Vec<Moment> {
    match (n_bands, moment.time.month) {
        (12, None) => (1..=12)
            .map(|month| {
                Time {
                    month: Some(month),
                    ..moment.time
                }
                .into()
            })
            .collect(),
        // More than one band of the same time is reported when the steps are arranged.
        _ => vec![moment; n_bands],
    }
}
