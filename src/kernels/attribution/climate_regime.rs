//! Which way the climate goes: a bit for each of temperature, precipitation and radiation that
//! rises.
//!
//! ```text
//! code = 1 [temperature rises] + 2 [precipitation rises] + 4 [radiation rises]
//! ```
//!
//! by the sign of each driver's own linear trend, on its own years. A trend that explains less than
//! 2⁻²³ of the variance has a sign that depends on rounding, and is computed again in `f64`: in
//! `f32` the square root of that share is good to 1e-4 even for a century.
//!
//! Source: `docs/science/attribution.md#climate-regime`.
//! GPU twin: `shaders/kernels/attribution/climate_regime.wgsl`.

use std::fmt::Write as _;

use crate::calendar::Steps;
use crate::kernels::constant::{Constant, NamedConstant, thresholds};
use crate::kernels::flags;
use crate::kernels::output::OutputKind;
use crate::kernels::port::Port;
use crate::kernels::real::{Mask, Real};
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::{gpu_params, ports};

/// The drivers of the regime, each with its bit.
#[must_use]
pub fn regime_bits() -> [(&'static str, u8); 3] {
    [("temperature", 1), ("precipitation", 2), ("radiation", 4)]
}

/// Below this share of variance explained a sign depends on rounding: 2⁻²³.
const NEAR_R2: f64 = 1.192_092_895_507_812_5e-7;

gpu_params! {
    /// The bit of each driver that is there.
    pub struct RegimeParams {
        bit_1: u32,
        bit_2: u32,
        bit_3: u32,
        _pad0: u32,
    }
}

ports! {
    /// Ports of the outputs.
    pub mod port {
        CLASS = "class",
        LEAST_R2 = "least_r2",
        FLAGS = "flags",
    }
}

/// The regime of the drivers that a study has.
#[derive(Clone, Debug)]
pub struct ClimateRegime {
    /// The bit of each driver, one to three of them.
    pub bits: Vec<u8>,
}

impl ClimateRegime {
    /// The drivers that are there, each with its bit.
    fn drivers(&self) -> Vec<(&'static str, u8)> {
        let mut all = regime_bits().to_vec();
        all.retain(|(_, bit)| self.bits.contains(bit));
        all
    }

    /// What the map shows, and which bits are always 0.
    fn description(&self) -> String {
        let mut text =
            "Signs of the linear trends of the climate: 1 warming + 2 wetting + 4 brightening"
                .to_owned();
        for (name, bit) in regime_bits() {
            if !self.bits.contains(&bit) {
                // Writing to a String cannot fail.
                let _ = write!(text, "; {name} is not in this study, bit {bit} is 0");
            }
        }
        text
    }

    /// The codes that these drivers can give, with their labels.
    fn labels(&self) -> Vec<(u8, String)> {
        let words = |bit: u8| match bit {
            1 => ["cooling", "warming"],
            2 => ["drying", "wetting"],
            _ => ["dimming", "brightening"],
        };
        let drivers = self.drivers();
        let label = |rising: u8| {
            let signs = drivers
                .iter()
                .enumerate()
                .map(|(x, (_, bit))| (*bit, rising >> x & 1));
            let code = signs.clone().map(|(bit, rises)| bit * rises).sum();
            let text: Vec<&str> = signs
                .map(|(bit, rises)| words(bit)[usize::from(rises)])
                .collect();
            (code, text.join(", "))
        };
        (0..1 << drivers.len()).map(label).collect()
    }
}

impl Twin for ClimateRegime {
    const SPEC: KernelSpec = KernelSpec {
        name: "climate_regime",
        title: "warming, wetting and brightening",
        missing: "where the trend of one of the drivers is missing",
        source: "definition",
        wgsl: include_str!("../../../shaders/kernels/attribution/climate_regime.wgsl"),
        libs: &[],
        params: RegimeParams::FIELDS,
        ports: port::NAMES,
        tolerance: "comparisons are exact; signs that depend on rounding are decided in f64",
        canary: ("x == 1u", "x == 2u"),
    };

    fn inputs(&self) -> Vec<Port> {
        let each = |name: &'static str| {
            (1..=self.bits.len()).map(move |x| Port::input(format!("{name}_{x}"), Steps::Static))
        };
        each("slope").chain(each("r2")).collect()
    }

    fn outputs(&self) -> Vec<Port> {
        let class = Tolerance::Class {
            of: port::LEAST_R2,
            thresholds: &[0.0],
            within: 5e-9,
        };
        let flags = Tolerance::Class {
            of: port::LEAST_R2,
            thresholds: &[NEAR_R2],
            within: 1e-8,
        };
        vec![
            Port::output("class", Steps::Static, class)
                .suffix("")
                .kind(OutputKind::Labelled(self.labels()))
                .described(self.description()),
            Port::output(
                "least_r2",
                Steps::Static,
                Tolerance::Relative {
                    relative: 0.0,
                    absolute: 4e-6,
                },
            ),
            Port::output("flags", Steps::Static, flags),
        ]
    }

    fn params(&self) -> Vec<u8> {
        let bit = |x: usize| self.bits.get(x).copied().map_or(0, u32::from);
        bytemuck::bytes_of(&RegimeParams {
            bit_1: bit(0),
            bit_2: bit(1),
            bit_3: bit(2),
            _pad0: 0,
        })
        .to_vec()
    }

    fn constants(&self) -> Vec<NamedConstant> {
        [("N_DRIVERS", Constant::size(self.bits.len()))]
            .into_iter()
            .chain(thresholds![NEAR_R2])
            .collect()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, one] = [0.0, 1.0].map(R::of);
        let mut is_there = R::Mask::of(true);
        let mut code = zero;
        // A constant driver has no r2, and its slope is exactly 0.
        let mut least_r2 = one;
        for (x, &bit) in self.bits.iter().enumerate() {
            let slope = pixel.sample(x, 0);
            let r2 = pixel.sample(self.bits.len() + x, 0);
            is_there = is_there & slope.valid;
            code = code + R::select(slope.value.gt(zero), R::of(f64::from(bit)), zero);
            least_r2 = R::select(r2.valid, least_r2.min(r2.value), least_r2);
        }
        pixel.put(port::CLASS, 0, code, is_there);
        pixel.put(port::LEAST_R2, 0, least_r2, is_there);
        let bits = R::select(
            is_there & least_r2.lt(R::of(NEAR_R2)),
            R::of(f64::from(flags::DECIDED_IN_F64)),
            zero,
        );
        pixel.put(port::FLAGS, 0, bits, bits.ge(zero));
    }
}
