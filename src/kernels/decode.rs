//! Inputs of a block as layers: every stored number is decoded once, however many kernels read it.

use std::ops::Range;

use super::decoder::Decoder;
use super::dispatch;
use super::views::{InputView, Values};
use crate::tile::Decoding;

/// Steps of an input that are prefetched while one is decoded.
const STEPS_AHEAD: usize = 4;

impl InputView<'_> {
    /// Writes the quantities of the first `n_pixels` as a layer with steps `stride` apart, NaN
    /// where missing.
    pub fn decode(&self, n_pixels: usize, layer: &mut [f32], stride: usize) {
        self.decode_steps(0..self.n_steps, n_pixels, layer, stride);
    }

    /// As [`InputView::decode`], of some steps alone: the first of them comes first.
    pub fn decode_steps(
        &self,
        steps: Range<usize>,
        n_pixels: usize,
        layer: &mut [f32],
        stride: usize,
    ) {
        dispatch::decode(self, steps, n_pixels, layer, stride);
    }

    /// The loops of [`InputView::decode_steps`].
    #[inline(always)]
    pub(super) fn decode_inline(
        &self,
        steps: Range<usize>,
        n_pixels: usize,
        layer: &mut [f32],
        stride: usize,
    ) {
        match self.values {
            Values::U8(v) => self.decode_numbers(v, steps, n_pixels, layer, stride),
            Values::I16(v) => self.decode_numbers(v, steps, n_pixels, layer, stride),
            Values::U16(v) => self.decode_numbers(v, steps, n_pixels, layer, stride),
            // The decoder leaves values of a layer as they are.
            Values::F32(v) | Values::Layer(v) => {
                self.decode_numbers(v, steps, n_pixels, layer, stride);
            }
        }
    }

    #[inline(always)]
    fn decode_numbers<T: Copy + Into<f32>>(
        &self,
        stored: &[T],
        steps: Range<usize>,
        n_pixels: usize,
        layer: &mut [f32],
        stride: usize,
    ) {
        const MANY: usize = Decoding::MAX_NODATA;
        // Few inputs have more than one code: only those need eight comparisons a number.
        match self.decoder.n_nodata {
            0 => self.decode_rows::<T, 0>(stored, steps, n_pixels, layer, stride),
            1 => self.decode_rows::<T, 1>(stored, steps, n_pixels, layer, stride),
            _ => self.decode_rows::<T, MANY>(stored, steps, n_pixels, layer, stride),
        }
    }

    #[inline(always)]
    fn decode_rows<T: Copy + Into<f32>, const N_NODATA: usize>(
        &self,
        stored: &[T],
        steps: Range<usize>,
        n_pixels: usize,
        layer: &mut [f32],
        stride: usize,
    ) {
        let row = |step: usize| &stored[step * self.stride..][..n_pixels];
        for (layer, step) in layer.chunks_exact_mut(stride).zip(steps) {
            if step + STEPS_AHEAD < self.n_steps {
                dispatch::fetch(row(step + STEPS_AHEAD));
            }
            decode_row::<T, N_NODATA>(
                row(step),
                &self.decoder,
                self.scale_at(step),
                &mut layer[..n_pixels],
            );
        }
    }
}

/// Stored numbers of one step as quantities, NaN where missing. No branch is in the loop: such a
/// loop is turned into vectors.
#[inline(always)]
fn decode_row<T: Copy + Into<f32>, const N_NODATA: usize>(
    stored: &[T],
    decoder: &Decoder,
    scale: f32,
    layer: &mut [f32],
) {
    for (value, &stored) in layer.iter_mut().zip(stored) {
        let stored: f32 = stored.into();
        let mut valid = stored >= decoder.lowest;
        valid &= stored <= decoder.highest;
        for &nodata in &decoder.nodata[..N_NODATA] {
            valid &= stored != nodata;
        }
        *value = if valid {
            (stored + decoder.bias) * scale
        } else {
            f32::NAN
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::views::{Block, Pixel};

    #[test]
    fn a_decoded_input_reads_as_the_stored_one() {
        let decodings = [
            Decoding::identity(),
            Decoding {
                bias: 273.0,
                scale: vec![0.1],
                valid_range: Some([3.0, 240.5]),
                nodata: vec![7.0, 9.0],
            },
            Decoding {
                bias: 0.0,
                scale: vec![1.0, 2.0, 3.0],
                valid_range: None,
                nodata: vec![0.0],
            },
        ];
        let (n_tile, first, n, n_steps, stride) = (50, 11, 37, 3, 40);
        let bytes: Vec<u8> = (0..150_u32)
            .map(|i| u8::try_from(i * 37 % 251).unwrap_or(0))
            .collect();
        let shorts: Vec<i16> = bytes.iter().map(|&x| i16::from(x) - 20).collect();
        let words: Vec<u16> = bytes.iter().map(|&x| u16::from(x) * 200).collect();
        let mut floats: Vec<f32> = bytes.iter().map(|&x| f32::from(x) * 1.7).collect();
        [floats[14], floats[20], floats[70]] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
        let values = [
            Values::U8(&bytes[first..]),
            Values::I16(&shorts[first..]),
            Values::U16(&words[first..]),
            Values::F32(&floats[first..]),
        ];
        for decoding in &decodings {
            for values in values {
                let stored = InputView::stored(values, n_tile, n_steps, decoding);
                let mut layer = vec![0.0; n_steps * stride];
                stored.decode(n, &mut layer, stride);
                let mut later = vec![0.0; 2 * stride];
                stored.decode_steps(1..3, n, &mut later, stride);
                for (step, later) in later.chunks(stride).enumerate() {
                    let bits = |x: &[f32]| x[..n].iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                    assert_eq!(bits(later), bits(&layer[(1 + step) * stride..]));
                }
                let inputs = vec![stored, InputView::layer(&layer, stride, n_steps)];
                let mut block = Block {
                    n_pixels: n,
                    inputs,
                    outputs: Vec::new(),
                    tables: &[],
                };
                for pixel in 0..n {
                    let pixel = Pixel::<f64>::new(&mut block, pixel);
                    for step in 0..n_steps {
                        let [stored, decoded] = [0, 1].map(|slot| pixel.sample(slot, step));
                        assert_eq!(
                            (stored.value, stored.valid),
                            (decoded.value, decoded.valid),
                            "{values:?}"
                        );
                    }
                }
            }
        }
    }
}
