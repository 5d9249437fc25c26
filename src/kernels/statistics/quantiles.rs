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
//! Values of the ranks are found by counting: see [`search`](crate::kernels::lib::search). A search
//! begins where a normal distribution with the mean and the range of the values has the rank, about.
//!
//! Source: Hyndman & Fan (1996), Am. Stat. 50, 361-365; Efron & Tibshirani (1993), *An Introduction to the
//! Bootstrap*, chapter 13 (percentile intervals).
//! GPU twin: `shaders/kernels/statistics/quantiles.wgsl`.

use crate::calendar::Steps;
use crate::kernels::lib::search::{MAX_TRIALS, Search, count};
use crate::kernels::output::UnitRule;
use crate::kernels::port::Port;
use crate::kernels::real::{Real, any};
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, RankDependence, Twin};
use crate::kernels::views::Pixel;
use crate::{gpu_params, ports};

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

    fn tables(&self) -> Vec<f64> {
        self.ranks_of_ends().flatten().collect()
    }

    fn ranks(&self) -> RankDependence {
        RankDependence::Members
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, half, one, four] = [0.0, 0.5, 1.0, 4.0].map(R::of);
        let infinite = R::of(f64::INFINITY);
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
            sum = sum + x.value;
            lowest = lowest.min(value);
            highest = highest.max(R::select(x.valid, x.value, -infinite));
        }
        let range = R::select(lowest.lt(highest), highest - lowest, zero);
        let mean = sum / n.max(one);
        let last = (n - one).max(zero);
        let is_enough = (n + n).ge(R::of(self.n_members as f64)) & n.gt(zero);
        for end in 0..2 {
            let entry = four * n + R::of(2.0 * end as f64);
            let (rank, rest) = (pixel.table_at(entry), pixel.table_at(entry + one));
            let has_next = rank.lt(last - half);
            let guess = mean + R::of(0.75) * (rank / last.max(one) - half) * range;
            let mut search = Search::from(rank, has_next, guess, R::of(1.0 / 32.0) * range);
            for _ in 0..MAX_TRIALS {
                let next = search.narrowed(&count(&values, search.at));
                search = next.replaced(search.is_found, search);
                if !any::<R>(!search.is_found) {
                    break;
                }
            }
            let below = search.value;
            let above = R::select(has_next, search.next, search.value);
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
