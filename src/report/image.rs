//! Images of maps, as part of a text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write as _;

use crate::palette::Rgb;

/// Colours of a quantity; the first number of an image is for missing cells.
pub(super) const COLOURS: u8 = 255;

/// A PNG of numbered colours. The number 0 is transparent.
///
/// # Arguments
///
/// * `indices` - the colour of each cell, row by row, 0 or its place in `colours` from 1.
///
/// # Errors
///
/// What the encoder reports.
pub(super) fn png_of(
    width: usize,
    height: usize,
    indices: &[u8],
    colours: &[Rgb],
) -> Result<Vec<u8>, String> {
    let size = |side: usize| u32::try_from(side).map_err(|error| error.to_string());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size(width)?, size(height)?);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    let mut palette = vec![255, 255, 255];
    palette.extend(colours.iter().flatten());
    encoder.set_palette(palette);
    encoder.set_trns(vec![0]);
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    let failed = |error: png::EncodingError| error.to_string();
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(indices).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

/// Bytes as text.
pub(super) fn base64_of(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Bytes compressed as zlib does, as text.
pub(super) fn packed(bytes: &[u8]) -> Result<String, String> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written
        .map(|bytes| base64_of(&bytes))
        .map_err(|error| error.to_string())
}

/// The number of a missing value.
pub(super) const MISSING: u16 = u16::MAX;

/// Values as whole numbers from 0 at `range[0]` to 65,534 at `range[1]`, as the difference from the one before, all low
/// bytes in front of all high ones: so neighbours that are alike compress.
pub(super) fn quantised(values: &[f64], range: [f64; 2]) -> Vec<u8> {
    let [low, high] = range;
    let scale = if high > low {
        65_534.0 / (high - low)
    } else {
        0.0
    };
    let mut before = 0_u16;
    let differences: Vec<u16> = values
        .iter()
        .map(|value| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "0 to 65,534"
            )]
            let code = if value.is_finite() {
                ((value - low) * scale).round().clamp(0.0, 65_534.0) as u16
            } else {
                MISSING
            };
            let difference = code.wrapping_sub(before);
            before = code;
            difference
        })
        .collect();
    let bytes = |which: usize| {
        differences
            .iter()
            .map(move |code| code.to_le_bytes()[which])
    };
    bytes(0).chain(bytes(1)).collect()
}

/// The least and the largest of values; `None` without a finite one.
pub(super) fn range_of(values: &[f64]) -> Option<[f64; 2]> {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    let range = finite.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| {
        [low.min(value), high.max(value)]
    });
    (range[0] <= range[1]).then_some(range)
}

/// Decimals that a value between the limits of a range deserves: no finer than a step of 65,534, and five digits at most.
pub(super) fn decimals_of(range: [f64; 2]) -> usize {
    let step = (range[1] - range[0]) / 65_534.0;
    let largest = range[0].abs().max(range[1].abs());
    let of_step = if step > 0.0 {
        (-step.log10()).floor()
    } else {
        4.0
    };
    let of_size = if largest > 0.0 {
        4.0 - largest.log10().floor()
    } else {
        0.0
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 20"
    )]
    let decimals = of_step.min(of_size).clamp(0.0, 20.0) as usize;
    decimals
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the script of the page does.
    fn read(bytes: &[u8], range: [f64; 2]) -> Vec<f64> {
        let n = bytes.len() / 2;
        let mut code = 0_u16;
        (0..n)
            .map(|i| {
                code = code.wrapping_add(u16::from_le_bytes([bytes[i], bytes[n + i]]));
                if code == MISSING {
                    f64::NAN
                } else {
                    range[0] + f64::from(code) / 65_534.0 * (range[1] - range[0])
                }
            })
            .collect()
    }

    #[test]
    fn numbers_come_back_within_half_a_step() {
        let values = [3.0, f64::NAN, -1.5, 20.0, 19.999, f64::NAN, 0.0];
        let range = range_of(&values).expect("values");
        assert_eq!(range, [-1.5, 20.0]);
        let step = 21.5 / 65_534.0;
        for (value, back) in values.iter().zip(read(&quantised(&values, range), range)) {
            let is_same = (value - back).abs() <= step / 2.0 + 1e-12;
            assert!(
                is_same || (value.is_nan() && back.is_nan()),
                "{value} {back}"
            );
        }
        assert_eq!(range_of(&[f64::NAN]), None);
        assert_eq!(read(&quantised(&[7.0], [7.0, 7.0]), [7.0, 7.0]), [7.0]);
    }

    #[test]
    fn decimals_are_no_finer_than_the_steps() {
        // A step of 0.00033.
        assert_eq!(decimals_of([-1.5, 20.0]), 3);
        assert_eq!(decimals_of([300.0, 1800.0]), 1);
        assert_eq!(decimals_of([0.0, 0.0]), 0);
        assert_eq!(decimals_of([2e-6, 3e-6]), 10);
    }

    #[test]
    fn an_image_has_its_size_and_colours() {
        let bytes = png_of(3, 1, &[0, 1, 2], &[[1, 2, 3], [4, 5, 6]]).expect("an image");
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes));
        reader.set_transformations(png::Transformations::EXPAND);
        let mut reader = reader.read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        reader.next_frame(&mut pixels).expect("pixels");
        assert_eq!(pixels, [255, 255, 255, 0, 1, 2, 3, 255, 4, 5, 6, 255]);
    }
}
