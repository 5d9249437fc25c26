//! Soil respiration from temperature and the rain of two months (Hashimoto et al. 2015).
//!
//! ```text
//! Pe = a P + (1 − a) P of the month before
//! Rs = F · exp(b T − c T²) · Pe / (K + Pe)          gC m-2 d-1
//! ```
//!
//! with monthly means; the annual total is the sum of rate times days.
//!
//! | symbol | meaning                                   | unit               | quoted   |
//! |--------|-------------------------------------------|--------------------|----------|
//! | `T`    | monthly mean air temperature              | degC               | input 0  |
//! | `P`    | monthly precipitation, below 0 taken as 0 | cm (input in mm)   | input 1  |
//! | `F`    | flux at 0 degC without water limit        | gC m-2 d-1         | 1.68     |
//! | `b`    | temperature sensitivity                   | degC-1             | 0.0528   |
//! | `c`    | its fall with temperature                 | degC-2             | 0.000628 |
//! | `K`    | half-saturation precipitation             | cm                 | 1.20     |
//! | `a`    | weight of the month itself                | -                  | 0.98     |
//!
//! Before a January comes the December of the year before; before the first, which has none, the December of
//! its own year. A month whose month before is missing is missing. Valid for T -30..35 degC, P 0..100 cm; the
//! exponent has its maximum at 42.0 degC. The quoted values are in circulation. **Nobody here could check them against
//! the paper**, so they are no defaults: a study states its own.
//!
//! Source: Hashimoto et al. (2015), Biogeosciences 12, 4121-4132.
//! GPU twin: `shaders/kernels/respiration/hashimoto_2015.wgsl`.

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
    pub struct Hashimoto2015Params {
        /// `F`, gC m-2 d-1.
        f: f32,
        /// `b`, degC-1.
        b: f32,
        /// `c`, degC-2.
        c: f32,
        /// `K`, cm.
        k_cm: f32,
        /// `a`.
        a: f32,
        /// Months that a year needs.
        min_months: u32,
        _pad0: u32,
        _pad1: u32,
    }
}

/// The model with its coefficients.
#[derive(Clone, Debug)]
pub struct Hashimoto2015 {
    /// `F`, `b`, `c`, `K`, `a` in this order.
    coefficients: [f64; 5],
    months: Months,
}

impl Model for Hashimoto2015 {
    const ROWS: &'static [ModelInfo] = &[ModelInfo {
        name: "hashimoto-2015",
        recorded_as: "hashimoto_2015",
        title: "soil respiration, Hashimoto et al. 2015",
        coefficients: &[
            Coefficient::new("F", "gC m-2 d-1", 1.68, Constraint::BeFinite),
            Coefficient::new("b", "degC-1", 0.0528, Constraint::BeFinite),
            Coefficient::new("c", "degC-2", 0.000_628, Constraint::BeFinite),
            Coefficient::new("K", "cm", 1.2, Constraint::BePositive),
            Coefficient::new("a", "1", 0.98, Constraint::BeAShare),
        ],
        source: "Hashimoto et al. (2015), Biogeosciences 12, 4121-4132",
        provenance: Provenance::Unchecked,
        valid: T_P,
        caution: None,
    }];

    fn of_row(
        row: &'static ModelInfo,
        settings: &Settings,
        stated: &[(String, f64)],
    ) -> Result<Self, ParameterError> {
        Ok(Self {
            coefficients: row.values(stated)?,
            months: settings.months(),
        })
    }
}

impl Monthly for Hashimoto2015 {
    #[inline(always)]
    fn amount<R: Real>(
        &self,
        pixel: &Pixel<'_, '_, R>,
        step: usize,
        _of_pixel: Sample<R>,
        days: R,
    ) -> Sample<R> {
        let [f, b, c, k_cm, a] = constants(self.coefficients);
        let [zero, tenth, one] = constants([0.0, 0.1, 1.0]);
        // Before the first January comes the December of the same year.
        let before = pixel.sample(1, if step == 0 { 11 } else { step - 1 });
        let t = pixel.sample(0, step);
        let p = pixel.sample(1, step);
        let p_cm = (a * p.value.max(zero) + (one - a) * before.value.max(zero)) * tenth;
        let f_t = (t.value * (b - c * t.value)).exp();
        let rate = f * f_t * p_cm / (k_cm + p_cm);
        Sample {
            value: rate * days,
            valid: t.valid & p.valid & before.valid,
        }
    }
}

impl Twin for Hashimoto2015 {
    const SPEC: KernelSpec = KernelSpec {
        name: "hashimoto_2015",
        title: Self::ROWS[0].title,
        missing: "a year with fewer than min_months valid months",
        source: Self::ROWS[0].source,
        wgsl: include_str!("../../../shaders/kernels/respiration/hashimoto_2015.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/annual.wgsl"),
            include_str!("../../../shaders/lib/monthly.wgsl"),
            include_str!("../../../shaders/lib/exponential.wgsl"),
        ],
        params: Hashimoto2015Params::FIELDS,
        ports: fluxes::rs_port::NAMES,
        tolerance: "exponential to 3e-7, quotient to 2.5 ULP, twelve additions: 1e-6, doubled",
        canary: (
            "(1.0 - params.a) * max(before",
            "(1.001 - params.a) * max(before",
        ),
    };

    fn inputs(&self) -> Vec<Port> {
        fluxes::climate(Steps::Monthly)
    }

    fn outputs(&self) -> Vec<Port> {
        fluxes::rs()
    }

    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    fn params(&self) -> Vec<u8> {
        let [f, b, c, k_cm, a] = self.coefficients.map(|x| x as f32);
        let min_months = self.months.min_months;
        bytemuck::bytes_of(&Hashimoto2015Params {
            f,
            b,
            c,
            k_cm,
            a,
            min_months,
            _pad0: 0,
            _pad1: 0,
        })
        .to_vec()
    }

    fn tables(&self) -> Vec<f64> {
        self.months.table()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        put_years(self, pixel, RS, self.months.min_months);
    }
}
