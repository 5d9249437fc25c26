//! Heterotrophic respiration by the log-log law of Bond-Lamberty, Wang & Gower (2004).
//!
//! ```text
//! ln Rh = 1.22 + 0.73 ln Rs,  0 <= Rh <= Rs          annual, gC m-2 yr-1
//! ```
//!
//! computed as `Rh = Rh(500) (Rs / 500)^0.73`: with logarithms near 0 a shader keeps a digit more.
//!
//! The law is one of annual sums and concave: applied to months it gives more Rh than Rs. It cannot
//! be, because this kernel reads an annual layer and no other. Even annual Rh would pass Rs below
//! Rs = 91.7; there it is Rs.
//!
//! Source: Bond-Lamberty, Wang & Gower (2004), Glob. Change Biol. 10, 1756-1766; the authors' 54
//! forest sites give 1.22006 and 0.72750.
//! GPU twin: `shaders/kernels/carbon/bond_lamberty_2004.wgsl`.

use crate::calendar::Steps;
use crate::gpu_params;
use crate::kernels::abi::{KernelSpec, Pixel, Port, Twin};
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;

gpu_params! {
    /// Coefficients as the shader takes them.
    pub struct BondLamberty2004Params {
        /// Rh at Rs = 500 gC m-2 yr-1.
        at_500: f32,
        /// Slope of ln Rh on ln Rs.
        slope: f32,
        _pad0: u32,
        _pad1: u32,
    }
}

/// The law with its coefficients.
#[derive(Clone, Debug)]
pub struct BondLamberty2004 {
    /// Intercept of ln Rh, Rs and Rh in gC m-2 yr-1.
    pub intercept: f64,
    /// Slope of ln Rh on ln Rs.
    pub slope: f64,
}

impl Default for BondLamberty2004 {
    fn default() -> Self {
        Self { intercept: 1.22, slope: 0.73 }
    }
}

impl BondLamberty2004 {
    /// Rh at Rs = 500 gC m-2 yr-1.
    fn at_500(&self) -> f64 {
        (self.intercept + self.slope * 500.0_f64.ln()).exp()
    }
}

impl Twin for BondLamberty2004 {
    const SPEC: KernelSpec = KernelSpec {
        name: "bond_lamberty_2004",
        title: "heterotrophic respiration, Bond-Lamberty et al. 2004",
        missing: "where Rs is missing",
        source: "Bond-Lamberty, Wang & Gower (2004), Glob. Change Biol. 10, 1756-1766",
        wgsl: include_str!("../../../shaders/kernels/carbon/bond_lamberty_2004.wgsl"),
        libs: &[include_str!("../../../shaders/lib/exponential.wgsl")],
        params: BondLamberty2004Params::FIELDS,
        tolerance: "log to 4.8e-7, exponential to 2e-7, three products: 1e-6, doubled",
        canary: ("params.slope * log(", "params.slope * 1.0001 * log("),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("rs", Steps::Annual)]
    }

    fn outputs(&self) -> Vec<Port> {
        vec![Port::output("rh", Steps::Annual, Tolerance::relative(2e-6))]
    }

    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    fn params(&self) -> Vec<u8> {
        let [at_500, slope] = [self.at_500() as f32, self.slope as f32];
        bytemuck::bytes_of(&BondLamberty2004Params { at_500, slope, _pad0: 0, _pad1: 0 }).to_vec()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [at_500, slope] = [self.at_500(), self.slope].map(R::of);
        let [zero, one] = [0.0, 1.0].map(R::of);
        for step in 0..pixel.n_steps(0) {
            let rs = pixel.sample(0, step);
            let is_positive = rs.value.gt(zero);
            let rh = at_500 * (slope * R::select(is_positive, rs.value / R::of(500.0), one).ln()).exp();
            pixel.put(0, step, R::select(is_positive, rh.min(rs.value), zero), rs.valid);
        }
    }
}
