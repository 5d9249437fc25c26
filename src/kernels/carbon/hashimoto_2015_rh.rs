//! Heterotrophic respiration by the log-log law of Hashimoto's global product (2015).
//!
//! ```text
//! ln Rh = intercept + slope ln Rs,  0 <= Rh <= Rs          annual, gC m-2 yr-1
//! ```
//!
//! | symbol      | meaning                        | unit              | default |
//! |-------------|--------------------------------|-------------------|---------|
//! | `Rs`        | annual soil respiration        | gC m-2 yr-1       | input 0 |
//! | `intercept` | ln Rh at Rs = 1                | ln (gC m-2 yr-1)  | 1.22    |
//! | `slope`     | slope of ln Rh on ln Rs        | -                 | 0.73    |
//!
//! The product takes the law of Bond-Lamberty et al. (2004), so with its own coefficients it equals
//! [`BondLamberty2004`](super::BondLamberty2004); it stands apart so that a study can name what it follows. That the
//! product uses this law is from memory: **not verified against the paper**.
//!
//! Source: Hashimoto et al. (2015), Biogeosciences 12, 4121-4132.
//! GPU twin: `shaders/kernels/carbon/hashimoto_2015_rh.wgsl`.

use crate::kernels::abi::{KernelSpec, Pixel, Port, Twin};
use crate::kernels::coefficients::{
    Coefficient, Constraint, ModelInfo, ParameterError, Provenance,
};
use crate::kernels::lib::log_log::{self, LogLogParams, log_log};
use crate::kernels::real::Real;

/// The law with its coefficients.
#[derive(Clone, Debug)]
pub struct Hashimoto2015Rh {
    /// Intercept of ln Rh, Rs and Rh in gC m-2 yr-1.
    pub intercept: f64,
    /// Slope of ln Rh on ln Rs.
    pub slope: f64,
}

impl Default for Hashimoto2015Rh {
    fn default() -> Self {
        Self {
            intercept: 1.22,
            slope: 0.73,
        }
    }
}

impl Hashimoto2015Rh {
    /// What is known of it.
    pub const MODEL: ModelInfo = ModelInfo {
        name: "hashimoto-2015",
        coefficients: &[
            Coefficient::new("intercept", "ln (gC m-2 yr-1)", 1.22, Constraint::BeFinite),
            Coefficient::new("slope", "1", 0.73, Constraint::BeFinite),
        ],
        source: Hashimoto2015Rh::SPEC.source,
        trust: Provenance::NotVerified,
        valid: &[],
        caution: None,
    };

    /// The published coefficients, replaced by `overrides` where named.
    ///
    /// # Errors
    ///
    /// A name that is none of the two, or a number that is not finite.
    pub fn new(overrides: &[(String, f64)]) -> Result<Self, ParameterError> {
        let [intercept, slope] = Self::MODEL.values(overrides)?;
        Ok(Self { intercept, slope })
    }
}

impl Twin for Hashimoto2015Rh {
    const SPEC: KernelSpec = KernelSpec {
        name: "hashimoto_2015_rh",
        title: "heterotrophic respiration, Hashimoto et al. 2015",
        missing: "where Rs is missing",
        source: "Hashimoto et al. (2015), Biogeosciences 12, 4121-4132, after Bond-Lamberty et al. (2004)",
        wgsl: include_str!("../../../shaders/kernels/carbon/hashimoto_2015_rh.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/exponential.wgsl"),
            include_str!("../../../shaders/lib/log_log.wgsl"),
        ],
        params: LogLogParams::FIELDS,
        ports: &["rh"],
        tolerance: log_log::TOLERANCE,
        canary: (
            "params.at_500, params.slope)",
            "params.at_500, params.slope * 1.0001)",
        ),
    };

    fn inputs(&self) -> Vec<Port> {
        log_log::rs_port()
    }

    fn outputs(&self) -> Vec<Port> {
        log_log::rh_port()
    }

    fn params(&self) -> Vec<u8> {
        log_log::params(self.intercept, self.slope)
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [at_500, slope] = [log_log::at_500(self.intercept, self.slope), self.slope].map(R::of);
        for step in 0..pixel.n_steps(0) {
            let rs = pixel.sample(0, step);
            pixel.put(0, step, log_log(rs.value, at_500, slope), rs.valid);
        }
    }
}
