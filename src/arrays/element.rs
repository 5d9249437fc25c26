//! The numbers that arrays may have.

use crate::tile::{DataType, Stored};

/// A number type of an array.
///
/// Whole numbers and `f32` are read as they are. Of `f64` the middle one of the first three valid values of each series is
/// taken out before it is narrowed, since 20 values near 300 that vary by 1e-4 are one value in `f32`: every statistic of a
/// trend but the value of its line is the same for a series that is shifted, and that value gets it back.
pub trait Element: Copy + Default + Send + Sync + private::Sealed {
    /// What a tile stores it as.
    const STORED: DataType;
    /// Whether series are shifted.
    const IS_SHIFTED: bool;

    /// The number in double precision, and whether it is one: NaN is missing.
    fn value(self) -> f64;

    /// Numbers of one tile, `[step][pixel]`, less the shift of each pixel; as they are where there are no shifts.
    fn stored(steps: &[&[Self]], shifts: &[f64]) -> Stored;
}

mod private {
    pub trait Sealed {}
}

/// Types that are stored as they are.
macro_rules! as_it_is {
    ($($type:ty: $variant:ident),*) => {$(
        impl private::Sealed for $type {}

        impl Element for $type {
            const STORED: DataType = DataType::$variant;
            const IS_SHIFTED: bool = false;

            fn value(self) -> f64 {
                f64::from(self)
            }

            fn stored(steps: &[&[Self]], _: &[f64]) -> Stored {
                Stored::$variant(steps.concat())
            }
        }
    )*};
}

as_it_is!(u8: U8, i16: I16, u16: U16, f32: F32);

impl private::Sealed for f64 {}

impl Element for f64 {
    const STORED: DataType = DataType::F32;
    const IS_SHIFTED: bool = true;

    fn value(self) -> f64 {
        self
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "what is left after the shift, or what a file would keep"
    )]
    fn stored(steps: &[&[Self]], shifts: &[f64]) -> Stored {
        let n_pixels = steps.first().map_or(0, |step| step.len());
        let mut stored = Vec::with_capacity(steps.len() * n_pixels);
        for step in steps {
            if shifts.is_empty() {
                stored.extend(step.iter().map(|value| *value as f32));
            } else {
                let pixels = step.iter().zip(shifts);
                stored.extend(pixels.map(|(value, shift)| (value - shift) as f32));
            }
        }
        Stored::F32(stored)
    }
}
