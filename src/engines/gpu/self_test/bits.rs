//! How bit patterns pass through an adapter.

use crate::engines::error::EngineError;
use crate::engines::gpu::adapter::Gpu;

use super::on_device::{Job, in_a_row, run};
use super::report::Check;
use super::texts::Texts;

/// NaN quiet, negative, with a payload and signalling; infinities; zeros; subnormals; plain numbers. The last is 1.
const PATTERNS: [u32; 16] = [
    0x7fc0_0000,
    0xffc0_0000,
    0x7fc1_2345,
    0x7f80_0001,
    0x7f80_0000,
    0xff80_0000,
    0x0000_0000,
    0x8000_0000,
    0x0000_0001,
    0x8040_0000,
    0x007f_ffff,
    0x0080_0000,
    0x7f7f_ffff,
    0x4248_0000,
    0xc248_0000,
    0x3f80_0000,
];
/// What missing values are written as.
const NAN: u32 = 0x7fc0_0000;

fn is_finite(bits: u32) -> bool {
    bits & 0x7f80_0000 != 0x7f80_0000
}

/// How the patterns pass.
pub(super) fn check(gpu: &Gpu, texts: &Texts) -> Result<Vec<Check>, EngineError> {
    let n = PATTERNS.len();
    let found = run(
        gpu,
        &Job {
            label: "self-test of bits",
            wgsl: &texts.bits,
            input: &PATTERNS,
            output: &vec![0; 5 * n],
            visible: None,
            workgroups: in_a_row(n),
        },
    )?;
    Ok(judge(&found))
}

/// How many of the patterns of a row are not as expected, as text, and whether none is.
fn changed(row: &[u32], of: impl Fn(u32) -> bool, expected: impl Fn(u32) -> u32) -> (bool, String) {
    let asked: Vec<_> = PATTERNS
        .iter()
        .zip(row)
        .filter(|(pattern, _)| of(**pattern))
        .collect();
    let changed: Vec<String> = asked
        .iter()
        .filter(|(pattern, found)| **found != expected(**pattern))
        .map(|(pattern, found)| format!("{pattern:#010x} became {found:#010x}"))
        .collect();
    let text = match changed.first() {
        None => format!("all of {} kept", asked.len()),
        Some(first) => format!("{} of {}: {first}", changed.len(), asked.len()),
    };
    (changed.is_empty(), text)
}

fn judge(found: &[u32]) -> Vec<Check> {
    let row = |row: usize| found.get(row * PATTERNS.len()..).unwrap_or_default();
    let is_nan = |bits: u32| !is_finite(bits) && bits & 0x007f_ffff != 0;
    let is_subnormal = |bits: u32| bits & 0x7f80_0000 == 0 && bits & 0x007f_ffff != 0;
    let any = |_: u32| true;
    let same = |bits: u32| bits;
    let (kept, of_kept) = changed(row(0), any, same);
    let (known, of_known) = changed(row(1), any, |bits| u32::from(is_finite(bits)));
    let written = |bits: u32| if is_finite(bits) { bits } else { NAN };
    let (nan, of_nan) = changed(row(2), any, written);
    let (as_float, of_float) = changed(row(3), is_nan, same);
    let (subnormal, of_subnormal) = changed(row(4), is_subnormal, same);
    let every = "every bit";
    vec![
        Check::required("bits through buffers", kept, of_kept, every),
        Check::required("NaN and infinity by bits", known, of_known, every),
        Check::required("missing written as NaN", nan, of_nan, "bits 0x7fc00000"),
        Check::information("NaN as a float keeps its bits", as_float, of_float),
        Check::information("subnormals are kept", subnormal, of_subnormal),
    ]
}

/// Whether the compiler multiplies out what has whole numbers by their exponent bits.
pub(super) fn check_exponent_bits(gpu: &Gpu, texts: &Texts) -> Result<Check, EngineError> {
    let halves: Vec<u32> = (0..1 << 16).collect();
    let found = run(
        gpu,
        &Job {
            label: "self-test of exponent bits",
            wgsl: &texts.exponent_bits,
            input: &halves,
            output: &vec![0; halves.len()],
            visible: None,
            workgroups: in_a_row(halves.len()),
        },
    )?;
    Ok(judge_exponent_bits(&found))
}

fn judge_exponent_bits(found: &[u32]) -> Check {
    let moved = (0..=u16::MAX).zip(found).filter(|(half, found)| {
        let expected = f64::from(half.cast_signed()) * 0.1;
        (f64::from(f32::from_bits(**found)) - expected).abs() > 1e-6 * expected.abs()
    });
    let n = moved.count();
    let text = format!("{n} of {} numbers moved", found.len());
    Check::information("sums are not multiplied out", n == 0, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiler_that_multiplies_out_is_seen() {
        let right = |half: u16| f32::from(half.cast_signed()) * 0.1;
        let folded =
            |half: u16| f32::from_bits(u32::from(half) ^ 0x4b00_8000) * 0.1_f32 - 842_137.6;
        let all = |of: &dyn Fn(u16) -> f32| -> Vec<u32> {
            (0..=u16::MAX).map(|half| of(half).to_bits()).collect()
        };
        assert!(judge_exponent_bits(&all(&right)).passed);
        let check = judge_exponent_bits(&all(&folded));
        assert!(!check.passed && !check.fails(), "{check:?}");
    }

    #[test]
    fn what_no_kernel_needs_does_not_fail_an_adapter() {
        let row = |of: &dyn Fn(u32) -> u32| PATTERNS.map(of);
        let finite = row(&|bits| u32::from(is_finite(bits)));
        let missing = row(&|bits| if is_finite(bits) { bits } else { NAN });
        // One NaN for all of them, and subnormals flushed.
        let flushed = row(&|bits| if bits & 0x7f80_0000 == 0 { 0 } else { bits });
        let found = [PATTERNS, finite, missing, missing, flushed].concat();
        let checks = judge(&found);
        assert!(!checks.iter().any(Check::fails), "{checks:?}");
        assert_eq!(checks.iter().filter(|check| !check.passed).count(), 2);
    }
}
