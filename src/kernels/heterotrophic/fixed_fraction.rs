//! Heterotrophic respiration as a fixed fraction of soil respiration, `Rh = fraction · Rs`.
//!
//! Sites of the soil respiration database in subtropical China have a mean fraction of 0.63 and a
//! median of 0.67 (`docs/science/heterotrophic_respiration.md#fixed-fraction`).
//!
//! GPU twin: `shaders/kernels/heterotrophic/fixed_fraction.wgsl`.

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
    pub struct FixedFractionParams {
        /// Rh / Rs, 0 to 1.
        fraction: f32,
        _pad0: u32,
        _pad1: u32,
        _pad2: u32,
    }
}

/// The fraction.
#[derive(Clone, Debug)]
pub struct FixedFraction {
    /// Rh / Rs, 0 to 1.
    pub fraction: f64,
}

impl Model for FixedFraction {
    const ROWS: &'static [ModelInfo] = &[ModelInfo {
        name: "fraction",
        recorded_as: "fixed_fraction",
        title: "heterotrophic respiration, fixed fraction",
        coefficients: &[Coefficient::new(
            "fraction",
            "1",
            0.55,
            Constraint::BeAShare,
        )],
        source: "definition",
        provenance: Provenance::OfASite(&["fraction"]),
        valid: &[],
        caution: None,
    }];

    fn of_row(
        row: &'static ModelInfo,
        _settings: &Settings,
        stated: &[(String, f64)],
    ) -> Result<Self, ParameterError> {
        let [fraction] = row.values(stated)?;
        Ok(Self { fraction })
    }
}

impl Twin for FixedFraction {
    const SPEC: KernelSpec = KernelSpec {
        name: "fixed_fraction",
        title: Self::ROWS[0].title,
        missing: "where Rs is missing",
        source: Self::ROWS[0].source,
        wgsl: include_str!("../../../shaders/kernels/heterotrophic/fixed_fraction.wgsl"),
        libs: &[],
        params: FixedFractionParams::FIELDS,
        ports: fluxes::rh_port::NAMES,
        tolerance: "one product and the rounding of the fraction",
        canary: ("params.fraction * max", "params.fraction * 1.00001 * max"),
    };

    fn inputs(&self) -> Vec<Port> {
        fluxes::rs_of_years()
    }

    fn outputs(&self) -> Vec<Port> {
        fluxes::rh(Tolerance::relative(3e-7))
    }

    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    fn params(&self) -> Vec<u8> {
        let fraction = self.fraction as f32;
        bytemuck::bytes_of(&FixedFractionParams {
            fraction,
            _pad0: 0,
            _pad1: 0,
            _pad2: 0,
        })
        .to_vec()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let fraction = R::of(self.fraction);
        for step in 0..pixel.n_steps(0) {
            let rs = pixel.sample(0, step);
            pixel.put(RH, step, fraction * rs.value.max(R::of(0.0)), rs.valid);
        }
    }
}
