//! `doline synth`.

use std::path::PathBuf;

use crate::synth::{Compression, SynthOptions, write};

use super::climate::Climate;
use super::console::{Console, Outcome};
use super::failure::Failure;
use super::local_folder::local_folder;
use super::progress::Progress;
use super::text::bytes;

/// Arguments of `synth`.
#[derive(Debug, clap::Args)]
pub(super) struct SynthArgs {
    /// Folder of the study; new, empty, or with an earlier synthetic study in it.
    #[arg(short, long, value_name = "DIR", value_parser = local_folder())]
    out: PathBuf,

    /// Columns and rows.
    #[arg(long, value_name = "WxH", default_value = "160x120")]
    size: String,

    /// Another seed makes another region.
    #[arg(long, default_value_t = SynthOptions::default().seed)]
    seed: u64,

    /// How monthly climate is stored.
    #[arg(long, value_enum, default_value_t = Climate::Packed)]
    climate: Climate,

    /// How files are compressed.
    #[arg(long, value_enum, default_value_t = Compress::Fast)]
    compress: Compress,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Compress {
    /// Not at all.
    None,
    /// Deflate, fastest level.
    Fast,
    /// Deflate, smallest files.
    Small,
}

pub(super) fn synth(args: &SynthArgs, console: Console) -> Result<Outcome, Failure> {
    let [width, height] = size(&args.size)?;
    let compress = match args.compress {
        Compress::None => Compression::None,
        Compress::Fast => Compression::Fast,
        Compress::Small => Compression::Small,
    };
    let options = SynthOptions {
        width,
        height,
        seed: args.seed,
        climate: args.climate.into(),
        compress,
    };
    let mut progress = Progress::new(console, "rows");
    let summary = write(&args.out, &options, &mut |done, all| {
        progress.set(done as u64, all as u64);
    })?;
    progress.clear();
    if console.json {
        let json = serde_json::json!({
            "study": summary.study, "width": width, "height": height, "seed": args.seed,
            "files": summary.n_files, "bytes": summary.n_bytes,
        });
        console.result(&serde_json::to_string_pretty(&json).unwrap_or_default());
    } else {
        let n_files = summary.n_files;
        console.result(&format!(
            "{n_files} files, {}; run it with\n  doline run {}",
            bytes(summary.n_bytes),
            summary.study.display()
        ));
    }
    Ok(Outcome::Done)
}

/// Columns and rows, such as `160x120`.
fn size(text: &str) -> Result<[usize; 2], Failure> {
    let wrong = || {
        Failure::Usage(format!(
            "--size {text:?} is not WIDTHxHEIGHT, such as 160x120, each from 1 to 100000"
        ))
    };
    let (width, height) = text.split_once(['x', 'X']).ok_or_else(wrong)?;
    match [width, height].map(|part| {
        part.trim()
            .parse::<usize>()
            .ok()
            .filter(|n| (1..=100_000).contains(n))
    }) {
        [Some(width), Some(height)] => Ok([width, height]),
        _ => Err(wrong()),
    }
}
