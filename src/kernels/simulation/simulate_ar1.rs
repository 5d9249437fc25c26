//! A synthetic annual series: a straight line and noise with memory, with gaps where another series
//! has them.
//!
//! ```text
//! y_t = b t + e_t,   e_0 = z_0,   e_t = r e_{t−1} + √(1 − r²) z_t,   t = 0, 1, ...
//! ```
//!
//! | symbol | meaning                                             | unit                    | range       |
//! |--------|-----------------------------------------------------|-------------------------|-------------|
//! | b      | slope of the line                                   | standard deviations a year |          |
//! | r      | correlation of the noise from one year to the next  | 1                       | −0.99..0.99 |
//! | z      | independent standard normal deviates                | 1                       | −5.4..5.4   |
//!
//! The noise is an autoregressive process of order one that is stationary from its first year on:
//! every `e_t` has mean 0 and standard deviation 1. It goes on through gaps, which only hide it.
//! `z` depends on the number of the series, the step and the seed alone
//! ([`random`](crate::kernels::lib::random)).
//!
//! Source: Box, Jenkins & Reinsel (1994), *Time Series Analysis*, 3rd ed., section 3.2.3.
//! GPU twin: `shaders/kernels/simulation/simulate_ar1.wgsl`.

use crate::calendar::Steps;
use crate::kernels::lib::random::{normal_deviate, random_bits};
use crate::kernels::port::Port;
use crate::kernels::real::{Mask, Real};
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::{gpu_params, ports};

gpu_params! {
    /// Parameters as the shader takes them.
    pub struct SimulateAr1Params {
        seed: u32,
        most_lag1: f32,
        _pad0: u32,
        _pad1: u32,
    }
}

ports! {
    /// Ports of the outputs.
    pub mod port {
        Y = "y",
    }
}

/// A generator of series with a trend and first-order autoregressive noise.
#[derive(Clone, Debug)]
pub struct SimulateAr1 {
    /// Another seed makes other series.
    pub seed: u32,
}

impl SimulateAr1 {
    /// Largest size of the lag-1 correlation.
    pub const MAX_LAG1: f32 = 0.99;
    /// Series are numbered from 0 and below this, which `f32` still counts.
    pub const MAX_SERIES: u32 = 1 << 24;
}

/// The number of a series of a lane; only asked of valid ones.
fn whole(x: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be 0 to 2^24"
    )]
    let whole = x as u32;
    whole
}

/// The inputs of a pixel, and whether they are valid.
struct Inputs<R: Real> {
    number: R,
    r: R,
    slope: R,
    is_series: R::Mask,
}

impl<R: Real> Inputs<R> {
    #[inline(always)]
    fn read(pixel: &Pixel<'_, '_, R>) -> Self {
        let zero = R::of(0.0);
        let series = pixel.sample(0, 0);
        let lag1 = pixel.sample(1, 0);
        let slope = pixel.sample(2, 0);
        let is_number = series.valid
            & series.value.ge(zero)
            & series.value.lt(R::of(f64::from(SimulateAr1::MAX_SERIES)));
        let most_lag1 = R::of(f64::from(SimulateAr1::MAX_LAG1));
        let is_series = is_number & lag1.valid & lag1.value.abs().le(most_lag1) & slope.valid;
        let number = R::select(is_series, series.value, zero);
        let r = R::select(is_series, lag1.value, zero);
        Self {
            number,
            r,
            slope: slope.value,
            is_series,
        }
    }
}

impl Twin for SimulateAr1 {
    const SPEC: KernelSpec = KernelSpec {
        name: "simulate_ar1",
        title: "series with a trend and autoregressive noise",
        missing: "a gap of the pattern; |lag1| over 0.99; a number outside 0..2^24",
        source: "Box, Jenkins & Reinsel (1994), Time Series Analysis; Salmon et al. (2011), SC \
            '11; AS 241",
        wgsl: include_str!("../../../shaders/kernels/simulation/simulate_ar1.wgsl"),
        libs: &[include_str!("../../../shaders/lib/random.wgsl")],
        params: SimulateAr1Params::FIELDS,
        ports: port::NAMES,
        tolerance: "deviates to 1.5e-6 of themselves, added up with their weights; one product \
            for the line",
        canary: ("r * noise + fresh", "1.0001 * r * noise + fresh"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![
            Port::input("series", Steps::Static),
            Port::input("lag1", Steps::Static),
            Port::input("slope", Steps::Static),
            Port::input("pattern", Steps::Annual),
        ]
    }

    fn outputs(&self) -> Vec<Port> {
        vec![Port::output("y", Steps::Annual, Tolerance::relative(2e-6))]
    }

    fn params(&self) -> Vec<u8> {
        bytemuck::bytes_of(&SimulateAr1Params {
            seed: self.seed,
            most_lag1: Self::MAX_LAG1,
            _pad0: 0,
            _pad1: 0,
        })
        .to_vec()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let one = R::of(1.0);
        let Inputs {
            number,
            r,
            slope,
            is_series,
        } = Inputs::read(pixel);
        let fresh = ((one - r) * (one + r)).sqrt();
        let mut noise = R::of(0.0);
        for step in 0..pixel.n_steps(3) {
            let index = u32::try_from(step).unwrap_or(u32::MAX);
            let deviate: R =
                normal_deviate(|l| random_bits(whole(number.lane(l)), index, self.seed));
            noise = R::select(R::Mask::of(step == 0), deviate, r * noise + fresh * deviate);
            let pattern = pixel.sample(3, step);
            #[expect(clippy::cast_precision_loss, reason = "a year of a study")]
            let years = R::of(step as f64);
            pixel.put(
                port::Y,
                step,
                slope * years + noise,
                is_series & pattern.valid,
            );
        }
    }

    /// The sizes of all that is added up in a value.
    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        _port: usize,
        step: usize,
        _reference: f64,
    ) -> f64 {
        let Inputs {
            number, r, slope, ..
        } = Inputs::read(pixel);
        let fresh = ((1.0 - r) * (1.0 + r)).sqrt();
        let noise = (0..=step).fold(0.0, |noise: f64, step| {
            let index = u32::try_from(step).unwrap_or(u32::MAX);
            let deviate =
                normal_deviate::<f64>(|_| random_bits(whole(number), index, self.seed)).abs();
            if step == 0 {
                deviate
            } else {
                r.abs() * noise + fresh * deviate
            }
        });
        #[expect(clippy::cast_precision_loss, reason = "a year of a study")]
        let line = slope.abs() * step as f64;
        line + noise
    }
}
