//! The percentile interval of many values of a pixel, such as the replicates of a bootstrap.
//!
//! ```text
//! q(p) = x_⌊h⌋ + (h − ⌊h⌋)(x_⌊h⌋₊₁ − x_⌊h⌋),  h = (n − 1) p         of the n sorted values, from 0
//! low = q((1 − level) / 2),  high = q((1 + level) / 2)
//! ```
//!
//! which is type 7 of Hyndman and Fan, the default of R and `NumPy`. Missing where fewer than half
//! of the values are there.
//!
//! The twin sorts few values. Of many it finds those of the ranks by counting, as the shader always
//! does, with the same result: see [`search`](crate::kernels::lib::search). A search begins where a
//! normal distribution with the mean and the range of the values has the rank, about.
//!
//! Source: Hyndman & Fan (1996), Am. Stat. 50, 361-365; Efron & Tibshirani (1993), *An Introduction to the
//! Bootstrap*, chapter 13 (percentile intervals).
//! GPU twin: `shaders/kernels/statistics/quantiles.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::{NamedConstant, thresholds};
use crate::kernels::lib::order::{FEW, of_rank, sort};
use crate::kernels::lib::search::{MAX_TRIALS, Search, count, unsigned_zero};
use crate::kernels::output::UnitRule;
use crate::kernels::port::Port;
use crate::kernels::real::{Real, any};
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, RankDependence, Twin};
use crate::kernels::views::Pixel;
use crate::{gpu_params, ports};

/// Ranks are guessed to lie evenly over this part of the range, around the mean.
const GUESS_OF_RANGE: f64 = 0.75;
/// How far a search goes from its guess at first, of the range.
const REACH_OF_RANGE: f64 = 1.0 / 32.0;

gpu_params! {
    /// Parameters as the shader takes them.
    pub struct QuantilesParams {
        /// Values of a pixel.
        n_members: u32,
        _pad0: u32,
        _pad1: u32,
        _pad2: u32,
    }
}

ports! {
    /// Ports of the outputs.
    pub mod port {
        LOW = "low",
        HIGH = "high",
    }
}

/// The interval that holds `level` of the values.
#[derive(Clone, Copy, Debug)]
pub struct Quantiles {
    /// Values of a pixel, missing ones counted.
    pub n_members: usize,
    /// Part of them inside, such as 0.95.
    pub level: f64,
}

impl Quantiles {
    /// Rank below and the rest, of the lower and the upper end, for each number of values that are
    /// there.
    fn ranks_of_ends(&self) -> impl Iterator<Item = [f64; 4]> {
        let tails = [0.5 * (1.0 - self.level), 0.5 * (1.0 + self.level)];
        (0..=self.n_members).map(move |n| {
            let h = tails.map(|p| p * (n.max(1) - 1) as f64);
            [
                h[0].floor(),
                h[0] - h[0].floor(),
                h[1].floor(),
                h[1] - h[1].floor(),
            ]
        })
    }
}

/// The value that a search is for, and the one after it where there is one.
#[inline(always)]
fn counted_values<R: Real>(
    values: &[R::Single],
    mut search: Search<R>,
    has_next: R::Mask,
) -> [R; 2] {
    for _ in 0..MAX_TRIALS {
        let next = search.narrowed(&count(values, search.at));
        search = next.replaced(search.is_found, search);
        if !any::<R>(!search.is_found) {
            break;
        }
    }
    [search.value, R::select(has_next, search.next, search.value)]
}

impl Twin for Quantiles {
    const SPEC: KernelSpec = KernelSpec {
        name: "quantiles",
        title: "percentile interval",
        missing: "fewer than half of the values",
        source: "Hyndman & Fan (1996), Am. Stat. 50, 361-365",
        wgsl: include_str!("../../../shaders/kernels/statistics/quantiles.wgsl"),
        libs: &[include_str!("../../../shaders/lib/search.wgsl")],
        params: QuantilesParams::FIELDS,
        ports: port::NAMES,
        tolerance: "values of a rank are exact; one product and one sum between two of them",
        canary: ("1.0 - rest", "1.01 - rest"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("x", Steps::Members(self.n_members))]
    }

    fn outputs(&self) -> Vec<Port> {
        [("low", "Lower"), ("high", "Upper")]
            .map(|(name, which)| {
                let percent = 100.0 * self.level;
                Port::output(name, Steps::Static, Tolerance::relative(4e-7))
                    .unit(UnitRule::OfInput(0))
                    .described(format!(
                        "{which} end of the {percent} % interval of {{series}}"
                    ))
            })
            .into()
    }

    fn params(&self) -> Vec<u8> {
        let n_members = u32::try_from(self.n_members).unwrap_or(u32::MAX);
        bytemuck::bytes_of(&QuantilesParams {
            n_members,
            _pad0: 0,
            _pad1: 0,
            _pad2: 0,
        })
        .to_vec()
    }

    fn constants(&self) -> Vec<NamedConstant> {
        thresholds![GUESS_OF_RANGE, REACH_OF_RANGE].into()
    }

    fn tables(&self) -> Vec<f64> {
        self.ranks_of_ends().flatten().collect()
    }

    fn ranks(&self) -> RankDependence {
        RankDependence::Members
    }

    fn max_iterations(&self) -> usize {
        // All values are read once, and in each trial of two searches.
        (1 + 2 * MAX_TRIALS as usize) * (self.n_members + 1)
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, half, one, four] = [0.0, 0.5, 1.0, 4.0].map(R::of);
        let infinite = R::of(f64::INFINITY);
        let is_few = self.n_members <= FEW;
        let mut values = pixel.take_scratch();
        let mut n = zero;
        let mut sum = zero;
        let mut lowest = infinite;
        let mut highest = -infinite;
        for member in 0..self.n_members {
            let x = pixel.sample(0, member);
            let value = R::select(x.valid, x.value, infinite);
            values.push(value.to_single());
            n = n + R::select(x.valid, one, zero);
            if is_few {
                // They are sorted, and nothing is guessed.
                continue;
            }
            sum = sum + x.value;
            lowest = lowest.min(value);
            highest = highest.max(R::select(x.valid, x.value, -infinite));
        }
        if is_few {
            sort::<R>(&mut values);
        }
        let range = R::select(lowest.lt(highest), highest - lowest, zero);
        let mean = sum / n.max(one);
        let last = (n - one).max(zero);
        let is_enough = (n + n).ge(R::of(self.n_members as f64)) & n.gt(zero);
        for end in 0..2 {
            let entry = four * n + R::of(2.0 * end as f64);
            let (rank, rest) = (pixel.table_at(entry), pixel.table_at(entry + one));
            let [below, above] = if is_few {
                [
                    of_rank(&values, rank),
                    of_rank(&values, (rank + one).min(last)),
                ]
            } else {
                let has_next = rank.lt(last - half);
                let from_mean = R::of(GUESS_OF_RANGE) * (rank / last.max(one) - half) * range;
                let reach = R::of(REACH_OF_RANGE) * range;
                let search = Search::from(rank, has_next, mean + from_mean, reach);
                counted_values(&values, search, has_next)
            };
            let [below, above] = [unsigned_zero(below), unsigned_zero(above)];
            pixel.put(
                port::LOW + end,
                0,
                below * (one - rest) + above * rest,
                is_enough,
            );
        }
        pixel.return_scratch(values);
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        _port: usize,
        _step: usize,
        reference: f64,
    ) -> f64 {
        let values = (0..self.n_members)
            .map(|member| pixel.sample(0, member))
            .filter(|x| x.valid);
        values.fold(reference.abs(), |largest, x| largest.max(x.value.abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::twin::{Kernel, Precision};
    use crate::kernels::views::{Block, InputView, OutputView};

    /// As many pixels as are computed together, and a rest.
    const PIXELS: usize = 11;

    /// Values with ties, zeros of both signs and gaps: in turn few and many of them.
    fn values(n_members: usize) -> Vec<f32> {
        let number = |i: usize| (i * 7919 + i / 13 * 104_729) % 1009;
        let value = |i: usize| match (number(i), i % PIXELS) {
            (x, 1) if x % 3 == 0 => f32::NAN,
            (x, 2) if x % 5 > 0 => [0.0, -0.0][x % 2],
            (x, 3) => [7.0, 8.0][x % 2],
            (x, _) if x % 10 == 0 => f32::NAN,
            (x, _) => f32::from(u16::try_from(x).unwrap_or(0)) / 7.0 - 60.0,
        };
        (0..n_members * PIXELS).map(value).collect()
    }

    /// The two ends of all pixels.
    fn found(twin: &Quantiles, values: &[f32], precision: Precision) -> Vec<Vec<f32>> {
        let tables = Twin::tables(twin);
        let mut written = vec![vec![0.0; PIXELS]; 2];
        let mut block = Block {
            n_pixels: PIXELS,
            inputs: vec![InputView::layer(values, PIXELS, twin.n_members)],
            outputs: written
                .iter_mut()
                .map(|values| OutputView {
                    values,
                    stride: PIXELS,
                })
                .collect(),
            tables: &tables,
        };
        Kernel::run_block(twin, &mut block, precision);
        written
    }

    /// An end, from the values sorted.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank, and a number of a layer"
    )]
    fn expected(values: &[f32], pixel: usize, p: f64) -> f32 {
        let of_pixel = values.iter().skip(pixel).step_by(PIXELS);
        let mut there: Vec<f32> = of_pixel.filter(|x| !x.is_nan()).map(|x| x + 0.0).collect();
        there.sort_by(f32::total_cmp);
        let h = p * (there.len() - 1) as f64;
        let rank = h.floor() as usize;
        let ends = [rank, (rank + 1).min(there.len() - 1)].map(|rank| f64::from(there[rank]));
        let rest = h - h.floor();
        (ends[0] * (1.0 - rest) + ends[1] * rest) as f32
    }

    #[test]
    fn few_values_that_are_sorted_and_many_that_are_counted_have_the_same_ends() {
        for n_members in [1, 2, 20, FEW - 1, FEW, FEW + 1, FEW + 2, 1000] {
            let twin = Quantiles {
                n_members,
                level: 0.9,
            };
            let values = values(n_members);
            let tails = [0.5 * (1.0 - twin.level), 0.5 * (1.0 + twin.level)];
            for precision in [Precision::Reference, Precision::Lanes] {
                let ends = found(&twin, &values, precision);
                for (end, p) in ends.iter().zip(tails) {
                    for (pixel, x) in end.iter().enumerate() {
                        if x.is_nan() {
                            // Only where there are too few to tell.
                            assert!(n_members < 20, "{n_members} {pixel}");
                            continue;
                        }
                        let expected = expected(&values, pixel, p);
                        let what = format!("{n_members} {precision:?} {pixel}: {x} {expected}");
                        assert_eq!(x.to_bits(), expected.to_bits(), "{what}");
                    }
                }
            }
        }
    }

    #[test]
    fn sorting_and_counting_find_the_same_values() {
        for n_members in [5, FEW, FEW + 1] {
            let values: Vec<f32> = values(n_members)
                .into_iter()
                .step_by(PIXELS)
                .map(|x| if x.is_nan() { f32::INFINITY } else { x })
                .collect();
            let mut sorted = values.clone();
            sort::<f64>(&mut sorted);
            let last = sorted.iter().filter(|x| x.is_finite()).count() - 1;
            for rank in 0..=last {
                let has_next = rank < last;
                let search = Search::from(rank as f64, has_next, -60.0, 5.0);
                let counted = counted_values(&values, search, has_next);
                let ends = [rank, (rank + 1).min(last)].map(|rank| f64::from(sorted[rank]));
                assert_eq!(counted, ends, "{rank} of {n_members}");
            }
        }
    }
}
