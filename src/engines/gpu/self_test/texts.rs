//! The shaders of the self-test.

/// Their texts. Tests spoil one and see its check fail.
#[derive(Clone, Debug)]
pub struct Texts {
    /// How bit patterns pass.
    pub bits: String,
    /// Elementary functions, with the exponential of the kernels before it.
    pub accuracy: String,
    /// Threads of a wide dispatch.
    pub dispatch: String,
    /// Writes past the end.
    pub guards: String,
    /// Whole numbers by exponent bits.
    pub exponent_bits: String,
    /// The body of the Mann-Kendall kernel.
    pub mann_kendall: String,
}

impl Default for Texts {
    fn default() -> Self {
        let accuracy = [
            include_str!("../../../../shaders/lib/exponential.wgsl"),
            include_str!("../../../../shaders/selftest/accuracy.wgsl"),
        ];
        Self {
            bits: include_str!("../../../../shaders/selftest/bits.wgsl").to_owned(),
            accuracy: accuracy.concat(),
            dispatch: include_str!("../../../../shaders/selftest/dispatch.wgsl").to_owned(),
            guards: include_str!("../../../../shaders/selftest/guards.wgsl").to_owned(),
            exponent_bits: include_str!("../../../../shaders/selftest/exponent_bits.wgsl")
                .to_owned(),
            mann_kendall: include_str!("../../../../shaders/kernels/statistics/mann_kendall.wgsl")
                .to_owned(),
        }
    }
}
