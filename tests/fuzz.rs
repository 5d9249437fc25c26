//! The fuzz targets of fuzz/targets.rs on any compiler: seeds from fuzz/corpus, changed at random for a bounded time.
//!
//! `DOLINE_FUZZ_SECONDS` is the time of each target, half a second where it is not set; `DOLINE_FUZZ_SEED` repeats a run.
//! Coverage-guided, and for as long as one likes: `cargo +nightly fuzz run study`.
#![cfg(feature = "gdal")]
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../fuzz/targets.rs"]
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// One input may take no longer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pieces that the formats have in them.
const WORDS: &[&str] = &[
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "=",
    ".",
    ",",
    "\n",
    "#",
    "\\u0000",
    "\\",
    "nan",
    "-inf",
    "1e999",
    "-1",
    "0",
    "2001",
    "9999999999999999999",
    "{year}",
    "{month}",
    "*",
    "**",
    "?",
    "/",
    "../",
    "since",
    "days since ",
    "months since ",
    "360_day",
    "noleap",
    "0000-00-00",
    "2001-13-45",
    "-99999-01-01",
    "T25:61:61",
    "+99:99",
    "kg",
    "m-2",
    "^",
    "e-3",
    "W",
    " ",
    "\t",
    "\u{e9}",
    "\u{feff}",
    "\u{202e}",
    "[study]",
    "years = ",
    "[inputs.npp]",
    "files = ",
    "units = ",
    "[[",
    "]]",
    "true",
    "12",
    "02",
];

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number below `n`, which is not 0.
    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).expect("below a usize")
    }
}

/// A few changes: bytes flipped, put in, taken out, pieces doubled, moved from another seed, words of the format.
fn changed(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut data = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(8) {
        let at = random.below(data.len() + 1);
        let end = (at + random.below(32)).min(data.len());
        match random.below(7) {
            0 if at < data.len() => data[at] ^= 1 << random.below(8),
            1 => data.insert(at, u8::try_from(random.below(256)).expect("a byte")),
            2 => drop(data.drain(at..end)),
            3 => {
                let piece = data[at..end].repeat(1 + random.below(20));
                data.splice(at..at, piece);
            }
            4 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len() + 1);
                let to = (from + random.below(64)).min(other.len());
                data.splice(at..at, other[from..to].iter().copied());
            }
            _ => {
                let word = WORDS[random.below(WORDS.len())];
                data.splice(at..at, word.bytes());
            }
        }
    }
    data
}

fn seeds_of(name: &str) -> Vec<Vec<u8>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(name);
    let mut paths: Vec<_> = fs::read_dir(dir)
        .expect("a corpus")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read(path).expect("a seed"))
        .collect()
}

/// Runs one input; the bytes are told where it fails or takes too long.
fn run_one(name: &str, target: targets::Target, data: &[u8]) {
    let start = Instant::now();
    let ended = catch_unwind(AssertUnwindSafe(|| target(data)));
    let took = start.elapsed();
    let failed = match ended {
        Err(_) => Some("panics".to_owned()),
        Ok(()) if took > PATIENCE => Some(format!("takes {took:?}")),
        Ok(()) => None,
    };
    assert_eq!(failed, None, "{name} on b\"{}\"", data.escape_ascii());
}

#[test]
fn no_input_panics_or_hangs() {
    let seconds = std::env::var("DOLINE_FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0.5);
    let clock = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_secs();
    let seed = std::env::var("DOLINE_FUZZ_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(clock);
    println!("DOLINE_FUZZ_SEED={seed}");
    for &(name, target) in targets::TARGETS {
        let mut seeds = seeds_of(name);
        assert!(!seeds.is_empty(), "{name} has no seeds");
        for seed in &seeds {
            run_one(name, target, seed);
        }
        seeds.push(Vec::new());
        let mut random = Random(seed);
        let (start, mut runs) = (Instant::now(), 0_u64);
        while start.elapsed().as_secs_f64() < seconds {
            run_one(name, target, &changed(&mut random, &seeds));
            runs += 1;
        }
        println!("{name}: {runs} inputs");
        assert!(runs > 10, "{name}: too slow to be tested");
    }
}

#[test]
fn every_target_of_cargo_fuzz_is_run_here_too() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    let mut files: Vec<String> = fs::read_dir(dir)
        .expect("targets")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .trim_end_matches(".rs")
                .to_owned()
        })
        .collect();
    let mut names: Vec<String> = targets::TARGETS
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    files.sort();
    names.sort();
    assert_eq!(files, names);
}
