//! Soil respiration from temperature and precipitation, the equation of Raich and others.
//!
//! ```text
//! Rs = F · exp(Q·T) · P / (K + P)          gC m-2 d-1
//! ```
//!
//! with monthly means; the annual total is the sum of rate times days.
//!
//! | symbol | meaning                                   | unit             | 1995 (quoted) | 2002    |
//! |--------|-------------------------------------------|------------------|---------------|---------|
//! | `T`    | monthly mean air temperature              | degC             | input 0       | input 0 |
//! | `P`    | monthly precipitation, below 0 taken as 0 | cm (input in mm) | input 1       | input 1 |
//! | `F`    | flux at 0 degC without water limit        | gC m-2 d-1       | 1.334         | 1.250   |
//! | `Q`    | temperature sensitivity                   | degC-1           | 0.03992       | 0.05452 |
//! | `K`    | half-saturation precipitation             | cm               | 1.634         | 4.259   |
//!
//! Valid for T -30..35 degC, P 0..100 cm.
//!
//! The values of 2002 are in independent public codes. Those of 1995 are in circulation; **nobody here could check them
//! against the paper**, so they are no defaults: a study states its own.
//!
//! Source: Raich & Potter (1995), Glob. Biogeochem. Cycles 9, 23-36; Raich, Potter & Bhagawati (2002), Glob. Change
//! Biol. 8, 800-812.
//! GPU twin: `shaders/kernels/respiration/raich.wgsl`.

use crate::calendar::Steps;
use crate::gpu_params;
use crate::kernels::coefficients::{
    Coefficient, Constraint, ModelInfo, ParameterError, Provenance, T_P,
};
use crate::kernels::fluxes;
use crate::kernels::fluxes::rs_port::RS;
use crate::kernels::lib::monthly::{Monthly, put_years};
use crate::kernels::model::Model;
use crate::kernels::port::Port;
use crate::kernels::real::Sample;
use crate::kernels::real::{Real, constants};
use crate::kernels::settings::{Months, Settings};
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;

gpu_params! {
    /// Coefficients as the shader takes them.
    pub struct RaichParams {
        /// `F`, gC m-2 d-1.
        f: f32,
        /// `Q`, degC-1.
        q: f32,
        /// `K`, cm.
        k_cm: f32,
        /// Months that a year needs.
        min_months: u32,
    }
}

/// The model with its coefficients.
#[derive(Clone, Debug)]
pub struct Raich {
    row: &'static ModelInfo,
    /// `F`, `Q`, `K` in this order.
    coefficients: [f64; 3],
    months: Months,
}

const fn coefficients(f: f64, q: f64, k: f64) -> [Coefficient; 3] {
    [
        Coefficient::new("F", "gC m-2 d-1", f, Constraint::BeFinite),
        Coefficient::new("Q", "degC-1", q, Constraint::BeFinite),
        Coefficient::new("K", "cm", k, Constraint::BePositive),
    ]
}

impl Model for Raich {
    const ROWS: &'static [ModelInfo] = &[
        ModelInfo {
            name: "raich-potter-1995",
            recorded_as: "raich_potter_1995",
            title: "soil respiration, Raich & Potter 1995",
            coefficients: &coefficients(1.334, 0.03992, 1.634),
            source: "Raich & Potter (1995), Glob. Biogeochem. Cycles 9, 23-36",
            provenance: Provenance::Unchecked,
            valid: T_P,
            caution: None,
        },
        ModelInfo {
            name: "raich-2002",
            recorded_as: "raich_2002",
            title: "soil respiration, Raich et al. 2002",
            coefficients: &coefficients(1.25, 0.05452, 4.259),
            source: "Raich, Potter & Bhagawati (2002), Glob. Change Biol. 8, 800-812",
            provenance: Provenance::Verified,
            valid: T_P,
            caution: None,
        },
    ];

    fn of_row(
        row: &'static ModelInfo,
        settings: &Settings,
        stated: &[(String, f64)],
    ) -> Result<Self, ParameterError> {
        Ok(Self {
            row,
            coefficients: row.values(stated)?,
            months: settings.months(),
        })
    }
}

impl Monthly for Raich {
    #[inline(always)]
    fn amount<R: Real>(
        &self,
        pixel: &Pixel<'_, '_, R>,
        step: usize,
        _of_pixel: Sample<R>,
        days: R,
    ) -> Sample<R> {
        let [f, q, k_cm]: [R; 3] = constants(self.coefficients);
        let [zero, tenth] = constants([0.0, 0.1]);
        let t = pixel.sample(0, step);
        let p = pixel.sample(1, step);
        let p_cm = p.value.max(zero) * tenth;
        let rate = f * (q * t.value).exp() * p_cm / (k_cm + p_cm);
        Sample {
            value: rate * days,
            valid: t.valid & p.valid,
        }
    }
}

impl Twin for Raich {
    const SPEC: KernelSpec = KernelSpec {
        name: "raich",
        title: "soil respiration, Raich and others",
        missing: "a year with fewer than min_months valid months",
        source: "Raich & Potter (1995); Raich, Potter & Bhagawati (2002)",
        wgsl: include_str!("../../../shaders/kernels/respiration/raich.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/annual.wgsl"),
            include_str!("../../../shaders/lib/monthly.wgsl"),
            include_str!("../../../shaders/lib/exponential.wgsl"),
        ],
        params: RaichParams::FIELDS,
        ports: fluxes::rs_port::NAMES,
        tolerance: "exponential to 3e-7, quotient to 2.5 ULP, twelve additions: 1e-6, doubled",
        canary: (
            "exponential(params.q * t.value)",
            "exponential(params.q * 1.001 * t.value)",
        ),
    };

    fn recorded_as(&self) -> &'static str {
        self.row.recorded_as
    }

    fn title(&self) -> &'static str {
        self.row.title
    }

    fn inputs(&self) -> Vec<Port> {
        fluxes::climate(Steps::Monthly)
    }

    fn outputs(&self) -> Vec<Port> {
        fluxes::rs()
    }

    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    fn params(&self) -> Vec<u8> {
        let [f, q, k_cm] = self.coefficients.map(|x| x as f32);
        let min_months = self.months.min_months;
        bytemuck::bytes_of(&RaichParams {
            f,
            q,
            k_cm,
            min_months,
        })
        .to_vec()
    }

    fn tables(&self) -> Vec<f64> {
        self.months.table()
    }

    fn is_by_year(&self) -> bool {
        true
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        put_years(self, pixel, RS, self.months.min_months);
    }
}
