//! A model that gives an amount a month, and a year that is their sum.
//!
//! Missing months follow the rule of [`annual`](super::annual).
//!
//! GPU twin: `shaders/lib/monthly.wgsl`.

use crate::kernels::lib::annual::Year;
use crate::kernels::real::{Mask, Real, Sample};
use crate::kernels::views::Pixel;

/// A model of months. A trait and not a closure: what a closure calls stays a call where the caller is
/// compiled for vectors.
pub trait Monthly {
    /// What is the same for all months of a pixel, and whether its inputs are there; nothing in most models.
    #[inline(always)]
    fn of_pixel<R: Real>(&self, pixel: &Pixel<'_, '_, R>) -> Sample<R> {
        let _ = pixel;
        Sample {
            value: R::of(0.0),
            valid: R::Mask::of(true),
        }
    }
    /// What month `step` gives, and whether its inputs are there. A daily rate is multiplied by the days of the
    /// month.
    fn amount<R: Real>(
        &self,
        pixel: &Pixel<'_, '_, R>,
        step: usize,
        of_pixel: Sample<R>,
        days: R,
    ) -> Sample<R>;
}

/// Writes the amount of each year to `port`; missing where fewer than `min_months` months are valid.
#[inline(always)]
pub fn put_years<R: Real>(
    model: &impl Monthly,
    pixel: &mut Pixel<'_, '_, R>,
    port: usize,
    min_months: u32,
) {
    let n_years = pixel.n_steps(0) / 12;
    let of_pixel = model.of_pixel(pixel);
    for y in 0..n_years {
        let mut year = Year::new();
        for step in 12 * y..12 * (y + 1) {
            let days = pixel.table(step);
            let month = model.amount(pixel, step, of_pixel, days);
            year = year.add(month.value, days, month.valid);
        }
        let is_enough = year.n_valid().ge(R::of(f64::from(min_months)));
        pixel.put(port, y, year.total(), is_enough);
    }
}
