//! The response less what its drivers explain of its changes from year to year.
//!
//! ```text
//! human_t = y_t − Σ coef_j (x_jt − x̄_j)        x̄_j over the valid years of driver j
//! ```
//!
//! | symbol    | meaning                                      | unit               |
//! |-----------|----------------------------------------------|--------------------|
//! | `y`       | the response                                 | its unit           |
//! | `x_j`     | driver j                                     | its unit           |
//! | `coef_j`  | sensitivity of the response to driver j      | y's per x's unit   |
//! | `human`   | the response as it would be in a mean climate | unit of y          |
//!
//! A year is missing where the response or a driver is; all are where a coefficient is.
//!
//! Source: Evans & Geerken (2004), J. Arid Environ. 57, 535-554 (residual trends);
//! `docs/science/attribution.md#parts`.
//! GPU twin: `shaders/kernels/attribution/human_part.wgsl`.

use crate::calendar::Steps;
use crate::kernels::carbon::NoParams;
use crate::kernels::constant::{Constant, NamedConstant};
use crate::kernels::lib::series::ByYear;
use crate::kernels::output::UnitRule;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::statistics::driver_inputs;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

ports! {
    /// Ports of the outputs.
    pub mod port {
        HUMAN = "human",
    }
}

/// The response less its climate part.
#[derive(Clone, Debug)]
pub struct HumanPart {
    /// Drivers, 1 to [`MAX_PREDICTORS`](crate::kernels::lib::drivers::MAX_PREDICTORS).
    pub n_predictors: usize,
}

impl Twin for HumanPart {
    const SPEC: KernelSpec = KernelSpec {
        name: "human_part",
        title: "response less what drivers explain",
        missing: "years in which the response or a driver is missing; all without a coefficient",
        source: "Evans & Geerken (2004), J. Arid Environ. 57, 535-554",
        wgsl: include_str!("../../../shaders/kernels/attribution/human_part.wgsl"),
        libs: &[],
        params: NoParams::FIELDS,
        ports: port::NAMES,
        tolerance: "sums of n values of a driver; products relative to coefficient and driver",
        canary: (
            "-= coef.value * (driver",
            "-= 1.0001 * coef.value * (driver",
        ),
    };

    fn inputs(&self) -> Vec<Port> {
        let coef = (1..=self.n_predictors).map(|x| Port::input(format!("coef_{x}"), Steps::Static));
        driver_inputs(self.n_predictors)
            .into_iter()
            .chain(coef)
            .collect()
    }

    fn outputs(&self) -> Vec<Port> {
        vec![
            Port::output("human", Steps::Annual, Tolerance::relative(1e-6))
                .unit(UnitRule::OfInput(0)),
        ]
    }

    fn params(&self) -> Vec<u8> {
        NoParams::bytes()
    }

    fn constants(&self) -> Vec<NamedConstant> {
        vec![("N_PREDICTORS", Constant::size(self.n_predictors))]
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, one] = [0.0, 1.0].map(R::of);
        let mut human = ByYear::new();
        for step in 0..pixel.n_steps(0) {
            human.push(pixel.sample(0, step));
        }
        for x in 1..=self.n_predictors {
            let coef = pixel.sample(self.n_predictors + x, 0);
            let (mut n, mut mean) = (zero, zero);
            for step in 0..human.len() {
                let driver = pixel.sample(x, step);
                mean = mean + R::select(driver.valid, driver.value, zero);
                n = n + R::select(driver.valid, one, zero);
            }
            mean = mean / n.max(one);
            for (step, human) in human.iter_mut().enumerate() {
                let driver = pixel.sample(x, step);
                human.value = human.value - coef.value * (driver.value - mean);
                human.valid = human.valid & driver.valid & coef.valid;
            }
        }
        for (step, human) in human.iter().enumerate() {
            pixel.put(port::HUMAN, step, human.value, human.valid);
        }
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        _port: usize,
        step: usize,
        reference: f64,
    ) -> f64 {
        let explained = (1..=self.n_predictors).map(|x| {
            let years = (0..pixel.n_steps(x)).map(|step| pixel.sample(x, step));
            let valid = years.filter(|driver| driver.valid);
            let largest = valid.map(|driver| driver.value.abs()).fold(0.0, f64::max);
            pixel.sample(self.n_predictors + x, 0).value.abs() * largest
        });
        let explained: f64 = explained.sum();
        reference.abs() + pixel.sample(0, step).value.abs() + explained
    }
}
