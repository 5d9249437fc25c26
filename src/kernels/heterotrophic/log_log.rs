//! Heterotrophic respiration that is linear in logarithms of annual sums.
//!
//! ```text
//! ln Rh = intercept + slope ln Rs,  0 <= Rh <= Rs          annual, gC m-2 yr-1
//! ```
//!
//! computed as `Rh = Rh(500) (Rs / 500)^slope`: with logarithms near 0 a shader keeps a digit more.
//!
//! | symbol      | meaning                 | unit             | B-L 2004 | B-L 2010 | Hashimoto 2015 (quoted) |
//! |-------------|-------------------------|------------------|----------|----------|-------------------------|
//! | `Rs`        | annual soil respiration | gC m-2 yr-1      | input 0  | input 0  | input 0                 |
//! | `intercept` | ln Rh at Rs = 1         | ln (gC m-2 yr-1) | 1.22     | 0.22     | 1.22                    |
//! | `slope`     | slope of ln Rh on ln Rs | -                | 0.73     | 0.87     | 0.73                    |
//!
//! The equation is concave: applied to months it gives more Rh than Rs. It cannot be, because the kernel reads an
//! annual layer and no other. Where Rh would pass Rs it is Rs: below Rs = 91.7 with the values of 2004, below 5.4 with
//! those of 2010.
//!
//! *Bond-Lamberty, Wang & Gower 2004*: fitted to forests, R2 0.81. Independent public code quotes the paper with 53
//! sites; the authors' data file has 54 rows of forests, and these give 1.22006 and 0.72750. On sites of subtropical
//! China the equation gives some 70 gC m-2 yr-1 too little Rh.
//!
//! *Bond-Lamberty & Thomson 2010*: all ecosystems of the soil respiration database. A refit on 807 records of the
//! database as of 2024 gives 0.343 and 0.858 (R2 0.58).
//!
//! *Hashimoto and others 2015*: their global product is said to take the values of 2004. **Nobody here could check that
//! against the paper**, so they are no defaults: a study that names this model states its own.
//!
//! Source: Bond-Lamberty, Wang & Gower (2004), Glob. Change Biol. 10, 1756-1766; Bond-Lamberty & Thomson (2010),
//! Biogeosciences 7, 1915-1926; Hashimoto et al. (2015), Biogeosciences 12, 4121-4132.
//! GPU twin: `shaders/kernels/heterotrophic/log_log.wgsl`.

use crate::gpu_params;
use crate::kernels::coefficients::{
    Coefficient, Constraint, ModelInfo, ParameterError, Provenance,
};
use crate::kernels::fluxes;
use crate::kernels::fluxes::rh_port::RH;
use crate::kernels::model::Model;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::settings::Settings;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;

gpu_params! {
    /// Coefficients as the shader takes them.
    pub struct LogLogParams {
        /// Rh at Rs = 500 gC m-2 yr-1.
        at_500: f32,
        /// Slope of ln Rh on ln Rs.
        slope: f32,
        _pad0: u32,
        _pad1: u32,
    }
}

/// The model with its coefficients.
#[derive(Clone, Debug)]
pub struct LogLog {
    row: &'static ModelInfo,
    /// Rh at Rs = 500 gC m-2 yr-1.
    at_500: f64,
    /// Slope of ln Rh on ln Rs.
    slope: f64,
}

const fn coefficients(intercept: f64, slope: f64) -> [Coefficient; 2] {
    [
        Coefficient::new(
            "intercept",
            "ln (gC m-2 yr-1)",
            intercept,
            Constraint::BeFinite,
        ),
        Coefficient::new("slope", "1", slope, Constraint::BeFinite),
    ]
}

impl Model for LogLog {
    const ROWS: &'static [ModelInfo] = &[
        ModelInfo {
            name: "bond-lamberty-2004",
            recorded_as: "bond_lamberty_2004",
            title: "heterotrophic respiration, Bond-Lamberty et al. 2004",
            coefficients: &coefficients(1.22, 0.73),
            source: "Bond-Lamberty, Wang & Gower (2004), Glob. Change Biol. 10, 1756-1766",
            provenance: Provenance::Verified,
            valid: &[],
            caution: None,
        },
        ModelInfo {
            name: "bond-lamberty-2010",
            recorded_as: "bond_lamberty_2010",
            title: "heterotrophic respiration, Bond-Lamberty & Thomson 2010",
            coefficients: &coefficients(0.22, 0.87),
            source: "Bond-Lamberty & Thomson (2010), Biogeosciences 7, 1915-1926",
            provenance: Provenance::Verified,
            valid: &[],
            caution: None,
        },
        ModelInfo {
            name: "hashimoto-2015",
            recorded_as: "hashimoto_2015_rh",
            title: "heterotrophic respiration, Hashimoto et al. 2015",
            coefficients: &coefficients(1.22, 0.73),
            source: "Hashimoto et al. (2015), Biogeosciences 12, 4121-4132, after Bond-Lamberty \
                et al. (2004)",
            provenance: Provenance::Unchecked,
            valid: &[],
            caution: None,
        },
    ];

    fn of_row(
        row: &'static ModelInfo,
        _settings: &Settings,
        stated: &[(String, f64)],
    ) -> Result<Self, ParameterError> {
        let [intercept, slope] = row.values(stated)?;
        Ok(Self::with(row, intercept, slope))
    }
}

impl LogLog {
    fn with(row: &'static ModelInfo, intercept: f64, slope: f64) -> Self {
        Self {
            row,
            at_500: (intercept + slope * 500.0_f64.ln()).exp(),
            slope,
        }
    }
}

impl Default for LogLog {
    /// Bond-Lamberty, Wang & Gower 2004.
    fn default() -> Self {
        let row = &Self::ROWS[0];
        Self::with(row, row.coefficients[0].value, row.coefficients[1].value)
    }
}

impl Twin for LogLog {
    const SPEC: KernelSpec = KernelSpec {
        name: "log_log",
        title: "heterotrophic respiration, linear in logarithms",
        missing: "where Rs is missing",
        source: "Bond-Lamberty, Wang & Gower (2004); Bond-Lamberty & Thomson (2010); Hashimoto \
            et al. (2015)",
        wgsl: include_str!("../../../shaders/kernels/heterotrophic/log_log.wgsl"),
        libs: &[include_str!("../../../shaders/lib/exponential.wgsl")],
        params: LogLogParams::FIELDS,
        ports: fluxes::rh_port::NAMES,
        tolerance: "log to 4.8e-7, exponential to 2e-7, three products: 1e-6, doubled",
        canary: ("params.slope * log(", "params.slope * 1.0001 * log("),
    };

    fn recorded_as(&self) -> &'static str {
        self.row.recorded_as
    }

    fn title(&self) -> &'static str {
        self.row.title
    }

    fn inputs(&self) -> Vec<Port> {
        fluxes::rs_of_years()
    }

    fn outputs(&self) -> Vec<Port> {
        fluxes::rh(Tolerance::relative(2e-6))
    }

    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    fn params(&self) -> Vec<u8> {
        let [at_500, slope] = [self.at_500 as f32, self.slope as f32];
        bytemuck::bytes_of(&LogLogParams {
            at_500,
            slope,
            _pad0: 0,
            _pad1: 0,
        })
        .to_vec()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [at_500, slope] = [self.at_500, self.slope].map(R::of);
        let [zero, one, half_a_kilogram] = [0.0, 1.0, 500.0].map(R::of);
        for step in 0..pixel.n_steps(0) {
            let rs = pixel.sample(0, step);
            let is_positive = rs.value.gt(zero);
            let ratio = R::select(is_positive, rs.value / half_a_kilogram, one);
            let rh = at_500 * (slope * ratio.ln()).exp();
            let rh = R::select(is_positive, rh.min(rs.value), zero);
            pixel.put(RH, step, rh, rs.valid);
        }
    }
}
