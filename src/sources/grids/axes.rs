//! The place of pixels by the numbers of a file's axes.

use crate::sources::files::arrays::{Axis, is_degrees};
use crate::sources::grids::same_grid::TOLERANCE_PIXELS;

/// The metres of a unit of length, such as `km`, `1000.0 metre` or `us survey foot`: the words of UDUNITS and of EPSG, of
/// which a foot has 0.3048 m and a US survey foot 1200/3937 m.
fn metres_of(unit: &str) -> Option<f64> {
    let of_word = |word: &str| match word {
        "m" | "metre" | "metres" | "meter" | "meters" => Some(1.0),
        "km" | "kilometre" | "kilometres" | "kilometer" | "kilometers" => Some(1000.0),
        "ft" | "foot" | "feet" | "international foot" => Some(0.3048),
        "us-ft" | "us_survey_foot" | "us survey foot" | "us survey feet" | "foot_us" => {
            Some(1200.0 / 3937.0)
        }
        _ => None,
    };
    of_word(unit).or_else(|| {
        let (number, word) = unit.split_once(' ')?;
        Some(number.parse::<f64>().ok()? * of_word(word.trim())?)
    })
}

/// A factor that is 1 but for the last digits of a unit.
fn rounded(factor: f64) -> f64 {
    if (factor - 1.0).abs() < 1e-9 {
        1.0
    } else {
        factor
    }
}

/// An axis with even steps, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Even {
    first: f64,
    step: f64,
    n: usize,
}

impl Even {
    /// In the unit of a projection, which has so many metres; without one in metres or degrees.
    fn of(axis: &Axis, metres_per_unit: Option<f64>) -> Option<Self> {
        let unit = axis.unit.trim().to_lowercase();
        let factor = if matches!(unit.as_str(), "" | "1") || unit.starts_with("degree") {
            1.0
        } else {
            // None: the angles of a geostationary satellite, say.
            rounded(metres_of(&unit)? / metres_per_unit.unwrap_or(1.0))
        };
        let n = axis.values.len();
        let first = axis.values.first()? * factor;
        let step = if n == 1 {
            f64::NAN
        } else {
            first_and_step(&axis.values)?.1 * factor
        };
        Some(Self { first, step, n })
    }

    /// With another direction.
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
    fn reversed(self) -> Self {
        Self {
            first: self.first + self.step * (self.n.max(1) - 1) as f64,
            step: -self.step,
            n: self.n,
        }
    }
}

/// Where the axes of an array put its pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ByAxes {
    x: Even,
    y: Even,
    /// The rows or columns that are alone, and take the size of the others: `row` or `column`.
    pub(crate) alone: Option<&'static str>,
}

impl ByAxes {
    /// By the last two dimensions of an array; `None` where they are not evenly spaced, or not those of a raster of this
    /// width and height.
    ///
    /// # Arguments
    ///
    /// * `metres_per_unit` - of the projection of the file, where it names one.
    pub(crate) fn of(
        dimensions: &[Axis],
        (width, height): (usize, usize),
        metres_per_unit: Option<f64>,
    ) -> Option<Self> {
        let [.., y, x] = dimensions else { return None };
        if y.is_time() || x.is_time() || y.is_of_columns() || x.is_of_rows() {
            return None;
        }
        let (mut x, mut y) = (Even::of(x, metres_per_unit)?, Even::of(y, metres_per_unit)?);
        if (x.n, y.n) != (width, height) {
            return None;
        }
        let alone = match (x.step.is_nan(), y.step.is_nan()) {
            (true, true) => return None,
            (false, true) => {
                y.step = -x.step.abs();
                Some("row")
            }
            (true, false) => {
                x.step = y.step.abs();
                Some("column")
            }
            (false, false) => None,
        };
        Some(Self { x, y, alone })
    }

    /// GDAL's transform with the rows as they are stored.
    pub(crate) fn as_stored(&self) -> [f64; 6] {
        let (x, y) = (self.x, self.y);
        [
            x.first - 0.5 * x.step,
            x.step,
            0.0,
            y.first - 0.5 * y.step,
            0.0,
            y.step,
        ]
    }

    /// GDAL's transform with the last stored row first.
    pub(crate) fn turned_over(&self) -> [f64; 6] {
        let y = self.y.reversed();
        Self { y, ..*self }.as_stored()
    }

    /// GDAL's transform with the first row in the north.
    pub(crate) fn north_up(&self) -> [f64; 6] {
        if self.y.step > 0.0 {
            self.turned_over()
        } else {
            self.as_stored()
        }
    }
}

/// Whether two dimensions are latitudes and longitudes by their names, units and numbers.
pub(crate) fn are_degrees(dimensions: &[Axis]) -> bool {
    let [.., y, x] = dimensions else { return false };
    let is_within = |axis: &Axis, low: f64, high: f64| {
        !axis.values.is_empty() && axis.values.iter().all(|value| (low..=high).contains(value))
    };
    let may_be = |axis: &Axis| axis.unit.is_empty() || axis.unit.starts_with("degree");
    let are_named = y.is_latitude() && x.is_longitude();
    (are_named || is_degrees_east(&x.unit) && y.unit.starts_with("degree"))
        && may_be(x)
        && may_be(y)
        && is_within(y, -90.0, 90.0)
        && is_within(x, -360.0, 540.0)
}

/// Whether a unit is one of those that the CF conventions have for longitudes.
pub(crate) fn is_degrees_east(unit: &str) -> bool {
    is_degrees("east", unit)
}

/// Why an array is no stack of rasters: its times or its longitudes are in a wrong place.
pub(crate) fn wrong_order(dimensions: &[Axis]) -> Option<String> {
    let [.., y, x] = dimensions else { return None };
    let is_time_late = dimensions.len() > 2 && (y.is_time() || x.is_time());
    let is_swapped = y.is_of_columns() && x.is_of_rows();
    if !is_time_late && !is_swapped {
        return None;
    }
    let names = |axes: &[&Axis]| {
        let names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
        names.join(",")
    };
    let mut right: Vec<&Axis> = dimensions.iter().collect();
    right.sort_by_key(|axis| match axis {
        axis if axis.is_time() => 0,
        axis if axis.is_of_rows() => 2,
        axis if axis.is_of_columns() => 3,
        _ => {
            if is_swapped {
                1
            } else {
                2
            }
        }
    });
    let stored = names(&dimensions.iter().collect::<Vec<_>>());
    let right = names(&right);
    Some(format!(
        "its dimensions are stored in the order {stored}, but a stack of rasters has times first, then rows, then columns; \
         put them in that order: ncpdq -a {right} IN.nc OUT.nc, or transpose(\"{}\") in xarray",
        right.replace(',', "\", \"")
    ))
}

/// The first number of an even axis and its step.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
pub(crate) fn first_and_step(numbers: &[f64]) -> Option<(f64, f64)> {
    let (&first, &last) = (numbers.first()?, numbers.last()?);
    let step = (last - first) / (numbers.len().checked_sub(1).filter(|n| *n > 0)? as f64);
    let is_even = |(i, x): (usize, &f64)| {
        (x - (first + i as f64 * step)).abs() <= TOLERANCE_PIXELS * step.abs()
    };
    (step != 0.0 && step.is_finite() && numbers.iter().enumerate().all(is_even))
        .then_some((first, step))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(name: &str, unit: &str, values: &[f64]) -> Axis {
        Axis {
            name: name.to_owned(),
            values: values.to_owned(),
            unit: unit.to_owned(),
        }
    }

    fn in_units(unit: &str, metres_per_unit: Option<f64>) -> Option<[f64; 6]> {
        let dimensions = [
            axis("y", unit, &[20.0, 19.0, 18.0]),
            axis("x", unit, &[5.0, 6.0]),
        ];
        ByAxes::of(&dimensions, (2, 3), metres_per_unit).map(|axes| axes.north_up())
    }

    #[test]
    fn lengths_are_in_the_unit_of_the_projection() {
        let times = |factor: f64| Some([4.5, 1.0, 0.0, 20.5, 0.0, -1.0].map(|x: f64| x * factor));
        assert_eq!(in_units("m", None), times(1.0));
        assert_eq!(in_units("km", None), times(1000.0));
        assert_eq!(in_units("km", Some(1.0)), times(1000.0));
        assert_eq!(in_units("km", Some(1000.0)), times(1.0));
        assert_eq!(in_units("1000.0 metre", Some(1000.0)), times(1.0));
        assert_eq!(in_units("", Some(1000.0)), times(1.0));
        let foot = 1200.0 / 3937.0;
        assert_eq!(in_units("0.30480060960121924 m", Some(foot)), times(1.0));
        assert_eq!(in_units("US survey foot", Some(foot)), times(1.0));
        assert_eq!(in_units("m", Some(0.5)), times(2.0));
        assert_eq!(in_units("rad", Some(1.0)), None);
    }

    #[test]
    fn rows_and_columns_are_told_apart_by_names_and_units() {
        let (two, three) = ([5.0, 6.0], [18.0, 19.0, 20.0]);
        let wrong = |y: Axis, x: Axis| {
            assert!(
                wrong_order(&[y.clone(), x.clone()]).is_some(),
                "{y:?} {x:?}"
            );
            assert_eq!(ByAxes::of(&[y, x], (3, 2), None), None);
        };
        wrong(axis("x", "m", &two), axis("y", "m", &three));
        wrong(
            axis("i", "degrees_east", &two),
            axis("j", "degrees_north", &three),
        );
        wrong(
            axis("longitude_0", "degreeE", &two),
            axis("latitude_0", "degreesN", &three),
        );
        let right = [
            axis("j", "degrees_north", &three),
            axis("i", "degree_east", &two),
        ];
        assert_eq!(wrong_order(&right), None);
        // Names alone say nothing of a file without places.
        assert_eq!(wrong_order(&[axis("x", "", &[]), axis("y", "", &[])]), None);
    }
}
