//! Net ecosystem production, `NEP = NPP − Rh`; above 0 a sink of carbon, below 0 a source.
//!
//! It leaves out fire, harvest, the export of dissolved carbon and the sink of carbonate
//! weathering.
//!
//! Source: `docs/science/carbon_balance.md#nep`.
//! GPU twin: `shaders/kernels/carbon/nep.wgsl`.

use crate::calendar::Steps;
use crate::kernels::output::{FLUX_UNIT, UnitRule};
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::{gpu_params, ports};

gpu_params! {
    /// A kernel without parameters.
    pub struct NoParams {
        _pad0: u32,
        _pad1: u32,
        _pad2: u32,
        _pad3: u32,
    }
}

impl NoParams {
    /// The bytes of nothing.
    #[must_use]
    pub fn bytes() -> Vec<u8> {
        vec![0; size_of::<Self>()]
    }
}

ports! {
    /// Ports of the outputs.
    pub mod port {
        NEP = "nep",
    }
}

/// The difference.
#[derive(Clone, Debug)]
pub struct Nep;

impl Twin for Nep {
    const SPEC: KernelSpec = KernelSpec {
        name: "nep",
        title: "net ecosystem production",
        missing: "where NPP or Rh is missing",
        source: "definition",
        wgsl: include_str!("../../../shaders/kernels/carbon/nep.wgsl"),
        libs: &[],
        params: NoParams::FIELDS,
        ports: port::NAMES,
        tolerance: "decoding of NPP and one subtraction, relative to the larger of the two",
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
            Port::output("nep", Steps::Annual, Tolerance::relative(4e-7))
                .suffix("")
                .unit(UnitRule::Is(FLUX_UNIT))
                .described("Annual {series}, NPP - Rh"),
        ]
    }

    fn params(&self) -> Vec<u8> {
        NoParams::bytes()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        for step in 0..pixel.n_steps(0) {
            let npp = pixel.sample(0, step);
            let rh = pixel.sample(1, step);
            pixel.put(port::NEP, step, npp.value - rh.value, npp.valid & rh.valid);
        }
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        _port: usize,
        step: usize,
        _reference: f64,
    ) -> f64 {
        f64::max(
            pixel.sample(0, step).value.abs(),
            pixel.sample(1, step).value.abs(),
        )
    }
}
