//! Which numbers are left to `f32`.

/// Sizes between which `f32` does what kernels do with numbers: square them, add up a thousand squares, divide by
/// their spread. A pixel with a number outside that is not 0 is computed in `f64` on every engine.
pub const WITHIN_F32: [f32; 2] = [1e-30, 1e17];

/// Whether a quantity is none of [`WITHIN_F32`], nor 0 or missing.
#[must_use]
pub fn is_extreme(quantity: f32) -> bool {
    let [smallest, largest] = WITHIN_F32;
    let size = quantity.abs();
    (size > 0.0 && size < smallest) || size > largest
}
