//! Constants of a shader that are typed once, in Rust.
//!
//! Sizes and thresholds that a twin and its shader share are Rust constants. The composer
//! ([`wgsl`](super::wgsl)) writes them in front of the shader, so the two can never differ.

use std::fmt;

/// The value of a constant of a shader.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Constant {
    /// A whole number, such as a size.
    U32(u32),
    /// A threshold.
    F32(f32),
}

/// A constant with its name in the shader.
pub type NamedConstant = (&'static str, Constant);

impl Constant {
    /// A threshold as the shader takes it: rounded to `f32`.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    pub const fn threshold(value: f64) -> Self {
        Self::F32(value as f32)
    }

    /// A size; sizes of shaders are far below the largest `u32`.
    #[must_use]
    pub fn size(n: usize) -> Self {
        Self::U32(u32::try_from(n).unwrap_or(u32::MAX))
    }
}

/// Type and value as WGSL has them, `f32 = 0.02`. The shortest decimal that parses back to the same
/// bits.
impl fmt::Display for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::U32(value) => write!(f, "u32 = {value}u"),
            Self::F32(value) => write!(f, "f32 = {value:?}"),
        }
    }
}

/// Thresholds with their names: `thresholds![NEAR_P, PERFECT_FIT]` is an array of
/// [`NamedConstant`].
macro_rules! thresholds {
    ($($name:ident),+ $(,)?) => {
        [$((stringify!($name), $crate::kernels::constant::Constant::threshold($name)),)+]
    };
}
pub(in crate::kernels) use thresholds;
