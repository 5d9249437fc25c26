//! Where a run computes, as the study file or the command line states it.

/// Where a run computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// The faster one for the chain, as measured: the best hardware GPU or the CPU.
    Auto,
    /// A GPU, or an error.
    Gpu,
    /// The CPU.
    Cpu,
    /// The adapter whose name contains this text.
    Named(String),
}

impl Device {
    /// Reads the value of `engine.device` and `--device`.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "auto" => Self::Auto,
            "gpu" => Self::Gpu,
            "cpu" => Self::Cpu,
            _ => Self::Named(word.to_owned()),
        }
    }
}
