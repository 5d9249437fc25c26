//! The types in which inputs are stored, and how stored numbers become quantities.

/// The type in which an input is stored and uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataType {
    /// Unsigned bytes.
    U8,
    /// Signed 16-bit integers.
    I16,
    /// Unsigned 16-bit integers.
    U16,
    /// 32-bit floats. Files of any other type are converted to these on reading.
    F32,
}

impl DataType {
    /// Bytes of one value.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::F32 => 4,
        }
    }
}

/// How stored numbers become quantities: `value = (stored + bias) · scale`.
///
/// The offset of a file is added before the scale, so that a bias that is a whole number of steps
/// (kelvin in hundredths, say) loses no digits in `f32`.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoding {
    /// Added to the stored number.
    pub bias: f64,
    /// Factor to the unit of the engine, one a step or one for all steps, `[step]`.
    pub scale: Vec<f64>,
    /// Stored numbers outside are missing.
    pub valid_range: Option<[f64; 2]>,
    /// Stored numbers that mean missing; at most [`Decoding::MAX_NODATA`].
    pub nodata: Vec<f64>,
}

impl Decoding {
    /// The most nodata codes that a shader takes.
    pub const MAX_NODATA: usize = 8;

    /// Stored numbers are the quantity itself.
    #[must_use]
    pub fn identity() -> Self {
        Self {
            bias: 0.0,
            scale: vec![1.0],
            valid_range: None,
            nodata: Vec::new(),
        }
    }

    /// The valid range as the smallest and largest finite `f32` inside it, so that a bound means the
    /// same in both widths; all finite numbers where there is none.
    #[must_use]
    pub fn bounds_f32(&self) -> [f32; 2] {
        let [lowest, highest] = self.valid_range.unwrap_or([f64::MIN, f64::MAX]);
        [narrow_up(lowest), -narrow_up(-highest)]
    }

    /// The factor of one step.
    #[must_use]
    pub fn scale_of(&self, step: usize) -> f64 {
        if self.scale.len() == 1 {
            self.scale[0]
        } else {
            self.scale[step]
        }
    }
}

/// The smallest finite `f32` that is not below `x`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rounding is what is corrected here"
)]
fn narrow_up(x: f64) -> f32 {
    let rounded = (x as f32).clamp(f32::MIN, f32::MAX);
    if f64::from(rounded) < x {
        rounded.next_up().min(f32::MAX)
    } else {
        rounded
    }
}
