//! What travels from a source to an engine and on to a sink: one window of every input as it is
//! stored, and one window of every layer that was asked for.

use crate::calendar::Steps;
use crate::grid::Window;

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
    /// As many nodata codes as a shader is handed.
    pub const MAX_NODATA: usize = 8;

    /// Stored numbers are the quantity itself.
    #[must_use]
    pub fn identity() -> Self {
        Self { bias: 0.0, scale: vec![1.0], valid_range: None, nodata: Vec::new() }
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
        if self.scale.len() == 1 { self.scale[0] } else { self.scale[step] }
    }
}

/// The smallest finite `f32` that is not below `x`.
#[expect(clippy::cast_possible_truncation, reason = "rounding is what is corrected here")]
fn narrow_up(x: f64) -> f32 {
    let rounded = (x as f32).clamp(f32::MIN, f32::MAX);
    if f64::from(rounded) < x { rounded.next_up().min(f32::MAX) } else { rounded }
}

/// An input as the engines see it.
#[derive(Clone, Debug, PartialEq)]
pub struct InputSpec {
    /// Its name in the study file.
    pub name: String,
    /// The unit after decoding.
    pub unit: String,
    /// How often it has a value.
    pub steps: Steps,
    /// Number of steps.
    pub n_steps: usize,
    /// The type of its stored numbers.
    pub data_type: DataType,
    /// How they become quantities.
    pub decoding: Decoding,
}

/// Stored numbers of one input in one window, `[step][pixel]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// Unsigned bytes.
    U8(Vec<u8>),
    /// Signed 16-bit integers.
    I16(Vec<i16>),
    /// Unsigned 16-bit integers.
    U16(Vec<u16>),
    /// 32-bit floats; NaN and infinities are missing.
    F32(Vec<f32>),
}

impl Stored {
    /// As many zeros.
    #[must_use]
    pub fn zeros(data_type: DataType, n: usize) -> Self {
        match data_type {
            DataType::U8 => Self::U8(vec![0; n]),
            DataType::I16 => Self::I16(vec![0; n]),
            DataType::U16 => Self::U16(vec![0; n]),
            DataType::F32 => Self::F32(vec![0.0; n]),
        }
    }

    /// Number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::U8(v) => v.len(),
            Self::I16(v) => v.len(),
            Self::U16(v) => v.len(),
            Self::F32(v) => v.len(),
        }
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type of the values.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        match self {
            Self::U8(_) => DataType::U8,
            Self::I16(_) => DataType::I16,
            Self::U16(_) => DataType::U16,
            Self::F32(_) => DataType::F32,
        }
    }

    /// The values as bytes, in the order of this machine.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::U8(v) => v,
            Self::I16(v) => bytemuck::cast_slice(v),
            Self::U16(v) => bytemuck::cast_slice(v),
            Self::F32(v) => bytemuck::cast_slice(v),
        }
    }

    /// Several windows as one, `[step][pixel]`, the pixels of one window after those of the last.
    /// Parts of another type than the first are left out: an input has one type.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "an iterator is cheap to hand over")]
    pub fn side_by_side<'a>(parts: impl Iterator<Item = (&'a Self, usize)> + Clone, n_steps: usize) -> Self {
        macro_rules! join {
            ($variant:ident) => {{
                let mut joined = Vec::new();
                for step in 0..n_steps {
                    for (part, n_pixels) in parts.clone() {
                        if let Self::$variant(values) = part {
                            joined.extend_from_slice(&values[step * n_pixels..][..n_pixels]);
                        }
                    }
                }
                Self::$variant(joined)
            }};
        }
        match parts.clone().next().map(|(part, _)| part.data_type()) {
            Some(DataType::U8) => join!(U8),
            Some(DataType::I16) => join!(I16),
            Some(DataType::U16) => join!(U16),
            Some(DataType::F32) | None => join!(F32),
        }
    }

    /// Copies `n` pixels of every step from pixel `first` on into `block`, of the same type; a step of
    /// `self` has `stride` pixels, one of the block `block_stride`.
    pub fn copy_block(&self, stride: usize, first: usize, n: usize, block: &mut Self, block_stride: usize) {
        fn copy<T: Copy>(from: &[T], stride: usize, first: usize, n: usize, to: &mut [T], to_stride: usize) {
            for (from, to) in from.chunks_exact(stride.max(1)).zip(to.chunks_exact_mut(to_stride)) {
                to[..n].copy_from_slice(&from[first..first + n]);
            }
        }
        match (self, block) {
            (Self::U8(from), Self::U8(to)) => copy(from, stride, first, n, to, block_stride),
            (Self::I16(from), Self::I16(to)) => copy(from, stride, first, n, to, block_stride),
            (Self::U16(from), Self::U16(to)) => copy(from, stride, first, n, to, block_stride),
            (Self::F32(from), Self::F32(to)) => copy(from, stride, first, n, to, block_stride),
            // An input has one type.
            _ => {}
        }
    }

    /// The pixels at `pixels` of every step, `[step][pixel]`, for `n_pixels` pixels in `self`.
    #[must_use]
    pub fn gather(&self, n_pixels: usize, pixels: &[usize]) -> Self {
        fn pick<T: Copy>(values: &[T], n_pixels: usize, pixels: &[usize]) -> Vec<T> {
            values.chunks_exact(n_pixels.max(1)).flat_map(|step| pixels.iter().map(|&p| step[p])).collect()
        }
        match self {
            Self::U8(v) => Self::U8(pick(v, n_pixels, pixels)),
            Self::I16(v) => Self::I16(pick(v, n_pixels, pixels)),
            Self::U16(v) => Self::U16(pick(v, n_pixels, pixels)),
            Self::F32(v) => Self::F32(pick(v, n_pixels, pixels)),
        }
    }
}

/// One window of all inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// Where on the study grid.
    pub window: Window,
    /// Inputs in the order of the chain, each `[step][pixel]` with `pixel = row · width + col`.
    pub inputs: Vec<Stored>,
    /// Whether each pixel is inside the mask, `[pixel]`; `None` where there is no mask.
    pub inside: Option<Vec<bool>>,
}

/// One window of all layers that were asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct TileOutput {
    /// Where on the study grid.
    pub window: Window,
    /// Layers in the order they were asked for, each `[step][pixel]`; NaN is missing.
    pub layers: Vec<Vec<f32>>,
    /// Whether each pixel is inside the mask, `[pixel]`; `None` where there is no mask.
    pub inside: Option<Vec<bool>>,
}
