//! Whether each thread of a wide dispatch runs once, and whether writes stay in their buffer.

use crate::engines::error::EngineError;
use crate::engines::gpu::adapter::Gpu;
use crate::engines::gpu::program::workgroups;

use super::on_device::{Job, THREADS, run};
use super::report::Check;
use super::texts::Texts;

/// Workgroups of one dimension that every adapter takes.
const MOST_GROUPS: u32 = 65_535;
/// Words of the buffer between the guards, and of each guard: offsets of bindings are multiples of 256 bytes.
const BETWEEN: u32 = 256;
/// What guards hold.
const GUARD: u32 = 0xdead_beef;
/// What is written past the end.
const STRAY: u32 = 0x0bad_cafe;

/// A dispatch just over what one dimension holds, the last workgroup of which is not full.
pub(super) fn check_threads(gpu: &Gpu, texts: &Texts) -> Result<Check, EngineError> {
    let groups = MOST_GROUPS + 2;
    let n_threads = groups * THREADS - 5;
    let seen = run(
        gpu,
        &Job {
            label: "self-test of dispatches",
            wgsl: &texts.dispatch,
            input: &[n_threads],
            output: &vec![0; n_threads.div_ceil(32) as usize + 1],
            visible: None,
            workgroups: workgroups(n_threads as usize, MOST_GROUPS),
        },
    )?;
    Ok(judge_threads(&seen, n_threads))
}

fn judge_threads(seen: &[u32], n_threads: u32) -> Check {
    let (repeats, bits) = seen.split_last().unwrap_or((&0, &[]));
    let ran: u64 = bits.iter().map(|word| u64::from(word.count_ones())).sum();
    let missing = u64::from(n_threads).abs_diff(ran);
    let measured = format!("{n_threads} threads: {missing} did not run, {repeats} ran again");
    let passed = missing == 0 && *repeats == 0;
    Check::required("wide dispatches", passed, measured, "every thread once")
}

/// Writes past the end of a buffer that has guards on both sides.
pub(super) fn check_guards(gpu: &Gpu, texts: &Texts) -> Result<Check, EngineError> {
    let n = u64::from(BETWEEN);
    let words = run(
        gpu,
        &Job {
            label: "self-test of guards",
            wgsl: &texts.guards,
            input: &[STRAY],
            output: &vec![GUARD; 3 * BETWEEN as usize],
            visible: Some([n, n]),
            workgroups: [BETWEEN.div_ceil(THREADS), 1],
        },
    )?;
    Ok(judge_guards(&words))
}

fn judge_guards(words: &[u32]) -> Check {
    let n = BETWEEN as usize;
    let (before, rest) = words.split_at(n.min(words.len()));
    let (between, after) = rest.split_at(n.min(rest.len()));
    let guards = before.iter().chain(after);
    let touched = guards.filter(|word| **word != GUARD).count();
    // The last word may be where stray writes end.
    let inside = (0..BETWEEN - 1).zip(between);
    let wrong = inside.filter(|(i, word)| i != *word).count();
    let measured = format!("{touched} words beside it touched, {wrong} inside wrong");
    let passed = touched == 0 && wrong == 0 && words.len() == 3 * n;
    Check::required(
        "writes past the end",
        passed,
        measured,
        "no word of a neighbour",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No shader gets past the checks of the driver, so the words are made here.
    #[test]
    fn a_touched_guard_is_seen() {
        let inside = (0..BETWEEN).collect();
        let guard = vec![GUARD; BETWEEN as usize];
        let mut words = [guard.clone(), inside, guard].concat();
        assert!(judge_guards(&words).passed);
        for at in [0, BETWEEN as usize - 1, 2 * BETWEEN as usize] {
            words[at] = STRAY;
            assert!(judge_guards(&words).fails(), "{at}");
            words[at] = GUARD;
        }
    }
}
