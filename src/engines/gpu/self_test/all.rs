//! All checks of an adapter.

use std::time::Instant;

use crate::engines::error::EngineError;
use crate::engines::gpu::adapter::Gpu;

use super::report::SelfTest;
use super::texts::Texts;
use super::{accuracy, bits, dispatches, ranks};

/// Tests an adapter: under 2 s on a software adapter, less on a card.
///
/// # Errors
///
/// The device refuses a shader, or is lost.
pub fn self_test(gpu: Gpu) -> Result<SelfTest, EngineError> {
    with_texts(gpu, &Texts::default())
}

/// The same with other shaders: tests spoil one of them.
///
/// # Errors
///
/// As [`self_test`].
pub fn with_texts(gpu: Gpu, texts: &Texts) -> Result<SelfTest, EngineError> {
    let start = Instant::now();
    let adapter = gpu.report.engine_name();
    let mut checks = bits::check(&gpu, texts)?;
    checks.push(bits::check_exponent_bits(&gpu, texts)?);
    checks.extend(accuracy::check(&gpu, texts)?);
    checks.push(dispatches::check_threads(&gpu, texts)?);
    checks.push(dispatches::check_guards(&gpu, texts)?);
    checks.push(ranks::check(gpu, texts)?);
    Ok(SelfTest {
        adapter,
        checks,
        seconds: start.elapsed().as_secs_f64(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Text = fn(&mut Texts) -> &mut String;

    /// A shader with a small mistake fails its check, and no other.
    const MISTAKES: [(&str, Text, &str, &str); 10] = [
        (
            "bits through buffers",
            |texts| &mut texts.bits,
            "found[i] = bits;",
            "found[i] = select(0x7fc00000u, bits, is_finite_bits(bits));",
        ),
        (
            "NaN and infinity by bits",
            |texts| &mut texts.bits,
            "= u32(is_finite_bits(bits));",
            "= u32(bits != 0x7fc00000u);",
        ),
        (
            "missing written as NaN",
            |texts| &mut texts.bits,
            "select(0x7fc00000u,",
            "select(0xffc00000u,",
        ),
        (
            "exp",
            |texts| &mut texts.accuracy,
            "= exp(x);",
            "= exp(x * 1.0001);",
        ),
        (
            "log",
            |texts| &mut texts.accuracy,
            "= log(y);",
            "= log(y) + 1e-6;",
        ),
        (
            "quotient",
            |texts| &mut texts.accuracy,
            "= x / y;",
            "= x / y * 1.000001;",
        ),
        (
            "square root",
            |texts| &mut texts.accuracy,
            "= sqrt(y);",
            "= sqrt(y * 1.000002);",
        ),
        (
            "exponential of the kernels",
            |texts| &mut texts.accuracy,
            "k * 2.12194440e-4",
            "k * 2.13e-4",
        ),
        (
            "wide dispatches",
            |texts| &mut texts.dispatch,
            "id.y * n_groups.x * 64u + id.x",
            "id.y * 65535u * 64u + id.x",
        ),
        (
            "Mann-Kendall's S with ties",
            |texts| &mut texts.mann_kendall,
            "pixel, score.s, is_enough",
            "pixel, score.s + select(0.0, 1.0, pixel == 77777u), is_enough",
        ),
    ];

    #[test]
    fn an_adapter_with_its_own_shaders_passes_and_each_mistake_is_seen() {
        let open = || Gpu::open(None).expect("an adapter");
        let right = self_test(open()).expect("tested");
        assert!(right.passed(), "{:#?}", right.failures());
        for (check, text, from, to) in MISTAKES {
            let mut texts = Texts::default();
            let text = text(&mut texts);
            assert!(text.contains(from), "{check}: {from}");
            *text = text.replacen(from, to, 1);
            let spoilt = with_texts(open(), &texts).expect("tested");
            let failed = spoilt.checks.iter().filter(|check| check.fails());
            let failed: Vec<_> = failed.map(|check| check.name).collect();
            assert_eq!(failed, [check], "{to}: {:#?}", spoilt.failures());
        }
    }
}
