//! Which numbers are left to `f32`.

/// Sizes between which `f32` can do what kernels do with numbers: square them, add a thousand
/// squares, divide by their spread. A pixel with a larger or smaller number, other than 0, is
/// computed in `f64` on every engine.
pub const WITHIN_F32: [f32; 2] = [1e-30, 1e17];

/// Whether a quantity is outside [`WITHIN_F32`]; 0 and missing are not.
#[must_use]
pub fn is_extreme(quantity: f32) -> bool {
    let [smallest, largest] = WITHIN_F32;
    let size = quantity.abs();
    (size > 0.0 && size < smallest) || size > largest
}
