//! Whether a pixel is a sink, a source or neutral, from the sign of its mean NEP.
//!
//! | class | meaning      |
//! |-------|--------------|
//! | 1     | source, < 0  |
//! | 2     | neutral, = 0 |
//! | 3     | sink, > 0    |
//!
//! GPU twin: `shaders/kernels/carbon/balance.wgsl`.

use crate::calendar::Steps;
use crate::kernels::output::OutputKind;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

use super::nep::NoParams;

/// The classes of `nep_balance` with their labels.
pub const BALANCE_CLASSES: [(u8, &str); 3] = [(1, "source"), (2, "neutral"), (3, "sink")];

ports! {
    /// Ports of the outputs.
    pub mod port {
        CLASS = "class",
    }
}

/// The sign as a class.
#[derive(Clone, Debug)]
pub struct Balance;

impl Twin for Balance {
    const SPEC: KernelSpec = KernelSpec {
        name: "balance",
        title: "sink, source or neutral",
        missing: "where the mean is missing",
        source: "definition",
        wgsl: include_str!("../../../shaders/kernels/carbon/balance.wgsl"),
        libs: &[],
        params: NoParams::FIELDS,
        ports: port::NAMES,
        tolerance: "a comparison is exact",
        canary: ("mean.value > 0.0", "mean.value > 0.1"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("mean", Steps::Static)]
    }

    fn outputs(&self) -> Vec<Port> {
        vec![
            Port::output("class", Steps::Static, Tolerance::Exact)
                .suffix("_balance")
                .kind(OutputKind::Classes(&BALANCE_CLASSES))
                .described("Sign of mean {series}: 1 source, 2 neutral, 3 sink"),
        ]
    }

    fn params(&self) -> Vec<u8> {
        NoParams::bytes()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, one, two] = [0.0, 1.0, 2.0].map(R::of);
        let mean = pixel.sample(0, 0);
        let sign_class = two + R::select(mean.value.gt(zero), one, zero)
            - R::select(mean.value.lt(zero), one, zero);
        pixel.put(port::CLASS, 0, sign_class, mean.valid);
    }
}
