//! Heterotrophic respiration that is linear in logarithms of annual sums.
//!
//! ```text
//! ln Rh = intercept + slope ln Rs,  0 <= Rh <= Rs          annual, gC m-2 yr-1
//! ```
//!
//! computed as `Rh = Rh(500) (Rs / 500)^slope`: with logarithms near 0 a shader keeps a digit more.
//!
//! Such a law is one of annual sums and concave: applied to months it gives more Rh than Rs. It
//! cannot be, because every kernel that uses it reads an annual layer and no other.
//!
//! GPU twin: `shaders/lib/log_log.wgsl`.

use crate::calendar::Steps;
use crate::gpu_params;
use crate::kernels::abi::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;

gpu_params! {
    /// Coefficients as the shaders take them.
    pub struct LogLogParams {
        /// Rh at Rs = 500 gC m-2 yr-1.
        at_500: f32,
        /// Slope of ln Rh on ln Rs.
        slope: f32,
        _pad0: u32,
        _pad1: u32,
    }
}

/// Where the tolerance of these kernels comes from.
pub(in crate::kernels) const TOLERANCE: &str =
    "log to 4.8e-7, exponential to 2e-7, three products: 1e-6, doubled";

/// Rh at Rs = 500 gC m-2 yr-1.
#[must_use]
pub fn at_500(intercept: f64, slope: f64) -> f64 {
    (intercept + slope * 500.0_f64.ln()).exp()
}

/// The bytes of the coefficients.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
pub fn params(intercept: f64, slope: f64) -> Vec<u8> {
    let [at_500, slope] = [at_500(intercept, slope) as f32, slope as f32];
    bytemuck::bytes_of(&LogLogParams {
        at_500,
        slope,
        _pad0: 0,
        _pad1: 0,
    })
    .to_vec()
}

/// What a law of annual sums reads: Rs a year, in gC m-2 yr-1.
#[must_use]
pub fn rs_port() -> Vec<Port> {
    vec![Port::input("rs", Steps::Annual)]
}

/// What it gives: Rh a year, in gC m-2 yr-1.
#[must_use]
pub fn rh_port() -> Vec<Port> {
    vec![Port::output("rh", Steps::Annual, Tolerance::relative(2e-6))]
}

/// The law.
#[inline(always)]
#[must_use]
pub fn log_log<R: Real>(rs: R, at_500: R, slope: R) -> R {
    let [zero, one] = [0.0, 1.0].map(R::of);
    let is_positive = rs.gt(zero);
    let rh = at_500 * (slope * R::select(is_positive, rs / R::of(500.0), one).ln()).exp();
    R::select(is_positive, rh.min(rs), zero)
}
