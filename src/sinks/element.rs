//! The numbers of a raster as they are stored.

use crate::formats::FileKind;
use crate::grid::Window;
use crate::sinks::raster::{CLASS_NODATA, FLAGS_NODATA};

/// The type of the numbers of a raster, little end first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Element {
    /// `f32`: quantities.
    Float,
    /// `u8`: classes.
    Byte,
    /// `u16`: flags.
    Short,
}

impl Element {
    /// The type for values of this kind.
    pub(super) fn of(kind: &FileKind) -> Self {
        match kind {
            FileKind::Values => Self::Float,
            FileKind::Classes(_) | FileKind::Labelled(_) => Self::Byte,
            FileKind::Flags(_) => Self::Short,
        }
    }

    /// Bytes of a number.
    pub(super) fn n_bytes(self) -> usize {
        match self {
            Self::Float => 4,
            Self::Byte => 1,
            Self::Short => 2,
        }
    }

    /// Stores values. All that are missing get the same bytes, whatever made them so.
    pub(super) fn store(self, values: &[f32], to: &mut [u8]) {
        match self {
            Self::Float => {
                let (to, _) = to.as_chunks_mut::<4>();
                for (to, &value) in to.iter_mut().zip(values) {
                    let value = if value.is_nan() { f32::NAN } else { value };
                    *to = value.to_le_bytes();
                }
            }
            Self::Byte => {
                for (to, &value) in to.iter_mut().zip(values) {
                    *to = class_of(value);
                }
            }
            Self::Short => {
                let (to, _) = to.as_chunks_mut::<2>();
                for (to, &value) in to.iter_mut().zip(values) {
                    *to = flags_of(value).to_le_bytes();
                }
            }
        }
    }

    /// Makes every number missing.
    pub(super) fn fill_missing(self, to: &mut [u8]) {
        match self {
            Self::Float => fill(to, f32::NAN.to_le_bytes()),
            Self::Byte => to.fill(CLASS_NODATA),
            Self::Short => fill(to, FLAGS_NODATA.to_le_bytes()),
        }
    }

    /// Whether every number that is stored is missing.
    pub(super) fn is_missing(self, stored: &[u8]) -> bool {
        match self {
            Self::Float => is_filled(stored, f32::NAN.to_le_bytes()),
            Self::Byte => is_filled(stored, [CLASS_NODATA]),
            Self::Short => is_filled(stored, FLAGS_NODATA.to_le_bytes()),
        }
    }
}

fn fill<const N: usize>(to: &mut [u8], number: [u8; N]) {
    to.as_chunks_mut::<N>().0.fill(number);
}

fn is_filled<const N: usize>(stored: &[u8], number: [u8; N]) -> bool {
    stored
        .as_chunks::<N>()
        .0
        .iter()
        .all(|&found| found == number)
}

/// Classes are whole numbers; adding a half and cutting rounds them.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates"
)]
fn class_of(value: f32) -> u8 {
    if value.is_nan() {
        CLASS_NODATA
    } else {
        (value + 0.5) as u8
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates"
)]
fn flags_of(value: f32) -> u16 {
    if value.is_nan() {
        FLAGS_NODATA
    } else {
        (value + 0.5) as u16
    }
}

/// Calls `copy` with each row that two windows share: the pixels in each window, and how many.
///
/// # Arguments
///
/// * `widths` - pixels of a row as each of them is in memory.
pub(super) fn for_shared_rows(
    [from, to]: [Window; 2],
    widths: [usize; 2],
    mut copy: impl FnMut(usize, usize, usize),
) {
    let shared = from.shared(to);
    if shared.width == 0 {
        return;
    }
    for row in shared.row..shared.row + shared.height {
        let at =
            |window: Window, width: usize| (row - window.row) * width + shared.col - window.col;
        copy(at(from, widths[0]), at(to, widths[1]), shared.width);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_values_of_any_kind_are_stored_alike() {
        let negative = -f32::NAN;
        let payload = f32::from_bits(0x7fc0_1234);
        for (element, n) in [(Element::Float, 4), (Element::Byte, 1), (Element::Short, 2)] {
            assert_eq!(element.n_bytes(), n);
            let (mut stored, mut filled) = (vec![0; 3 * n], vec![1; 3 * n]);
            element.store(&[f32::NAN, negative, payload], &mut stored);
            element.fill_missing(&mut filled);
            assert_eq!(stored, filled);
            assert!(element.is_missing(&stored));
            element.store(&[f32::NAN, 7.0, f32::NAN], &mut stored);
            assert!(!element.is_missing(&stored));
        }
        let mut stored = [0; 3];
        Element::Byte.store(&[254.0, -1.0, 300.0], &mut stored);
        assert_eq!(stored, [254, 0, 255]);
        let mut stored = [0; 4];
        Element::Float.store(&[-0.1], &mut stored);
        assert_eq!(f32::from_le_bytes(stored).to_bits(), (-0.1_f32).to_bits());
    }

    #[test]
    fn shared_rows_are_those_of_both_windows() {
        let window = |row, col, height, width| Window {
            row,
            col,
            height,
            width,
        };
        let mut rows = Vec::new();
        let windows = [window(0, 0, 4, 10), window(2, 8, 16, 16)];
        for_shared_rows(windows, [10, 16], |from, to, n| rows.push((from, to, n)));
        assert_eq!(rows, [(28, 0, 2), (38, 16, 2)]);
        for_shared_rows(
            [window(0, 0, 2, 2), window(0, 2, 2, 2)],
            [2, 2],
            |_, _, _| panic!("nothing is shared"),
        );
    }
}
