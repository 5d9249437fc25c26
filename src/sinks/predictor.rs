//! Differences between neighbours in place of numbers, as TIFF defines them, so that a compression finds more alike.

use crate::formats::Compress;
use crate::sinks::element::Element;

/// TIFF's number of the predictor that goes with a compression.
///
/// Classes are left as they are: a difference of two classes is no rarer than a class, and there are more of them.
pub(super) fn predictor_of(compress: Compress, element: Element) -> u8 {
    match (compress, element) {
        (Compress::Deflate | Compress::Zstd, Element::Float) => 3,
        (Compress::Deflate | Compress::Zstd, Element::Short) => 2,
        (Compress::Deflate | Compress::Zstd, Element::Byte)
        | (Compress::Lerc | Compress::None, _) => 1,
    }
}

/// Predictor 3: the first bytes of all floats of a row, then the second ones and so on, the one with the sign first;
/// then each byte less the one before.
///
/// # Arguments
///
/// * `stored` - floats, little end first, rows of `width`.
pub(super) fn of_floats(stored: &[u8], width: usize, out: &mut Vec<u8>) {
    out.clear();
    out.resize(stored.len(), 0);
    let mut planes = vec![0_u8; 4 * width];
    let rows = stored.chunks_exact(4 * width);
    for (row, out) in rows.zip(out.chunks_exact_mut(4 * width)) {
        let (high, low) = planes.split_at_mut(2 * width);
        let ((a, b), (c, d)) = (high.split_at_mut(width), low.split_at_mut(width));
        let places = a.iter_mut().zip(b).zip(c).zip(d);
        for (&[byte_d, byte_c, byte_b, byte_a], (((a, b), c), d)) in
            row.as_chunks::<4>().0.iter().zip(places)
        {
            (*a, *b, *c, *d) = (byte_a, byte_b, byte_c, byte_d);
        }
        out[0] = planes[0];
        let pairs = planes.iter().zip(&planes[1..]);
        for (out, (before, byte)) in out[1..].iter_mut().zip(pairs) {
            *out = byte.wrapping_sub(*before);
        }
    }
}

/// Predictor 2 of 16-bit numbers: each less the one before in its row.
pub(super) fn of_shorts(stored: &[u8], width: usize, out: &mut Vec<u8>) {
    out.clear();
    for row in stored.chunks_exact(2 * width) {
        let mut before = 0;
        for &bytes in row.as_chunks::<2>().0 {
            let number = u16::from_le_bytes(bytes);
            out.extend_from_slice(&number.wrapping_sub(before).to_le_bytes());
            before = number;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_those_of_the_technical_note() {
        // 1.0 is 3f 80 00 00, 2.0 is 40 00 00 00; planes 3f 40, 80 00, 00 00, 00 00.
        let stored: Vec<u8> = [1.0_f32, 2.0]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        let mut out = Vec::new();
        of_floats(&stored, 2, &mut out);
        assert_eq!(out, [0x3f, 1, 0x40, 0x80, 0, 0, 0, 0]);
        of_shorts(&[1, 0, 3, 1, 2, 0, 1, 0], 2, &mut out);
        assert_eq!(out, [1, 0, 2, 1, 2, 0, 0xff, 0xff]);
    }
}
