//! Soil respiration by the annual model TP&C: temperature, precipitation and carbon (Chen et al. 2010).
//!
//! ```text
//! Rs = F · exp(Q·T) · P / (P + K) · SOC / (SOC + C)          kgC m-2 yr-1
//! ```
//!
//! | symbol | meaning                                            | unit                      | quoted  |
//! |--------|----------------------------------------------------|---------------------------|---------|
//! | `T`    | mean annual air temperature                        | degC                      | input 0 |
//! | `P`    | annual precipitation, below 0 taken as 0           | m yr-1 (input in mm yr-1) | input 1 |
//! | `SOC`  | soil organic carbon 0-20 cm, below 0 taken as 0    | kgC m-2                   | input 2 |
//! | `F`    | flux at 0 degC without a limit of water or carbon  | kgC m-2 yr-1              | 1.55    |
//! | `Q`    | temperature sensitivity                            | degC-1                    | 0.031   |
//! | `K`    | half-saturation precipitation                      | m yr-1                    | 0.68    |
//! | `C`    | half-saturation soil carbon                        | kgC m-2                   | 2.23    |
//!
//! The model is one of years: it reads the annual mean and the annual sum. Valid for T -30..35 degC, SOC 0..30
//! kgC m-2. The quoted values are in circulation. **Nobody here could check them against the paper**, so they are no
//! defaults: a study states its own.
//!
//! Source: Chen et al. (2010), Agric. For. Meteorol. 150, 590-605.
//! GPU twin: `shaders/kernels/respiration/tpc.wgsl`.

use crate::calendar::Steps;
use crate::gpu_params;
use crate::kernels::coefficients::{
    Coefficient, Constraint, ModelInfo, ParameterError, Provenance, T_P_SOC,
};
use crate::kernels::fluxes;
use crate::kernels::fluxes::rs_port::RS;
use crate::kernels::model::Model;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::settings::Settings;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;

gpu_params! {
    /// Coefficients as the shader takes them.
    pub struct TpcParams {
        /// `F`, gC m-2 yr-1.
        f_g: f32,
        /// `Q`, degC-1.
        q: f32,
        /// `K`, mm yr-1.
        k_mm: f32,
        /// `C`, kgC m-2.
        c: f32,
    }
}

/// The model with its coefficients.
#[derive(Clone, Debug)]
pub struct Tpc {
    /// `F`, `Q`, `K`, `C` in this order.
    coefficients: [f64; 4],
}

impl Model for Tpc {
    const ROWS: &'static [ModelInfo] = &[ModelInfo {
        name: "tpc",
        recorded_as: "tpc",
        title: "soil respiration, TP&C",
        coefficients: &[
            Coefficient::new("F", "kgC m-2 yr-1", 1.55, Constraint::BeFinite),
            Coefficient::new("Q", "degC-1", 0.031, Constraint::BeFinite),
            Coefficient::new("K", "m yr-1", 0.68, Constraint::BePositive),
            Coefficient::new("C", "kgC m-2", 2.23, Constraint::BePositive),
        ],
        source: "Chen et al. (2010), Agric. For. Meteorol. 150, 590-605",
        provenance: Provenance::Unchecked,
        valid: T_P_SOC,
        caution: None,
    }];

    fn of_row(
        row: &'static ModelInfo,
        _settings: &Settings,
        stated: &[(String, f64)],
    ) -> Result<Self, ParameterError> {
        Ok(Self {
            coefficients: row.values(stated)?,
        })
    }
}

impl Tpc {
    /// `F` in gC m-2 yr-1, `Q`, `K` in mm yr-1 and `C`.
    fn terms(&self) -> [f64; 4] {
        let [f, q, k, c] = self.coefficients;
        [1000.0 * f, q, 1000.0 * k, c]
    }
}

impl Twin for Tpc {
    const SPEC: KernelSpec = KernelSpec {
        name: "tpc",
        title: Self::ROWS[0].title,
        missing: "a year without mean temperature or precipitation, or no soil carbon",
        source: Self::ROWS[0].source,
        wgsl: include_str!("../../../shaders/kernels/respiration/tpc.wgsl"),
        libs: &[include_str!("../../../shaders/lib/exponential.wgsl")],
        params: TpcParams::FIELDS,
        ports: fluxes::rs_port::NAMES,
        tolerance: "exponential to 3e-7, two quotients to 2.5 ULP, products: 1e-6, doubled",
        canary: (
            "exponential(params.q * t.value)",
            "exponential(params.q * 1.001 * t.value)",
        ),
    };

    fn inputs(&self) -> Vec<Port> {
        fluxes::climate_and_carbon(Steps::Annual)
    }

    fn outputs(&self) -> Vec<Port> {
        fluxes::rs()
    }

    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    fn params(&self) -> Vec<u8> {
        let [f_g, q, k_mm, c] = self.terms().map(|x| x as f32);
        bytemuck::bytes_of(&TpcParams { f_g, q, k_mm, c }).to_vec()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [f_g, q, k_mm, c] = self.terms().map(R::of);
        let zero = R::of(0.0);
        let soc = pixel.sample(2, 0);
        let ds = soc.value.max(zero);
        let f_soc = ds / (ds + c);
        for y in 0..pixel.n_steps(0) {
            let t = pixel.sample(0, y);
            let p = pixel.sample(1, y);
            let p_mm = p.value.max(zero);
            let rs = f_g * (q * t.value).exp() * p_mm / (p_mm + k_mm) * f_soc;
            pixel.put(RS, y, rs, t.valid & p.valid & soc.valid);
        }
    }
}
