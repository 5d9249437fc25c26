//! Spread over the members of an ensemble or the draws of a Monte Carlo run.
//!
//! ```text
//! mean = Σ x / n,  sd = √(Σ (x − mean)² / (n − 1)),  positive = share of x > 0
//! ```
//!
//! over the members that have a value. Without one all is missing but `n`, and with a single one
//! `sd` is.
//!
//! GPU twin: `shaders/kernels/statistics/spread.wgsl`.

use crate::calendar::Steps;
use crate::kernels::carbon::NoParams;
use crate::kernels::output::UnitRule;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

ports! {
    /// Ports of the outputs.
    pub mod port {
        MEAN = "mean",
        SD = "sd",
        MIN = "min",
        MAX = "max",
        POSITIVE = "positive",
        N = "n",
    }
}

/// The moments and extremes.
#[derive(Clone, Debug)]
pub struct Spread;

impl Twin for Spread {
    const SPEC: KernelSpec = KernelSpec {
        name: "spread",
        title: "spread over members",
        missing: "no member with a value; sd also with a single one",
        source: "definition",
        wgsl: include_str!("../../../shaders/kernels/statistics/spread.wgsl"),
        libs: &[],
        params: NoParams::FIELDS,
        ports: port::NAMES,
        tolerance: "sums of n values relative to the largest; a member within rounding of 0 \
            counts on either side",
        canary: ("square += d * d", "square += d * d * 1.0002"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("x", Steps::Annual)]
    }

    fn outputs(&self) -> Vec<Port> {
        let of_members = |name: &'static str, relative: f64, what: &str| {
            Port::output(name, Steps::Static, Tolerance::relative(relative))
                .unit(UnitRule::OfInput(0))
                .described(format!("{what} {{series}} {{over}}"))
        };
        let positive = Tolerance::Relative {
            relative: 0.0,
            absolute: 1e-3,
        };
        vec![
            of_members("mean", 1e-6, "Mean of"),
            of_members("sd", 4e-6, "Standard deviation of"),
            // Exact among equal members; members themselves differ by their rounding.
            of_members("min", 4e-7, "Least"),
            of_members("max", 4e-7, "Largest"),
            Port::output("positive", Steps::Static, positive)
                .suffix("_p_sink")
                .described("Share of draws in which {series} is a sink, its probability: {over}"),
            Port::output("n", Steps::Static, Tolerance::Exact)
                .whole()
                .described("Members with a {series} {over}"),
        ]
    }

    fn params(&self) -> Vec<u8> {
        NoParams::bytes()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
        let mut n = zero;
        let mut n_positive = zero;
        let mut sum = zero;
        let mut least = zero;
        let mut most = zero;
        for step in 0..pixel.n_steps(0) {
            let x = pixel.sample(0, step);
            let is_first = n.lt(half);
            least = R::select(
                x.valid,
                R::select(is_first, x.value, least.min(x.value)),
                least,
            );
            most = R::select(
                x.valid,
                R::select(is_first, x.value, most.max(x.value)),
                most,
            );
            sum = sum + R::select(x.valid, x.value, zero);
            n_positive = n_positive + R::select(x.valid & x.value.gt(zero), one, zero);
            n = n + R::select(x.valid, one, zero);
        }
        // A sum of equal values, divided, need not be that value; its spread is 0 all the same.
        let rough_mean = R::select(least.ge(most), least, sum / n.max(one));
        let mut deviation = zero;
        let mut square = zero;
        for step in 0..pixel.n_steps(0) {
            let x = pixel.sample(0, step);
            let d = R::select(x.valid, x.value - rough_mean, zero);
            deviation = deviation + d;
            square = square + d * d;
        }
        let mean = rough_mean + deviation / n.max(one);
        let variance = (square - deviation * deviation / n.max(one)).max(zero) / (n - one).max(one);
        let is_any = n.gt(half);
        pixel.put(port::MEAN, 0, mean, is_any);
        pixel.put(port::SD, 0, variance.sqrt(), n.gt(R::of(1.5)));
        pixel.put(port::MIN, 0, least, is_any);
        pixel.put(port::MAX, 0, most, is_any);
        pixel.put(port::POSITIVE, 0, n_positive / n.max(one), is_any);
        pixel.put(port::N, 0, n, n.ge(zero));
    }

    /// A mean is as good as its largest term. A spread is as good as itself, but for the rounding
    /// of the mean that deviations are taken from.
    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        port: usize,
        _step: usize,
        reference: f64,
    ) -> f64 {
        let values = (0..pixel.n_steps(0))
            .map(|step| pixel.sample(0, step))
            .filter(|x| x.valid);
        let largest = values.map(|x| x.value.abs()).fold(0.0, f64::max);
        match port {
            port::MEAN | port::MIN | port::MAX => largest,
            port::SD => reference.abs() + 0.03 * largest,
            _ => reference.abs(),
        }
    }
}
