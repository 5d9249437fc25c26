//! The place of pixels by the numbers of a file's axes.

use crate::sources::files::arrays::Axis;
use crate::sources::grids::same_grid::TOLERANCE_PIXELS;

/// An axis with even steps, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Even {
    first: f64,
    step: f64,
    n: usize,
}

impl Even {
    fn of(axis: &Axis) -> Option<Self> {
        let to_metres = match axis.unit.trim().to_lowercase().as_str() {
            "" | "1" | "m" | "metre" | "metres" | "meter" | "meters" => 1.0,
            "km" | "kilometre" | "kilometres" | "kilometer" | "kilometers" => 1000.0,
            unit if unit.starts_with("degree") => 1.0,
            // The angles of a geostationary satellite, say.
            _ => return None,
        };
        let n = axis.values.len();
        let first = axis.values.first()? * to_metres;
        let step = if n == 1 {
            f64::NAN
        } else {
            first_and_step(&axis.values)?.1 * to_metres
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
    pub(crate) fn of(dimensions: &[Axis], (width, height): (usize, usize)) -> Option<Self> {
        let [.., y, x] = dimensions else { return None };
        if y.is_time() || x.is_time() || y.is_longitude() || x.is_latitude() {
            return None;
        }
        let (mut x, mut y) = (Even::of(x)?, Even::of(y)?);
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
    matches!(
        unit.trim(),
        "degrees_east" | "degree_east" | "degrees_E" | "degree_E" | "degreesE" | "degreeE"
    )
}

/// Why an array is no stack of rasters: its times or its longitudes are in a wrong place.
pub(crate) fn wrong_order(dimensions: &[Axis]) -> Option<String> {
    let [.., y, x] = dimensions else { return None };
    let is_time_late = dimensions.len() > 2 && (y.is_time() || x.is_time());
    let is_swapped = y.is_longitude() && x.is_latitude();
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
        axis if axis.is_latitude() => 2,
        axis if axis.is_longitude() => 3,
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
