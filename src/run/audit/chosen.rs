//! Which pixels are audited: it depends on the study grid alone, not on tiles or threads.

use crate::grid::Window;
use crate::run::pixel_number::number;

/// A run expects at least so many, so that 64 are left where half of the grid is masked.
const FEWEST: u64 = 128;
/// And at most so many.
const MOST: u64 = 4096;
/// Between these, one in so many pixels: four in the largest tile.
const ONE_IN: u64 = 1 << 16;
/// Any number: it is part of the place of each pixel.
const SEED: u64 = 0x6175_6469_7421_2121;

/// The pixels of a grid that are audited.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chosen {
    /// A pixel whose number is not above this is.
    up_to: u64,
}

impl Chosen {
    /// Those of a grid of `n_pixels`.
    pub(super) fn of_grid(n_pixels: u64) -> Self {
        let wanted = (n_pixels / ONE_IN).clamp(FEWEST, MOST);
        let up_to = if wanted >= n_pixels {
            u64::MAX
        } else {
            u64::MAX / n_pixels * wanted
        };
        Self { up_to }
    }

    /// Those of a window that are inside the mask, by their number in the window.
    pub(super) fn in_window(self, window: Window, inside: Option<&[bool]>) -> Vec<usize> {
        let mut chosen = Vec::new();
        for row in 0..window.height {
            let of_row = number(SEED, window.row + row);
            for col in 0..window.width {
                if number(of_row, window.col + col) <= self.up_to {
                    chosen.push(row * window.width + col);
                }
            }
        }
        if let Some(inside) = inside {
            chosen.retain(|&pixel| inside.get(pixel).copied().unwrap_or(false));
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(row: usize, col: usize, height: usize, width: usize) -> Window {
        Window {
            row,
            col,
            height,
            width,
        }
    }

    #[test]
    fn the_pixels_are_those_of_the_grid_however_it_is_cut() {
        let chosen = Chosen::of_grid(300 * 200);
        let whole = chosen.in_window(window(0, 0, 200, 300), None);
        assert!((64..256).contains(&whole.len()), "{}", whole.len());
        let mut pieces = Vec::new();
        for (row, height) in [(0, 70), (70, 130)] {
            for (col, width) in [(0, 11), (11, 289)] {
                let piece = chosen.in_window(window(row, col, height, width), None);
                pieces.extend(
                    piece
                        .iter()
                        .map(|pixel| (row + pixel / width) * 300 + col + pixel % width),
                );
            }
        }
        pieces.sort_unstable();
        assert_eq!(pieces, whole);
    }

    #[test]
    fn small_grids_are_audited_whole_and_large_ones_within_bounds() {
        let all = Chosen::of_grid(100).in_window(window(0, 0, 10, 10), None);
        assert_eq!(all, (0..100).collect::<Vec<_>>());
        let mut inside = vec![false; 100];
        inside[42] = true;
        let masked = Chosen::of_grid(100).in_window(window(0, 0, 10, 10), Some(&inside));
        assert_eq!(masked, [42]);
        // A tile of a large grid: one in 65,536.
        let tile = Chosen::of_grid(1 << 26).in_window(window(512, 1024, 1024, 1024), None);
        assert!((4..40).contains(&tile.len()), "{}", tile.len());
        let share = |n: u64| Chosen::of_grid(n).up_to;
        assert!(share(1 << 40) < share(1 << 30), "bounded in all");
    }
}
