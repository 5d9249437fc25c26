//! A sample of the values of an input, from small windows spread over its grid and its steps.

use crate::grid::Window;
use crate::sources::error::SourceError;
use crate::sources::grids::cells::CellWindow;
use crate::sources::stacks::Stacks;
use crate::sources::values::suspects::{Suspect, suspects};
use crate::tile::{Decoding, Stored};

impl Stacks {
    /// Up to `n` valid quantities of an input, by `decoding`, from small windows spread over the
    /// grid and the steps.
    ///
    /// # Errors
    ///
    /// An unknown input, or a file that cannot be read.
    pub fn sample(
        &self,
        name: &str,
        decoding: &Decoding,
        n: usize,
    ) -> Result<Vec<f64>, SourceError> {
        Ok(self.sample_and_suspects(name, decoding, n)?.0)
    }

    /// A sample as of [`Stacks::sample`], and its stored numbers that look like undeclared fill
    /// values.
    ///
    /// # Errors
    ///
    /// As [`Stacks::sample`].
    pub fn sample_and_suspects(
        &self,
        name: &str,
        decoding: &Decoding,
        n: usize,
    ) -> Result<(Vec<f64>, Vec<Suspect>), SourceError> {
        let input = self.input(name)?;
        let reader = self.reader(&[name.to_owned()])?;
        let last = input.timing.n_steps().saturating_sub(1);
        let mut steps = vec![0, last / 3, last / 2, last * 2 / 3, last];
        steps.dedup();
        let (mut sample, mut numbers) = (Vec::new(), Vec::new());
        // Use the input's own grid: the study grid may have failed to open.
        let cells = input
            .cells()
            .map_or_else(|| CellWindow::whole(&input.grid), |cells| cells.window);
        for window in spread_windows(cells.height, cells.width) {
            if sample.len() >= n {
                break;
            }
            let stored = reader.read_cells(0, &steps, cells.part(window))?;
            sample.extend(valid_quantities(
                &stored,
                decoding,
                &steps,
                window.n_pixels(),
                &mut numbers,
            ));
        }
        sample.truncate(n);
        Ok((sample, suspects(&numbers)))
    }
}

/// Windows of at most 16 x 16 pixels from the middle outwards, 5 x 5 of them on a large grid.
fn spread_windows(whole_height: usize, whole_width: usize) -> Vec<Window> {
    let cut = |length: usize, part: usize| {
        let size = length.min(16);
        (((length - size) * part) / 4, size)
    };
    let order = [2, 1, 3, 0, 4];
    let mut windows = Vec::new();
    for &down in &order {
        for &across in &order {
            let (row, height) = cut(whole_height, down);
            let (col, width) = cut(whole_width, across);
            let window = Window {
                row,
                col,
                height,
                width,
            };
            if !windows.contains(&window) {
                windows.push(window);
            }
        }
    }
    windows
}

/// Quantities of the valid stored numbers; the numbers themselves are added to `found`.
fn valid_quantities(
    stored: &Stored,
    decoding: &Decoding,
    steps: &[usize],
    n_pixels: usize,
    found: &mut Vec<f64>,
) -> Vec<f64> {
    let numbers: Vec<f64> = match stored {
        Stored::U8(v) => v.iter().map(|&x| f64::from(x)).collect(),
        Stored::I16(v) => v.iter().map(|&x| f64::from(x)).collect(),
        Stored::U16(v) => v.iter().map(|&x| f64::from(x)).collect(),
        Stored::F32(v) => v.iter().map(|&x| f64::from(x)).collect(),
    };
    let is_valid = |x: f64| {
        x.is_finite()
            && !decoding.nodata.contains(&x)
            && decoding
                .valid_range
                .is_none_or(|[low, high]| (low..=high).contains(&x))
    };
    let of_step = |(step, numbers): (&usize, &[f64])| {
        let scale = decoding.scale_of(*step);
        let valid = numbers.iter().filter(|x| is_valid(**x));
        found.extend(valid.clone());
        valid
            .map(|x| (x + decoding.bias) * scale)
            .collect::<Vec<_>>()
    };
    steps
        .iter()
        .zip(numbers.chunks_exact(n_pixels))
        .flat_map(of_step)
        .collect()
}
