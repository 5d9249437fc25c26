//! The bands of an input with their times: from patterns, time axes, metadata, descriptions and names.

use std::path::Path;

use gdal::cpl::CslStringList;
use gdal::raster::Dimension;
use gdal::{Dataset, DatasetOptions, GdalOpenFlags, Metadata};

use crate::calendar::{Calendar, Steps, Time};
use crate::gdal_calls::quiet_hdf5_on_this_thread;
use crate::sources::look::LookedAt;
use crate::sources::pattern::name_of;
use crate::sources::steps::{Band, times};
use crate::sources::time_axis::{Moment, moment_of_axis, moment_of_grib, month_of_name};
use crate::sources::time_of_bands::{moments_of_labels, years_in_name};

/// What the bands of a file themselves tell of their times.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Axis {
    /// One a band; `None` unless every band has one.
    pub(crate) moments: Option<Vec<Moment>>,
    /// The calendar of a time axis.
    pub(crate) calendar: Option<Calendar>,
    /// Unit and calendar of a time axis that cannot be read.
    pub(crate) unread: Option<String>,
    /// The axis has the ends of its periods, and the middles were taken.
    pub(crate) are_ends: bool,
}

/// Times from a time axis or from metadata of the bands.
///
/// # Arguments
///
/// * `path` - the file, for the bounds of its time axis.
pub(crate) fn axis_of(dataset: &Dataset, path: &Path) -> Axis {
    let mut axis = Axis::default();
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
    Axis {
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

/// How far a time may be from the end of its period and still be that, in the units of the axis.
const AT_THE_END: f64 = 1e-6;

impl AxisValues {
    /// The middles of the periods, where the axis states their ends: some climate models date January the first of
    /// February. `None` for all other files.
    fn within_periods(&self, dataset: &Dataset, path: &Path) -> Option<Vec<Moment>> {
        let name = dataset.metadata_item(&format!("{}#bounds", self.name), "")?;
        let n = self.values.len();
        let bounds = numbers_of_array(path, &name, vec![0, 0], vec![n, 2])?;
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

/// The numbers of an array of a file that is none of its rasters.
pub(crate) fn numbers_of_array(
    path: &Path,
    name: &str,
    start: Vec<u64>,
    count: Vec<usize>,
) -> Option<Vec<f64>> {
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_MULTIDIM_RASTER | GdalOpenFlags::GDAL_OF_READONLY,
        ..DatasetOptions::default()
    };
    quiet_hdf5_on_this_thread();
    let store = Dataset::open_ex(path, options).ok()?;
    let root = store.root_group().ok()?;
    let array = root.open_md_array(name, CslStringList::new()).ok()?;
    let sizes: Vec<usize> = array
        .dimensions()
        .ok()?
        .iter()
        .map(Dimension::size)
        .collect();
    if sizes.len() != count.len() || sizes.iter().zip(&count).any(|(size, count)| size < count) {
        return None;
    }
    array.read_as::<f64>(start, count).ok()
}

fn moment_of_item(
    dataset: &Dataset,
    key: &str,
    value: &str,
    found: &mut Axis,
    read: &mut AxisValues,
) -> Option<Moment> {
    if let Some(axis) = key.strip_prefix("NETCDF_DIM_") {
        let value = value.parse().ok()?;
        let of_axis = |what: &str| dataset.metadata_item(&format!("{axis}#{what}"), "");
        let year = || year_axis(axis, value).map(Moment::from);
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
        (read.name, read.units, read.calendar) = (axis.to_owned(), units, calendar);
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

/// An axis that counts plain years.
fn year_axis(axis: &str, value: f64) -> Option<Time> {
    let is_year = axis.eq_ignore_ascii_case("year") && value.fract() == 0.0;
    #[expect(clippy::cast_possible_truncation, reason = "checked to be a year")]
    let year = (is_year && (1500.0..=2500.0).contains(&value)).then_some(value as i32)?;
    Some(Time { year, month: None })
}

/// Every band with its time, and where the times come from.
pub(crate) fn bands_with_times(looked: &[LookedAt]) -> (Vec<Band>, Option<&'static str>) {
    let mut bands = Vec::new();
    for (file, of) in looked.iter().enumerate() {
        for band in 1..=of.descriptions.len() {
            let label = format!("{} band {band}", name_of(&of.file.path));
            bands.push(Band {
                file,
                number: band,
                label,
                moment: None,
            });
        }
    }
    let (found, source) = moments_of(looked);
    if let Some(found) = found {
        for (band, moment) in bands.iter_mut().zip(found) {
            band.moment = Some(moment);
        }
        return (bands, Some(source));
    }
    (bands, None)
}

/// One time a band, over all files; the first of pattern, axis, descriptions and names that has
/// one for each.
pub(crate) fn moments_of(looked: &[LookedAt]) -> (Option<Vec<Moment>>, &'static str) {
    let by_file = |moments: fn(&LookedAt) -> Option<Vec<Moment>>| -> Option<Vec<Moment>> {
        looked
            .iter()
            .map(moments)
            .collect::<Option<Vec<_>>>()
            .map(|moments| moments.concat())
    };
    if let Some(moments) = by_file(moments_of_pattern) {
        let in_order = |file: &LookedAt| {
            let months = file
                .pattern_time
                .map(|moment| spread(moment, file.descriptions.len()));
            let is_told =
                file.axis.moments.is_some() || moments_of_labels(&file.descriptions).is_some();
            months.filter(|months| months.len() > 1 && !is_told) == moments_of_pattern(file)
        };
        let source = if looked.iter().any(in_order) {
            "from the pattern of the file names, the twelve bands of a file in order"
        } else {
            "from the pattern of the file names"
        };
        return (Some(moments), source);
    }
    if let Some(moments) = by_file(|file| file.axis.moments.clone()) {
        return (Some(moments), "from the time axis of the file");
    }
    let labels: Vec<String> = looked
        .iter()
        .flat_map(|file| file.descriptions.clone())
        .collect();
    if let Some(moments) = moments_of_labels(&labels) {
        return (Some(moments), "from the descriptions of the bands");
    }
    if let [only] = looked {
        return (
            moments_in_name(only),
            "from the first and last year in the file name, its bands taken in order",
        );
    }
    let names: Vec<String> = looked.iter().map(|file| name_of(&file.file.path)).collect();
    let moments = moments_of_labels(&names).map(|moments| {
        let of_file =
            |(file, moment): (&LookedAt, &Moment)| spread(*moment, file.descriptions.len());
        looked.iter().zip(&moments).flat_map(of_file).collect()
    });
    (moments, "from digits in the file names")
}

/// The years in the name of a single file, where its bands are that many years or their months.
fn moments_in_name(file: &LookedAt) -> Option<Vec<Moment>> {
    let years = years_in_name(&name_of(&file.file.path))?;
    let fits = |steps: &Steps| steps.count(years) == file.descriptions.len();
    let steps = [Steps::Annual, Steps::Monthly].into_iter().find(fits)?;
    Some(times(steps, years).into_iter().map(Moment::from).collect())
}

/// The year of a pattern holds; its months come from the file's own axis where that agrees, or from the names of
/// months in the descriptions of its bands.
fn moments_of_pattern(file: &LookedAt) -> Option<Vec<Moment>> {
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

/// The months of twelve bands that are called by their names, in whatever order.
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

/// What a file's own axis says against the time in its name: first and last of its times.
pub(crate) fn other_times(file: &LookedAt) -> Option<[Time; 2]> {
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
