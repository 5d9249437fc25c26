//! Windows of which no file has a block: every number of them is one that means missing.

use crate::grid::Window;
use crate::sources::error::SourceError;
use crate::sources::windows::bands::{Bands, StoredNumber};
use crate::tile::{DataType, Stored};

/// One number a step of each input, `[step]`, that stands for all pixels of the window; `None` where a file may have a
/// value of any input. They are counted as if they had been read.
pub(crate) fn nothing_stored(
    inputs: &[Bands<'_>],
    window: Window,
) -> Result<Option<Vec<Stored>>, SourceError> {
    let mut numbers = Vec::with_capacity(inputs.len());
    for bands in inputs {
        let Some(of_input) = numbers_of(bands, window)? else {
            return Ok(None);
        };
        numbers.push(of_input);
    }
    let stored = inputs.iter().zip(numbers).map(|(bands, numbers)| {
        for number in numbers.iter().flatten() {
            let n_pixels = window.n_pixels() as u64;
            bands.input.fill_counts.count_same(*number, n_pixels);
        }
        match bands.input.data_type() {
            DataType::U8 => Stored::U8(given(bands, &numbers)),
            DataType::I16 => Stored::I16(given(bands, &numbers)),
            DataType::U16 => Stored::U16(given(bands, &numbers)),
            DataType::F32 => Stored::F32(given(bands, &numbers)),
        }
    });
    Ok(Some(stored.collect()))
}

/// The number that each step has in all pixels of the window; `None` within where the study declares the step missing.
fn numbers_of(bands: &Bands<'_>, window: Window) -> Result<Option<Vec<Option<f64>>>, SourceError> {
    let mut numbers = Vec::new();
    for at in &bands.input.timing.band_of_step {
        let Some(at) = *at else {
            numbers.push(None);
            continue;
        };
        let number = bands.with_file(at.file, |raster| {
            Ok(bands.nothing_stored(raster, at, window))
        })?;
        if number.is_none() {
            return Ok(None);
        }
        numbers.push(number);
    }
    Ok(Some(numbers))
}

/// The numbers as readers give them.
fn given<T: StoredNumber>(bands: &Bands<'_>, numbers: &[Option<f64>]) -> Vec<T> {
    let steps = bands.input.timing.band_of_step.iter().zip(numbers);
    let given = steps.map(|(at, number)| {
        let Some((at, number)) = at.zip(*number) else {
            return bands.gap();
        };
        bands.given(at, number)
    });
    given.collect()
}
