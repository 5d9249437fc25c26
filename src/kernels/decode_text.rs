//! How a stored number becomes a quantity, as text: `value = (stored + bias) · scale`, with what is
//! known of the input as literals.
//!
//! What changes nothing is not written: a bias of 0, a scale of 1, bounds as wide as the type, codes
//! that no stored number has. The value is computed by [`f32`] conversion, sum and product, the
//! bits of the twin's decoder: a compiler may rearrange anything more clever.

use std::fmt::Write as _;

use crate::tile::{DataType, Decoding};

use super::f32_range::is_extreme;

/// The lines of a function that decodes `stored` of input `slot` at `step` and `pixel`.
pub(super) fn decode_text(slot: usize, data_type: DataType, decoding: &Decoding) -> String {
    match data_type {
        DataType::F32 => floats(slot, decoding),
        _ => whole_numbers(slot, data_type, decoding),
    }
}

/// The smallest and largest number of a type of whole numbers.
fn range_of(data_type: DataType) -> [i32; 2] {
    match data_type {
        DataType::U8 => [0, 255],
        DataType::I16 => [-32_768, 32_767],
        DataType::U16 | DataType::F32 => [0, 65_535],
    }
}

// Writing to a String cannot fail.
fn whole_numbers(slot: usize, data_type: DataType, decoding: &Decoding) -> String {
    let word = |pixels: u32| {
        format!("stored[slots[{slot}].at + step * slots[{slot}].stride + pixel / {pixels}u]")
    };
    // A step starts at a whole word, so that the place in the word depends on the pixel alone.
    let (number, suffix) = match data_type {
        DataType::U8 => (format!("({} >> (8u * (pixel & 3u))) & 0xffu", word(4)), "u"),
        DataType::I16 => {
            let shifted = format!("{} << (16u - 16u * (pixel & 1u))", word(2));
            (format!("bitcast<i32>({shifted}) >> 16u"), "i")
        }
        _ => (
            format!("({} >> (16u * (pixel & 1u))) & 0xffffu", word(2)),
            "u",
        ),
    };
    let [least, most] = range_of(data_type);
    let codes = valid_codes(data_type, decoding);
    let [first, last] = [codes.start(), codes.end()];
    let mut tests = Vec::new();
    if codes.is_empty() {
        tests.push("false".to_owned());
    } else {
        if *first > least {
            tests.push(format!("(x >= {first}{suffix})"));
        }
        if *last < most {
            tests.push(format!("(x <= {last}{suffix})"));
        }
        let unequal = |code: i32| format!("(x != {code}{suffix})");
        tests.extend(
            nodata_codes(decoding)
                .filter(|c| codes.contains(c))
                .map(unequal),
        );
    }
    let value = quantity("f32(x)", slot, decoding);
    let sample = if tests.is_empty() {
        format!("Sample({value}, true)")
    } else {
        format!("Sample(select(0.0, {value}, valid), valid)")
    };
    let mut text = format!("    let x = {number};\n");
    if !tests.is_empty() {
        let _ = writeln!(text, "    let valid = {};", tests.join(" & "));
    }
    let sample = if may_be_extreme(data_type, decoding) {
        format!("notice({sample})")
    } else {
        sample
    };
    let _ = writeln!(text, "    return {sample};");
    text
}

/// A stored -0 is 0, as the twin's sum with the bias makes it, also where no sum is written.
fn floats(slot: usize, decoding: &Decoding) -> String {
    let [lowest, highest] = decoding.bounds_f32();
    let mut tests = vec!["is_finite".to_owned()];
    if lowest > f32::MIN {
        tests.push(format!("(x >= {})", literal(lowest)));
    }
    if highest < f32::MAX {
        tests.push(format!("(x <= {})", literal(highest)));
    }
    for &code in decoding.nodata.iter().take(Decoding::MAX_NODATA) {
        #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
        let code = code as f32;
        if code == 0.0 {
            // Also -0.
            tests.push("((bits & 0x7fffffffu) != 0u)".to_owned());
        } else if code.is_finite() {
            tests.push(format!("(bits != {}u)", code.to_bits()));
        }
    }
    format!(
        "    let bits = stored[slots[{slot}].at + step * slots[{slot}].stride + pixel];\n    \
         let is_finite = is_finite_bits(bits);\n    \
         let x = bitcast<f32>(select(0u, bits, is_finite & (bits != 0x80000000u)));\n    \
         let valid = {};\n    \
         return notice(Sample(select(0.0, {}, valid), valid));\n",
        tests.join(" & "),
        quantity("x", slot, decoding)
    )
}

/// Bias and scale, where they change something.
fn quantity(x: &str, slot: usize, decoding: &Decoding) -> String {
    let bias = bias_of(decoding);
    let sum = if bias == 0.0 {
        x.to_owned()
    } else {
        format!("({x} + {})", literal(bias))
    };
    match &*scales_of(decoding) {
        [scale] if *scale == 1.0 => sum,
        [scale] => format!("{sum} * {}", literal(*scale)),
        _ => format!("{sum} * tables[slots[{slot}].scale_at + step]"),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
fn bias_of(decoding: &Decoding) -> f32 {
    (decoding.bias as f32).clamp(f32::MIN, f32::MAX)
}

/// One scale for all steps, or one a step where they differ.
#[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
fn scales_of(decoding: &Decoding) -> Vec<f32> {
    let finite = |&scale: &f64| (scale as f32).clamp(f32::MIN, f32::MAX);
    let mut scales: Vec<f32> = decoding.scale.iter().map(finite).collect();
    if scales.windows(2).all(|two| two[0] == two[1]) {
        scales.truncate(1);
    }
    scales
}

/// A finite number with the bits of `x`.
fn literal(x: f32) -> String {
    format!("{x:?}f")
}

/// The stored numbers inside the bounds.
#[expect(
    clippy::cast_possible_truncation,
    reason = "clamped to the range of the type"
)]
fn valid_codes(data_type: DataType, decoding: &Decoding) -> std::ops::RangeInclusive<i32> {
    let [least, most] = range_of(data_type).map(f64::from);
    let [lowest, highest] = decoding.bounds_f32().map(f64::from);
    let first = lowest.ceil().max(least).min(most + 1.0);
    let last = highest.floor().min(most).max(least - 1.0);
    first as i32..=last as i32
}

/// The nodata codes that are whole numbers.
#[expect(
    clippy::cast_possible_truncation,
    reason = "whole numbers within 32 bits"
)]
fn nodata_codes(decoding: &Decoding) -> impl Iterator<Item = i32> + '_ {
    let codes = decoding.nodata.iter().take(Decoding::MAX_NODATA);
    codes
        .map(|&code| f64::from(code as f32))
        .filter(|code| code.fract() == 0.0 && code.abs() < 1e9)
        .map(|code| code as i32)
}

/// Whether a stored number may become a quantity outside
/// [`WITHIN_F32`](super::f32_range::WITHIN_F32). Sizes between the smallest
/// sum and the largest scale as these two do.
fn may_be_extreme(data_type: DataType, decoding: &Decoding) -> bool {
    let bias = bias_of(decoding);
    let sizes = valid_codes(data_type, decoding)
        .map(|code| (code as f32 + bias).abs())
        .filter(|&size| size > 0.0);
    let [smallest, largest] = sizes.fold([f32::MAX, 0.0], |[smallest, largest], size| {
        [size.min(smallest), size.max(largest)]
    });
    let scales = scales_of(decoding);
    scales.iter().any(|&scale| {
        // A product too small for any number is 0, and its neighbours are extreme.
        [smallest * scale, largest * scale]
            .iter()
            .any(|&product| is_extreme(product) || (product == 0.0 && scale != 0.0))
    }) && largest > 0.0
}
