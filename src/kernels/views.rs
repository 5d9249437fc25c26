//! What a kernel sees of a tile: views of its inputs and outputs, and one pixel of them.
//!
//! A kernel works on one pixel and its series. [`Pixel::sample`] gives the value of an input at a
//! step and whether there is one. [`Pixel::put`] writes a value of an output or marks it missing.
//! The shader has functions of the same names and the same arguments. Missing values read as 0 and
//! are never used: the twin deselects them, as the shader does.
//!
//! GPU twin: `shaders/lib/abi.wgsl`.

use crate::tile::Decoding;

use super::decoder::Decoder;
use super::lanes::vector::N_LANES;
use super::real::{Real, Sample};

/// Values of an input, from the first pixel of the block on.
#[derive(Clone, Copy, Debug)]
pub enum Values<'a> {
    /// Stored bytes.
    U8(&'a [u8]),
    /// Stored signed 16-bit integers.
    I16(&'a [i16]),
    /// Stored unsigned 16-bit integers.
    U16(&'a [u16]),
    /// Stored floats.
    F32(&'a [f32]),
    /// A layer that another kernel wrote: quantities, NaN where missing.
    Layer(&'a [f32]),
}

impl Values<'_> {
    /// One stored number, or a layer's value.
    #[inline(always)]
    fn single(&self, at: usize) -> f32 {
        match self {
            Self::U8(v) => f32::from(v[at]),
            Self::I16(v) => f32::from(v[at]),
            Self::U16(v) => f32::from(v[at]),
            Self::F32(v) | Self::Layer(v) => v[at],
        }
    }
}

/// An input of a block, `[step][pixel]`.
#[derive(Clone, Copy, Debug)]
pub struct InputView<'a> {
    /// The values.
    pub values: Values<'a>,
    /// Distance from one step to the next.
    pub stride: usize,
    /// Number of steps.
    pub n_steps: usize,
    /// How stored values become quantities; not used for layers.
    pub(super) decoder: Decoder,
    /// Factors of stored values, one a step or one for all steps; not used for layers.
    scale: &'a [f64],
}

impl<'a> InputView<'a> {
    /// An input of the study, with its decoding.
    #[must_use]
    pub fn stored(
        values: Values<'a>,
        stride: usize,
        n_steps: usize,
        decoding: &'a Decoding,
    ) -> Self {
        Self {
            values,
            stride,
            n_steps,
            decoder: Decoder::new(decoding),
            scale: &decoding.scale,
        }
    }

    /// A layer that another kernel wrote.
    #[must_use]
    pub fn layer(values: &'a [f32], stride: usize, n_steps: usize) -> Self {
        Self {
            values: Values::Layer(values),
            stride,
            n_steps,
            decoder: Decoder::LAYER,
            scale: &[1.0],
        }
    }

    /// The factor of stored values at `step`.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    pub(super) fn scale_at(&self, step: usize) -> f32 {
        (if self.scale.len() == 1 {
            self.scale[0]
        } else {
            self.scale[step]
        }) as f32
    }

    /// The quantity of a stored number at `step`, NaN where it is missing.
    #[inline(always)]
    #[must_use]
    pub fn quantity(&self, step: usize, at: usize) -> f32 {
        self.decoder.decode(
            self.values.single(step * self.stride + at),
            self.scale_at(step),
        )
    }

    /// The quantities of neighbours from `at` on. Not inlined: an engine decodes its inputs
    /// beforehand.
    #[cold]
    #[inline(never)]
    fn quantities(&self, step: usize, at: usize, quantities: &mut [f32]) {
        for (l, quantity) in quantities.iter_mut().enumerate() {
            *quantity = self.quantity(step, at + l);
        }
    }
}

/// An output of a block, `[step][pixel]`, NaN where missing.
#[derive(Debug)]
pub struct OutputView<'a> {
    /// The values.
    pub values: &'a mut [f32],
    /// Distance from one step to the next.
    pub stride: usize,
}

/// Some neighbouring pixels with all inputs and outputs of one kernel.
#[derive(Debug)]
pub struct Block<'a> {
    /// How many pixels.
    pub n_pixels: usize,
    /// Inputs in the order of the kernel's slots.
    pub inputs: Vec<InputView<'a>>,
    /// Outputs in the order of the kernel's ports.
    pub outputs: Vec<OutputView<'a>>,
    /// The kernel's tables.
    pub tables: &'a [f64],
}

/// One pixel of a block, or as many neighbours as `R` has lanes.
pub struct Pixel<'p, 'b, R: Real> {
    block: &'p mut Block<'b>,
    at: usize,
    /// Scratch memory that a kernel may take, kept from one pixel to the next.
    rooms: Vec<Vec<R::Single>>,
}

impl<'p, 'b, R: Real> Pixel<'p, 'b, R> {
    /// The pixels of `block` from `at` on.
    #[inline(always)]
    pub fn new(block: &'p mut Block<'b>, at: usize) -> Self {
        Self {
            block,
            at,
            rooms: Vec::new(),
        }
    }

    /// Moves on to the pixels from `at` on.
    #[inline(always)]
    pub(super) fn move_to(&mut self, at: usize) {
        self.at = at;
    }

    /// Empty scratch memory for numbers of this pixel. Return it with [`Pixel::return_scratch`], so
    /// that the next pixel need not allocate.
    #[inline(always)]
    #[must_use]
    pub fn take_scratch(&mut self) -> Vec<R::Single> {
        self.rooms.pop().unwrap_or_default()
    }

    /// Returns scratch memory.
    #[inline(always)]
    pub fn return_scratch(&mut self, mut room: Vec<R::Single>) {
        room.clear();
        self.rooms.push(room);
    }

    /// Entry `i` of the kernel's own table.
    #[inline(always)]
    #[must_use]
    pub fn table(&self, i: usize) -> R {
        R::of(self.block.tables[i])
    }

    /// The entries at a whole number that may differ between pixels; the last entry for any
    /// number past the end.
    #[inline(always)]
    #[must_use]
    pub fn table_at(&self, i: R) -> R {
        let last = self.block.tables.len() - 1;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small whole number"
        )]
        R::from_lanes(|l| self.block.tables[(i.lane(l).max(0.0) as usize).min(last)])
    }

    /// Number of steps of input `slot`.
    #[inline(always)]
    #[must_use]
    pub fn n_steps(&self, slot: usize) -> usize {
        self.block.inputs[slot].n_steps
    }

    /// Input `slot` at `step`.
    #[inline(always)]
    #[must_use]
    pub fn sample(&self, slot: usize, step: usize) -> Sample<R> {
        let input = &self.block.inputs[slot];
        if let Values::Layer(values) = input.values {
            let from = step * input.stride + self.at;
            return R::from_layer(&values[from..from + R::LANES]);
        }
        let mut quantities = [f32::NAN; N_LANES];
        input.quantities(step, self.at, &mut quantities[..R::LANES]);
        R::from_layer(&quantities)
    }

    /// Cell `cell` of input `slot`, which has a grid of its own, at `step`; missing where it is not
    /// `there`.
    #[inline(always)]
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small whole numbers"
    )]
    pub fn cell(&self, slot: usize, step: usize, cell: R, there: R::Mask) -> Sample<R> {
        let mut quantities = [f32::NAN; N_LANES];
        for (l, quantity) in quantities.iter_mut().enumerate().take(R::LANES) {
            if R::mask_lane(there, l) {
                *quantity = self.block.inputs[slot].quantity(step, cell.lane(l) as usize);
            }
        }
        R::from_layer(&quantities)
    }

    /// Writes output `port` at `step`. A value that is not finite is missing.
    #[inline(always)]
    pub fn put(&mut self, port: usize, step: usize, value: R, valid: R::Mask) {
        let output = &mut self.block.outputs[port];
        let from = step * output.stride + self.at;
        value.to_layer(valid, &mut output.values[from..from + R::LANES]);
    }
}
