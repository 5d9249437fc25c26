//! Tiles of which no file has a block: one pixel is computed and stands for all of them.

use rayon::prelude::*;

use crate::chain::Chain;
use crate::grid::Window;
use crate::tile::{Tile, TileOutput};

/// The first pixel of a tile whose inputs stand for all pixels; `None` for any other tile.
pub(super) fn first_pixel(chain: &Chain, tile: &Tile) -> Option<Tile> {
    tile.is_one_for_all(&chain.inputs).then(|| Tile {
        window: Window {
            height: 1,
            width: 1,
            ..tile.window
        },
        inputs: tile.inputs.clone(),
        inside: None,
    })
}

/// Makes the layers of the first pixel those of all pixels of its tile.
pub(super) fn spread(output: &mut TileOutput, tile: &Tile) {
    let n_pixels = tile.window.n_pixels();
    output.window = tile.window;
    output.inside.clone_from(&tile.inside);
    output
        .layers
        .par_iter_mut()
        .for_each(|layer| spread_steps(layer, n_pixels));
}

/// Repeats the one number of each step, `[step]`, for all pixels, `[step][pixel]`.
pub(super) fn spread_steps(steps: &mut Vec<f32>, n_pixels: usize) {
    let of_one = steps.clone();
    steps.resize(of_one.len() * n_pixels, f32::NAN);
    let of_all = steps.chunks_exact_mut(n_pixels.max(1));
    of_all
        .zip(of_one)
        .for_each(|(pixels, number)| pixels.fill(number));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_has_its_number_in_all_pixels() {
        let mut steps = vec![1.0, 2.0];
        spread_steps(&mut steps, 3);
        assert_eq!(steps, [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
    }
}
