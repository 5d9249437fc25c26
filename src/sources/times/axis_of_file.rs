//! The times that a file states for its bands: from a time axis or from metadata.

use std::path::Path;

use gdal::{Dataset, Metadata};

use crate::calendar::{Calendar, Time};
use crate::sources::files::arrays::numbers_of_array;
use crate::sources::times::labels::moments_of_labels;
use crate::sources::times::moment::Moment;
use crate::sources::times::time_axis::{moment_of_axis, moment_of_grib};

/// The times that a file states for its bands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FileAxis {
    /// One a band; `None` unless every band has one.
    pub(crate) moments: Option<Vec<Moment>>,
    /// The calendar of a time axis.
    pub(crate) calendar: Option<Calendar>,
    /// Unit and calendar of a time axis that cannot be read.
    pub(crate) unread: Option<String>,
    /// The axis holds the ends of its periods, and the middles were used.
    pub(crate) are_ends: bool,
}

impl FileAxis {
    /// Whether whole years of months begin in February, each dated by the first day of a month: a file without bounds
    /// whose months are dated by their ends looks like this, and hardly any other.
    pub(crate) fn may_be_ends(&self) -> bool {
        let Some(moments) = self.moments.as_deref().filter(|_| !self.are_ends) else {
            return false;
        };
        let month = |moment: Option<&Moment>| moment.and_then(|moment| moment.time.month);
        let is_whole = moments.len().is_multiple_of(12);
        is_whole
            && month(moments.first()) == Some(2)
            && month(moments.last()) == Some(1)
            && moments.iter().all(|moment| moment.day == Some(1))
    }
}

/// Times from a time axis or from metadata of the bands.
///
/// # Arguments
///
/// * `path` - the file, for the bounds of its time axis.
pub(crate) fn axis_of(dataset: &Dataset, path: &Path) -> FileAxis {
    let mut axis = FileAxis::default();
    let mut read = AxisValues::default();
    let moment_of_band = |number: usize| {
        let items = dataset.rasterband(number).ok()?.metadata_domain("")?;
        items.iter().find_map(|item| {
            let (key, value) = item.split_once('=')?;
            moment_of_item(dataset, key, value, &mut axis, &mut read)
        })
    };
    let moments: Option<Vec<Moment>> = (1..=dataset.raster_count()).map(moment_of_band).collect();
    let Some(moments) = moments else { return axis };
    axis.unread = None;
    let within = read.within_periods(dataset, path);
    axis.are_ends = within.is_some();
    FileAxis {
        moments: Some(within.unwrap_or(moments)),
        ..axis
    }
}

/// The numbers of a time axis.
#[derive(Default)]
struct AxisValues {
    name: String,
    units: String,
    calendar: Option<String>,
    values: Vec<f64>,
}

/// How far a time may be from the end of its period and still count as the end, in the units of the
/// axis.
const AT_THE_END: f64 = 1e-6;

impl AxisValues {
    /// The middles of the periods, if the axis holds their ends: some climate models date January
    /// the first of February. `None` for all other files.
    fn within_periods(&self, dataset: &Dataset, path: &Path) -> Option<Vec<Moment>> {
        let n = self.values.len();
        let stated = dataset.metadata_item(&format!("{}#bounds", self.name), "");
        // Some files name bounds that they do not have, or have some that they do not name.
        let usual = ["bnds", "bounds", "bound"].map(|what| format!("{}_{what}", self.name));
        let is_likely = n > 1 || stated.is_some();
        let mut names = stated.into_iter().chain(usual).filter(|_| is_likely);
        let bounds =
            names.find_map(|name| numbers_of_array(path, &name, vec![0, 0], vec![n, 2]))?;
        let is_end = |(value, pair): (&f64, &[f64])| {
            pair[0] < pair[1] && (value - pair[1]).abs() <= AT_THE_END
        };
        if bounds.len() != 2 * n || !self.values.iter().zip(bounds.chunks(2)).all(is_end) {
            return None;
        }
        let middle = |pair: &[f64]| {
            moment_of_axis(
                f64::midpoint(pair[0], pair[1]),
                &self.units,
                self.calendar.as_deref(),
            )
        };
        bounds.chunks(2).map(middle).collect()
    }
}

fn moment_of_item(
    dataset: &Dataset,
    key: &str,
    value: &str,
    found: &mut FileAxis,
    read: &mut AxisValues,
) -> Option<Moment> {
    if let Some(axis) = key.strip_prefix("NETCDF_DIM_") {
        let value = value.parse().ok()?;
        let axis = full_name(dataset, axis);
        let of_axis = |what: &str| dataset.metadata_item(&format!("{axis}#{what}"), "");
        let year = || year_axis(&axis, value).map(Moment::from);
        let Some(units) = of_axis("units") else {
            return year();
        };
        let calendar = of_axis("calendar");
        let Some(moment) = moment_of_axis(value, &units, calendar.as_deref()) else {
            if units.contains(" since ") {
                let calendar = calendar.map_or_else(String::new, |calendar| {
                    format!(" in the calendar {calendar:?}")
                });
                found.unread = Some(format!("{units:?}{calendar}"));
            }
            return year();
        };
        found.calendar = Calendar::from_name(calendar.as_deref());
        read.values.push(value);
        (read.name, read.units, read.calendar) = (axis, units, calendar);
        return Some(moment);
    }
    match key.to_lowercase().as_str() {
        "grib_valid_time" => moment_of_grib(value),
        "date" | "time" | "datetime" | "timestamp" | "year" => {
            moments_of_labels(&[value.to_owned()])?.first().copied()
        }
        _ => None,
    }
}

/// The name of an axis with that of the group that it is in, such as `/data/time`: GDAL has the one in the bands, and the
/// other where it lists attributes.
fn full_name(dataset: &Dataset, axis: &str) -> String {
    let is_plain = dataset
        .metadata_item(&format!("{axis}#units"), "")
        .is_some();
    let in_group = || {
        let items = dataset.metadata_domain("")?;
        let tail = format!("/{axis}#");
        items.iter().find_map(|item| {
            let (key, _) = item.split_once('=')?;
            let end = key.find(&tail)? + tail.len() - 1;
            Some(key[..end].to_owned())
        })
    };
    let group = (!is_plain).then(in_group).flatten();
    group.unwrap_or_else(|| axis.to_owned())
}

/// An axis that counts plain years.
fn year_axis(axis: &str, value: f64) -> Option<Time> {
    let axis = axis.rsplit('/').next().unwrap_or(axis);
    let is_year = axis.eq_ignore_ascii_case("year") && value.fract() == 0.0;
    #[expect(clippy::cast_possible_truncation, reason = "checked to be a year")]
    let year = (is_year && (1500.0..=2500.0).contains(&value)).then_some(value as i32)?;
    Some(Time { year, month: None })
}
