//! A sparse lattice of the pixels of a layer, on which random maps are affordable.

/// Points of a lattice at most: their covariance is a matrix of as many rows and columns.
pub const MAX_POINTS: usize = 2_500;
/// Points that are kept while pixels come. So many more than the lattice has that its step can be chosen finely.
const MAX_KEPT: usize = 64 * MAX_POINTS;

/// A pixel of the lattice.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Point {
    row: usize,
    col: usize,
    value: f64,
    weight: f64,
    codes: Box<[u32]>,
}

fn is_on(row: usize, col: usize, step: usize) -> bool {
    row.is_multiple_of(step) && col.is_multiple_of(step)
}

/// Gathers the lattice of one layer while pixels come, in any order and in any parts: the step doubles whenever too
/// many pixels are kept, so that what is left depends on the pixels alone.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct LatticeSamples {
    step: usize,
    max_kept: usize,
    points: Vec<Point>,
}

impl Default for LatticeSamples {
    fn default() -> Self {
        Self {
            step: 1,
            max_kept: MAX_KEPT,
            points: Vec::new(),
        }
    }
}

impl LatticeSamples {
    /// Whether a pixel of the study grid would be kept; the others need not be offered.
    #[must_use]
    pub fn wants(&self, row: usize, col: usize) -> bool {
        is_on(row, col, self.step)
    }

    /// Offers a pixel where the layer is valid.
    ///
    /// # Arguments
    ///
    /// * `row`, `col` - of the study grid.
    /// * `weight` - 1, or the pixel's area in any unit.
    /// * `codes` - its stratum of each factor, [`NO_STRATUM`](super::NO_STRATUM) where it is in none.
    pub fn offer(&mut self, row: usize, col: usize, value: f64, weight: f64, codes: &[u32]) {
        if !self.wants(row, col) || !value.is_finite() {
            return;
        }
        self.points.push(Point {
            row,
            col,
            value,
            weight,
            codes: codes.into(),
        });
        self.thin();
    }

    /// Adds the pixels of another part of the grid.
    pub fn merge(&mut self, other: Self) {
        self.step = self.step.max(other.step);
        self.points.extend(other.points);
        self.keep();
        self.thin();
    }

    fn keep(&mut self) {
        let step = self.step;
        self.points
            .retain(|point| is_on(point.row, point.col, step));
    }

    fn thin(&mut self) {
        while self.points.len() > self.max_kept {
            self.step *= 2;
            self.keep();
        }
    }

    /// The lattice with the smallest step that leaves at most `max_points` points, such as [`MAX_POINTS`].
    #[must_use]
    pub fn finish(mut self, max_points: usize) -> Lattice {
        let smallest = self.step;
        let n_on = |step| {
            let on = |point: &&Point| is_on(point.row, point.col, step);
            self.points.iter().filter(on).count()
        };
        let mut steps = (1..).map(|times| times * smallest);
        let last = self.points.iter().map(|point| point.row.max(point.col));
        let last = last.max().unwrap_or(0);
        let step = steps.find(|&step| n_on(step) <= max_points.max(1) || step > last);
        self.step = step.unwrap_or(smallest);
        self.keep();
        self.points
            .sort_unstable_by_key(|point| (point.row, point.col));
        Lattice {
            step: self.step,
            points: self.points,
        }
    }
}

/// The pixels of a layer whose row and column are multiples of a step, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lattice {
    step: usize,
    points: Vec<Point>,
}

impl Lattice {
    /// Pixels from one point to the next along rows and columns.
    #[must_use]
    pub fn step(&self) -> usize {
        self.step
    }

    /// Points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether the layer has no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The value of each point.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        self.points.iter().map(|point| point.value).collect()
    }

    /// The weight of each point.
    pub(super) fn weights(&self) -> Vec<f64> {
        self.points.iter().map(|point| point.weight).collect()
    }

    /// Where each point is: distances from the corner of the grid in any unit, for pixels `[height, width]` of it.
    #[expect(clippy::cast_precision_loss, reason = "rows are far below 2^52")]
    pub(super) fn positions(&self, pixel: [f64; 2]) -> Vec<[f64; 2]> {
        let at = |point: &Point| [point.row as f64 * pixel[0], point.col as f64 * pixel[1]];
        self.points.iter().map(at).collect()
    }

    /// The combination of strata of each point, numbered from 0; `None` where it is in none of one of the factors.
    pub(super) fn strata(&self, factors: &[usize]) -> Vec<Option<usize>> {
        let mut numbers = std::collections::BTreeMap::new();
        let key_of = |point: &Point| -> Option<Vec<u32>> {
            let codes = factors.iter().map(|&factor| point.codes.get(factor));
            let codes = codes.map(|code| code.copied().filter(|&code| code != super::NO_STRATUM));
            codes.collect()
        };
        let mut number_of = |key| {
            let next = numbers.len();
            *numbers.entry(key).or_insert(next)
        };
        self.points
            .iter()
            .map(|point| key_of(point).map(&mut number_of))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(max_kept: usize) -> LatticeSamples {
        LatticeSamples {
            max_kept,
            ..LatticeSamples::default()
        }
    }

    fn offer_all(samples: &mut LatticeSamples, pixels: impl Iterator<Item = (usize, usize)>) {
        for (row, col) in pixels {
            // A hole, as seas make them.
            if (row * 7 + col * 3) % 11 > 1 {
                #[expect(clippy::cast_precision_loss, reason = "small")]
                samples.offer(row, col, (row * 100 + col) as f64, 1.0, &[0]);
            }
        }
    }

    #[test]
    fn the_order_of_the_pixels_changes_nothing() {
        let pixels: Vec<(usize, usize)> =
            (0..60).flat_map(|r| (0..50).map(move |c| (r, c))).collect();
        let mut whole = small(1000);
        offer_all(&mut whole, pixels.iter().copied());
        let mut parts = small(1000);
        offer_all(&mut parts, pixels[1700..].iter().rev().copied());
        let mut first = small(1000);
        offer_all(&mut first, pixels[..1700].iter().copied());
        parts.merge(first);
        let (whole, parts) = (whole.finish(90), parts.finish(90));
        assert_eq!(whole, parts);
        assert!(whole.len() <= 90 && whole.len() > 40, "{}", whole.len());
        assert_eq!(whole.step(), 6, "every fourth pixel is too many, 153");
    }

    #[test]
    fn few_pixels_are_all_points() {
        let mut samples = small(1000);
        offer_all(
            &mut samples,
            (0..5).flat_map(|r| (0..4).map(move |c| (r, c))),
        );
        let lattice = samples.finish(MAX_POINTS);
        assert_eq!(lattice.step(), 1);
        assert!(LatticeSamples::default().finish(10).is_empty());
    }
}
