//! Noise between the years that neighbouring places share: a value at each node of a lattice, with a memory from year to
//! year, and a smooth surface between the nodes. Made row by row, as a node serves many pixels.

use super::noise::Noise;
use super::region::N_YEARS;

/// Standard deviation of the surface over a square, for nodes of deviation 1: 26/35.
const SURFACE_SD: f64 = 0.742_857;

/// One kind of such noise.
#[derive(Clone, Copy, Debug)]
pub(super) struct YearNoise {
    /// The first of twenty streams, one a year.
    pub stream: u32,
    /// Distance of the nodes; the correlation has fallen to 1/e at 0.77 of it.
    pub spacing_km: f64,
    /// Correlation from one year to the next.
    pub lag1: f64,
}

type Years = [f32; N_YEARS];

/// Weight of the far node at `t` in 0..1; its slope vanishes at the ends.
fn ease(t: f64) -> f64 {
    t * t * (3.0 - 2.0 * t)
}

#[expect(clippy::cast_possible_truncation, reason = "small numbers")]
fn between(a: &Years, b: &Years, t: f64) -> Years {
    let t = t as f32;
    let mut values = *a;
    for (value, b) in values.iter_mut().zip(b) {
        *value += t * (b - *value);
    }
    values
}

impl YearNoise {
    /// The years of one node, with mean 0 and the deviation that makes 1 of the surface.
    #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
    fn node(self, noise: Noise, x: i64, y: i64) -> Years {
        let fresh = (1.0 - self.lag1 * self.lag1).sqrt();
        let (mut stream, mut value) = (self.stream, 0.0);
        [(); N_YEARS].map(|()| {
            let draw = noise.normal(stream, x, y);
            value = if stream == self.stream {
                draw
            } else {
                self.lag1 * value + fresh * draw
            };
            stream += 1;
            (value / SURFACE_SD) as f32
        })
    }

    /// The nodes north and south of a row, at one column of the lattice.
    fn column(self, noise: Noise, x: i64, [y, down]: [f64; 2]) -> Years {
        #[expect(clippy::cast_possible_truncation, reason = "lattice places are small")]
        let y = y as i64;
        between(&self.node(noise, x, y), &self.node(noise, x, y + 1), down)
    }

    /// The years of places in a row `y_km` south of the corner, from west to east.
    #[expect(clippy::cast_possible_truncation, reason = "lattice places are small")]
    pub(super) fn row(
        self,
        noise: Noise,
        y_km: f64,
        xs_km: impl Iterator<Item = f64>,
    ) -> impl Iterator<Item = Years> {
        let at = y_km / self.spacing_km;
        let row = [at.floor(), ease(at - at.floor())];
        let (mut x, mut west, mut east) = (i64::MIN, [0.0; N_YEARS], [0.0; N_YEARS]);
        xs_km.map(move |x_km| {
            let at = x_km / self.spacing_km;
            let here = at.floor() as i64;
            if here != x {
                west = if here == x.saturating_add(1) {
                    east
                } else {
                    self.column(noise, here, row)
                };
                east = self.column(noise, here + 1, row);
                x = here;
            }
            between(&west, &east, ease(at - at.floor()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOISE: YearNoise = YearNoise {
        stream: 400,
        spacing_km: 10.0,
        lag1: 0.3,
    };

    fn rows() -> Vec<Vec<Years>> {
        (0..200)
            .map(|y| {
                let xs = (0..200).map(|x| f64::from(x) * 3.7);
                NOISE.row(Noise::new(2), f64::from(y) * 3.7, xs).collect()
            })
            .collect()
    }

    fn correlation(pairs: impl Iterator<Item = (f32, f32)>) -> f64 {
        let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
        for (a, b) in pairs {
            let (a, b) = (f64::from(a), f64::from(b));
            ab += a * b;
            aa += a * a;
            bb += b * b;
        }
        ab / (aa * bb).sqrt()
    }

    #[test]
    fn years_have_deviation_1_and_remember_the_year_before() {
        let rows = rows();
        let years = || rows.iter().flatten();
        let squares: f64 = years().flatten().map(|v| f64::from(v * v)).sum();
        let sd = (squares / 800_000.0).sqrt();
        assert!((sd - 1.0).abs() < 0.02, "{sd}");
        let lag1 = correlation(years().flat_map(|y| y.iter().copied().zip(y[1..].iter().copied())));
        assert!((lag1 - 0.3).abs() < 0.02, "{lag1}");
    }

    #[test]
    fn places_are_alike_within_the_spacing_and_not_beyond() {
        let rows = rows();
        let apart = |n: usize| {
            correlation(
                rows.iter()
                    .flat_map(move |row| row.iter().zip(&row[n..]).map(|(a, b)| (a[7], b[7]))),
            )
        };
        assert!(
            apart(1) > 0.7 && apart(6).abs() < 0.05,
            "{} {}",
            apart(1),
            apart(6)
        );
    }

    #[test]
    fn a_part_of_a_row_is_as_in_the_whole() {
        let row = |from: i32| {
            let xs = (from..40).map(|x| f64::from(x) * 1.3);
            NOISE.row(Noise::new(2), 31.7, xs).collect::<Vec<_>>()
        };
        assert_eq!(row(0)[17..], row(17));
    }
}
