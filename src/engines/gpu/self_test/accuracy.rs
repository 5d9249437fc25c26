//! The error of elementary functions against `f64`.

use crate::engines::error::EngineError;
use crate::engines::gpu::adapter::Gpu;

use super::on_device::{Job, in_a_row, run};
use super::report::Check;
use super::texts::Texts;

/// Pairs of arguments.
const N: u32 = 4096;

/// A function with what the kernels rely on.
struct Function {
    name: &'static str,
    bound: &'static str,
    exact: fn(f64, f64) -> f64,
    /// The largest error, of a result, given the arguments; none where the kernels do not use them.
    allowed: fn(f64, f64, f64) -> Option<f64>,
}

/// The bounds are those that the headers of the shaders reckon with, which are WGSL's.
const FUNCTIONS: [Function; 5] = [
    Function {
        name: "exp",
        bound: "3 + 2 |x| ULP (shaders/lib/tails.wgsl)",
        exact: |x, _| x.exp(),
        allowed: |x, _, exact| Some((3.0 + 2.0 * x.abs()) * ulp(exact)),
    },
    Function {
        name: "log",
        bound: "3 ULP, 2^-21 between 0.5 and 2 (shaders/lib/tails.wgsl, random.wgsl)",
        exact: |_, y| y.ln(),
        allowed: |_, y, exact| {
            let near_one = (0.5..=2.0).contains(&y);
            Some(if near_one {
                (-21.0_f64).exp2().max(3.0 * ulp(exact))
            } else {
                3.0 * ulp(exact)
            })
        },
    },
    Function {
        name: "quotient",
        bound: "2.5 ULP (shaders/kernels/respiration)",
        exact: |x, y| x / y,
        allowed: |_, _, exact| Some(2.5 * ulp(exact)),
    },
    Function {
        name: "square root",
        bound: "4.5 ULP, with a quotient under the 1e-6 of Z (docs/ACCURACY.md)",
        exact: |_, y| y.sqrt(),
        allowed: |_, _, exact| Some(4.5 * ulp(exact)),
    },
    Function {
        name: "exponential of the kernels",
        bound: "3e-7 of itself for |x| < 8 (shaders/lib/exponential.wgsl)",
        exact: |x, _| x.exp(),
        allowed: |x, _, exact| (x.abs() < 8.0).then_some(3e-7 * exact),
    },
];

/// The distance of `f32` numbers at `x`.
fn ulp(x: f64) -> f64 {
    let power = x.abs().max(f64::from(f32::MIN_POSITIVE)).log2().floor();
    (power - 23.0).exp2()
}

/// Arguments: x from -80 to 80, every second one under 8; y over twelve powers of ten, every third one near 1.
fn arguments() -> Vec<[f32; 2]> {
    let steps = f64::from(N - 1);
    (0..N)
        .map(|i| {
            let part = f64::from(i) / steps;
            let size = if i % 2 == 0 { 80.0 } else { 8.0 };
            // Another order than that of x, so that quotients have all sizes.
            let other = f64::from(i * 1021 % N) / steps;
            let y = if i % 3 == 0 {
                0.5 + 1.5 * other
            } else {
                10.0_f64.powf(12.0 * other - 6.0)
            };
            #[expect(clippy::cast_possible_truncation, reason = "arguments are f32")]
            [(size * (2.0 * part - 1.0)) as f32, y as f32]
        })
        .collect()
}

/// The errors of all functions.
pub(super) fn check(gpu: &Gpu, texts: &Texts) -> Result<Vec<Check>, EngineError> {
    let arguments = arguments();
    let found = run(
        gpu,
        &Job {
            label: "self-test of accuracy",
            wgsl: &texts.accuracy,
            input: bytemuck::cast_slice(&arguments),
            output: &vec![0; FUNCTIONS.len() * arguments.len()],
            visible: None,
            workgroups: in_a_row(arguments.len()),
        },
    )?;
    let rows = found.chunks_exact(arguments.len());
    let judged = FUNCTIONS.iter().zip(rows);
    Ok(judged
        .map(|(function, found)| judge(function, &arguments, found))
        .collect())
}

fn judge(function: &Function, arguments: &[[f32; 2]], found: &[u32]) -> Check {
    let (mut worst_ulp, mut worst_share) = (0.0_f64, 0.0_f64);
    for (&[x, y], &bits) in arguments.iter().zip(found) {
        let (x, y) = (f64::from(x), f64::from(y));
        let exact = (function.exact)(x, y);
        let Some(allowed) = (function.allowed)(x, y, exact) else {
            continue;
        };
        let error = (f64::from(f32::from_bits(bits)) - exact).abs();
        // A result that is no number is as wrong as can be.
        let error = if error.is_nan() { f64::INFINITY } else { error };
        worst_ulp = worst_ulp.max(error / ulp(exact));
        // What f64 rounds to 0 is allowed no error, and has none.
        worst_share = worst_share.max(if error > 0.0 { error / allowed } else { 0.0 });
    }
    let measured = format!("{worst_ulp:.1} ULP, {worst_share:.2} of what is allowed");
    Check::required(function.name, worst_share <= 1.0, measured, function.bound)
}
