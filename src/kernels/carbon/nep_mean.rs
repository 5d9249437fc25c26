//! Mean net ecosystem production of the valid years, `mean of NPP − Rh`.
//!
//! One member of an ensemble, or one draw of a Monte Carlo run, in one number a pixel; missing with
//! fewer than `min_years` years that have both.
//!
//! GPU twin: `shaders/kernels/carbon/nep_mean.wgsl`.

use crate::calendar::Steps;
use crate::kernels::output::{FLUX_UNIT, UnitRule};
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::statistics::MinYearsParams;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

ports! {
    /// Ports of the outputs.
    pub mod port {
        MEAN = "mean",
    }
}

/// The mean difference.
#[derive(Clone, Debug)]
pub struct NepMean {
    /// Valid years that a pixel needs.
    pub min_years: u32,
}

impl Twin for NepMean {
    const SPEC: KernelSpec = KernelSpec {
        name: "nep_mean",
        title: "mean net ecosystem production",
        missing: "fewer than min_years years with NPP and Rh",
        source: "definition",
        wgsl: include_str!("../../../shaders/kernels/carbon/nep_mean.wgsl"),
        libs: &[],
        params: MinYearsParams::FIELDS,
        ports: port::NAMES,
        tolerance: "a sum of n differences, relative to the largest NPP or Rh",
        canary: ("npp.value - rh.value", "npp.value - 1.00001 * rh.value"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![
            Port::input("npp", Steps::Annual),
            Port::input("rh", Steps::Annual),
        ]
    }

    fn outputs(&self) -> Vec<Port> {
        vec![
            Port::output("mean", Steps::Static, Tolerance::relative(2e-6))
                .suffix("")
                .unit(UnitRule::Is(FLUX_UNIT)),
        ]
    }

    fn params(&self) -> Vec<u8> {
        MinYearsParams::bytes(self.min_years)
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, one] = [0.0, 1.0].map(R::of);
        let mut n = zero;
        let mut sum = zero;
        for step in 0..pixel.n_steps(1) {
            let npp = pixel.sample(0, step);
            let rh = pixel.sample(1, step);
            let is_there = npp.valid & rh.valid;
            sum = sum + R::select(is_there, npp.value - rh.value, zero);
            n = n + R::select(is_there, one, zero);
        }
        pixel.put(
            port::MEAN,
            0,
            sum / n.max(one),
            n.ge(R::of(f64::from(self.min_years))),
        );
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        _port: usize,
        _step: usize,
        _reference: f64,
    ) -> f64 {
        let years =
            (0..pixel.n_steps(1)).map(|step| [pixel.sample(0, step), pixel.sample(1, step)]);
        let both = years.filter(|[npp, rh]| npp.valid && rh.valid);
        both.flatten().map(|x| x.value.abs()).fold(0.0, f64::max)
    }
}
