//! The twin of a resampling kernel that is a weighted mean.

/// The twin of a kernel that is a weighted mean: all but its weights and its specification.
macro_rules! weighted_twin {
    ($kernel:ident, $resampling:ident, $tolerance:expr, $spec:expr) => {
        impl Twin for $kernel {
            const SPEC: KernelSpec = $spec;

            fn inputs(&self) -> Vec<Port> {
                cells::inputs(&self.0, Resampling::$resampling)
            }

            fn outputs(&self) -> Vec<Port> {
                cells::outputs(self.0.steps, $tolerance)
            }

            fn params(&self) -> Vec<u8> {
                cells::params(self.0.reach)
            }

            fn constants(&self) -> Vec<crate::kernels::constant::NamedConstant> {
                cells::constants()
            }

            fn max_iterations(&self) -> usize {
                self.n_kinds() * self.0.max_iterations(Self::TAPS)
            }

            #[inline(always)]
            fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
                cells::run_weighted(self, pixel, self.0.reach);
            }

            #[inline(always)]
            fn run_whole_block(&self, block: &mut Block<'_>) -> bool {
                cells_block::run_weighted_block(self, block, self.0.reach);
                true
            }

            fn error_scale(
                &self,
                pixel: &mut Pixel<'_, '_, f64>,
                port: usize,
                step: usize,
                reference: f64,
            ) -> f64 {
                if port == cells::port::VALUE {
                    cells::error_scale(self, pixel, self.0.reach, step)
                } else {
                    reference.abs()
                }
            }
        }
    };
}
pub(in crate::kernels) use weighted_twin;
