//! What helps when an engine cannot start or fails, for callers who put it into their own words.

use super::error::EngineError;

/// What helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// Compute on the CPU, [`Device::Cpu`](crate::device::Device::Cpu).
    UseCpu,
    /// Install a driver of the GPU.
    InstallDriver,
    /// Update the driver of the GPU.
    UpdateDriver,
    /// Look at the whole self-test, [`SelfTest`](crate::engines::gpu::SelfTest).
    SeeSelfTest,
    /// Set `DOLINE_SELF_TEST=off` in the environment to compute all the same.
    SkipSelfTest,
    /// Give the device less memory.
    LessMemory,
}

impl EngineError {
    /// What helps, the best first; nothing against a mistake of the program.
    ///
    /// The message of an error says what is wrong. What to do depends on who calls: an option of the command, an argument in
    /// Python.
    #[must_use]
    pub fn remedies(&self) -> &'static [Remedy] {
        match self {
            Self::NoAdapter { .. } => &[Remedy::UseCpu, Remedy::InstallDriver],
            Self::NoDevice { .. } => &[Remedy::UseCpu, Remedy::UpdateDriver],
            Self::TooManyIterations { .. } | Self::TooLarge { .. } => &[Remedy::UseCpu],
            Self::SelfTest { .. } => &[
                Remedy::UseCpu,
                Remedy::UpdateDriver,
                Remedy::SeeSelfTest,
                Remedy::SkipSelfTest,
            ],
            Self::DeviceLost { .. } => &[Remedy::LessMemory, Remedy::UseCpu],
            Self::OutOfTurn { .. } | Self::GivenUp { .. } => &[],
        }
    }
}
