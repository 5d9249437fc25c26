//! The numbers of an input in a window, in the type in which they are stored.

use super::decoding::DataType;

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

    /// As many numbers, in the memory of others where these have the type. What they are is left open.
    #[must_use]
    pub fn in_memory_of(used: Option<Self>, data_type: DataType, n: usize) -> Self {
        match used {
            Some(mut used) if used.data_type() == data_type => {
                match &mut used {
                    Self::U8(v) => v.resize(n, 0),
                    Self::I16(v) => v.resize(n, 0),
                    Self::U16(v) => v.resize(n, 0),
                    Self::F32(v) => v.resize(n, 0.0),
                }
                used
            }
            _ => Self::zeros(data_type, n),
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

    /// Several pieces as one, `[step][number]`: the numbers of each piece follow those of the piece
    /// before. Each comes with its numbers a step. Pieces of another type than the first are left
    /// out: an input has one type.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an iterator is cheap to hand over"
    )]
    pub(super) fn joined<'a>(
        parts: impl Iterator<Item = (&'a Self, usize)> + Clone,
        n_steps: usize,
    ) -> Self {
        macro_rules! join {
            ($variant:ident) => {{
                let mut joined = Vec::new();
                for step in 0..n_steps {
                    for (part, stride) in parts.clone() {
                        if let Self::$variant(values) = part {
                            joined.extend_from_slice(&values[step * stride..][..stride]);
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

    /// Copies a rectangle of every step into another of the same type and number of steps.
    ///
    /// # Arguments
    ///
    /// * `size`, `to_size` - rows and columns of a step of either.
    /// * `at`, `to_at` - row and column of the rectangle in either.
    /// * `part` - its rows and columns.
    pub fn copy_part(
        &self,
        size: [usize; 2],
        at: [usize; 2],
        part: [usize; 2],
        to: &mut Self,
        to_size: [usize; 2],
        to_at: [usize; 2],
    ) {
        macro_rules! copy {
            ($from:expr, $to:expr) => {{
                let steps = $from.chunks_exact((size[0] * size[1]).max(1));
                for (from, to) in steps.zip($to.chunks_exact_mut((to_size[0] * to_size[1]).max(1)))
                {
                    for row in 0..part[0] {
                        let source = &from[(at[0] + row) * size[1] + at[1]..][..part[1]];
                        to[(to_at[0] + row) * to_size[1] + to_at[1]..][..part[1]]
                            .copy_from_slice(source);
                    }
                }
            }};
        }
        match (self, to) {
            (Self::U8(from), Self::U8(to)) => copy!(from, to),
            (Self::I16(from), Self::I16(to)) => copy!(from, to),
            (Self::U16(from), Self::U16(to)) => copy!(from, to),
            (Self::F32(from), Self::F32(to)) => copy!(from, to),
            // An input has one type.
            _ => {}
        }
    }

    /// The pixels at `pixels` of every step, `[step][pixel]`, for `n_pixels` pixels in `self`.
    #[must_use]
    pub fn gather(&self, n_pixels: usize, pixels: &[usize]) -> Self {
        fn pick<T: Copy>(values: &[T], n_pixels: usize, pixels: &[usize]) -> Vec<T> {
            values
                .chunks_exact(n_pixels.max(1))
                .flat_map(|step| pixels.iter().map(|&p| step[p]))
                .collect()
        }
        match self {
            Self::U8(v) => Self::U8(pick(v, n_pixels, pixels)),
            Self::I16(v) => Self::I16(pick(v, n_pixels, pixels)),
            Self::U16(v) => Self::U16(pick(v, n_pixels, pixels)),
            Self::F32(v) => Self::F32(pick(v, n_pixels, pixels)),
        }
    }
}
