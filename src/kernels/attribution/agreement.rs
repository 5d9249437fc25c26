//! Whether attributions by different sensitivities name the same dominant part.
//!
//! | class | meaning                                         |
//! |-------|-------------------------------------------------|
//! | 0     | undecided by one of them, and no contradiction  |
//! | 1     | climate by all                                  |
//! | 2     | people by all                                   |
//! | 3     | climate by one, people by another               |
//!
//! The margin is the least of the attributions': where one of them is computed again in `f64`, so
//! is this one.
//!
//! GPU twin: `shaders/kernels/attribution/agreement.wgsl`.

use crate::calendar::Steps;
use crate::kernels::carbon::NoParams;
use crate::kernels::constant::{Constant, NamedConstant, thresholds};
use crate::kernels::flags;
use crate::kernels::output::OutputKind;
use crate::kernels::port::Port;
use crate::kernels::real::{Mask, Real};
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

use super::attribution::MAX_MARGIN;

/// The classes with their labels.
pub const AGREEMENT_CLASSES: [(u8, &str); 4] = [
    (0, "undecided by one"),
    (1, "climate by all"),
    (2, "people by all"),
    (3, "they contradict each other"),
];

ports! {
    /// Ports of the outputs.
    pub mod port {
        CLASS = "class",
        MARGIN = "margin",
        FLAGS = "flags",
    }
}

/// The agreement of several attributions.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// Sensitivities.
    pub n_sensitivities: usize,
}

impl Twin for Agreement {
    const SPEC: KernelSpec = KernelSpec {
        name: "agreement",
        title: "agreement of attributions by different sensitivities",
        missing: "where one of them is missing",
        source: "definition",
        wgsl: include_str!("../../../shaders/kernels/attribution/agreement.wgsl"),
        libs: &[],
        params: NoParams::FIELDS,
        ports: port::NAMES,
        tolerance: "comparisons are exact",
        canary: ("2.0, n_human ==", "1.0, n_human =="),
    };

    fn inputs(&self) -> Vec<Port> {
        let each = |name: &'static str| {
            (1..=self.n_sensitivities)
                .map(move |s| Port::input(format!("{name}_{s}"), Steps::Static))
        };
        each("dominant").chain(each("margin")).collect()
    }

    fn outputs(&self) -> Vec<Port> {
        // As of the attributions: flagged pixels are within one error of a threshold.
        let class = Tolerance::Class {
            of: port::MARGIN,
            thresholds: &[0.0],
            within: 0.05,
        };
        let flags = Tolerance::Class {
            of: port::MARGIN,
            thresholds: &[0.0, 1.0],
            within: 0.2,
        };
        vec![
            Port::output("class", Steps::Static, class)
                .suffix("_attribution_agreement")
                .kind(OutputKind::Classes(&AGREEMENT_CLASSES))
                .described(
                    "What has more than half of the trend of {series} by {over}: 1 climate by all, \
                     2 people by all, 3 they contradict each other",
                ),
            Port::output(
                "margin",
                Steps::Static,
                Tolerance::Relative {
                    relative: 1e-5,
                    absolute: 0.2,
                },
            )
            .suffix("_attribution_agreement_margin"),
            Port::output("flags", Steps::Static, flags).suffix("_attribution_agreement_flags"),
        ]
    }

    fn params(&self) -> Vec<u8> {
        NoParams::bytes()
    }

    fn constants(&self) -> Vec<NamedConstant> {
        [("N_SENSITIVITIES", Constant::size(self.n_sensitivities))]
            .into_iter()
            .chain(thresholds![MAX_MARGIN])
            .collect()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, one, two, half] = [0.0, 1.0, 2.0, 0.5].map(R::of);
        let mut is_there = R::Mask::of(true);
        let mut least_margin = R::of(MAX_MARGIN);
        let mut n_climate = zero;
        let mut n_human = zero;
        for s in 0..self.n_sensitivities {
            let dominant = pixel.sample(s, 0);
            let margin = pixel.sample(self.n_sensitivities + s, 0);
            is_there = is_there & dominant.valid;
            least_margin = least_margin.min(margin.value);
            let is_human = dominant.value.gt(R::of(1.5));
            n_climate = n_climate + R::select(dominant.value.gt(half) & !is_human, one, zero);
            n_human = n_human + R::select(is_human, one, zero);
        }
        let most = R::of(self.n_sensitivities as f64) - half;
        let agreed =
            R::select(n_climate.gt(most), one, zero) + R::select(n_human.gt(most), two, zero);
        let class = R::select(n_climate.gt(half) & n_human.gt(half), R::of(3.0), agreed);
        pixel.put(port::CLASS, 0, class, is_there);
        pixel.put(port::MARGIN, 0, least_margin, is_there);
        let bits = R::select(
            is_there & least_margin.lt(one),
            R::of(f64::from(flags::DECIDED_IN_F64)),
            zero,
        );
        pixel.put(port::FLAGS, 0, bits, bits.ge(zero));
    }
}
