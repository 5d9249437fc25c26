//! `doline validate`.

use std::path::PathBuf;

use crate::engines::EngineError;
use crate::engines::gpu::adapters;
use crate::error::Error;
use crate::run::plan;
use crate::study::Study;
use crate::validate::{
    Comparison, Sample, Verdict as Agreement, sample_of_plan, synthetic_sample, validate_adapter,
};

use super::console::{Console, Outcome};
use super::failure::Failure;
use super::text::{short, table};

/// Arguments of `validate`.
#[derive(Debug, clap::Args)]
pub(super) struct ValidateArgs {
    /// The study file (TOML) whose pixels are compared.
    #[arg(required_unless_present = "synthetic", conflicts_with = "synthetic")]
    study: Option<PathBuf>,

    /// Compare on a synthetic study instead.
    #[arg(long)]
    synthetic: bool,

    /// About how many pixels are compared.
    #[arg(long, default_value_t = 65_536, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=16_777_216))]
    pixels: u32,

    /// Only adapters with this part in their name.
    #[arg(short, long, value_name = "NAME")]
    device: Option<String>,
}

pub(super) fn validate(args: &ValidateArgs, console: Console) -> Result<Outcome, Failure> {
    let pixels = args.pixels as usize;
    let sample = match &args.study {
        Some(path) => {
            let study = Study::load(path, &[]).map_err(Error::from)?;
            sample_of_plan(&plan(&study, None)?, pixels)?
        }
        None => synthetic_sample(pixels)?,
    };
    let names = adapter_names(args.device.as_deref())?;
    let mut verdicts = Vec::new();
    for name in names {
        console.remark(&format!(
            "comparing {name} with the CPU reference on {} pixels",
            sample.n_pixels
        ));
        verdicts.push(validate_adapter(&name, &sample).map_err(Error::from)?);
    }
    if console.json {
        let json = serde_json::json!({ "pixels": sample.n_pixels, "adapters": verdicts });
        console.result(&serde_json::to_string_pretty(&json).unwrap_or_default());
    } else {
        for verdict in &verdicts {
            print(verdict, &sample, console);
        }
    }
    let agrees = verdicts.iter().all(Agreement::agrees);
    Ok(if agrees {
        Outcome::Done
    } else {
        Outcome::CheckFailed
    })
}

/// Names of the adapters to compare, each once.
pub(super) fn adapter_names(part: Option<&str>) -> Result<Vec<String>, Failure> {
    let all: Vec<String> = adapters().into_iter().map(|adapter| adapter.name).collect();
    let is_meant =
        |name: &String| part.is_none_or(|part| name.to_lowercase().contains(&part.to_lowercase()));
    let mut names: Vec<String> = all.iter().filter(|name| is_meant(name)).cloned().collect();
    names.dedup();
    if names.is_empty() {
        let reason = if all.is_empty() {
            "no Vulkan, Metal or DX12 driver offers an adapter".to_owned()
        } else {
            format!(
                "no adapter name contains {:?}; available: {}",
                part.unwrap_or_default(),
                all.join(", ")
            )
        };
        return Err(Error::from(EngineError::NoAdapter { reason }).into());
    }
    Ok(names)
}

fn print(verdict: &Agreement, sample: &Sample, console: Console) {
    console.result(&format!("{}\n", verdict.adapter));
    console.result("Stage by stage: the reference is fed what the GPU stage was fed\n");
    console.result(&rows(&verdict.stages));
    console.result("\nEnd to end: both from the inputs on\n");
    console.result(&rows(&verdict.end_to_end));
    let all = || verdict.stages.iter().chain(&verdict.end_to_end);
    let decided: u64 = verdict
        .stages
        .iter()
        .map(|row| row.n_decided)
        .max()
        .unwrap_or(0);
    let failed: Vec<&str> = all()
        .filter(|row| !row.agrees())
        .map(|row| row.layer.as_str())
        .collect();
    let worst = all().max_by(|a, b| a.worst_share.total_cmp(&b.worst_share));
    console.result(&format!(
        "\n{decided} of {} pixels are decided in f64 on every engine",
        sample.n_pixels
    ));
    match (failed.is_empty(), worst) {
        (true, Some(worst)) => {
            console.result(&format!(
                "agrees: the layer nearest to its tolerance is {}, at {} of it",
                worst.layer,
                short(worst.worst_share)
            ));
        }
        _ => console.result(&format!("DIFFERS past tolerance in: {}", failed.join(", "))),
    }
}

fn rows(comparisons: &[Comparison]) -> String {
    let rows: Vec<Vec<String>> = comparisons
        .iter()
        .map(|row| {
            let verdict = if row.agrees() { "ok" } else { "DIFFERS" };
            vec![
                row.stage.clone(),
                row.layer.clone(),
                row.tolerance.clone(),
                verdict.to_owned(),
                row.n_compared.to_string(),
                row.n_missing_differs.to_string(),
                short(row.max_error),
                short(row.p999_error),
                short(row.worst_share),
                row.n_class_flips.to_string(),
            ]
        })
        .collect();
    let header = [
        "stage",
        "layer",
        "tolerance",
        "",
        "compared",
        "missing differ",
        "max error",
        "99.9 %",
        "share of tolerance",
        "class flips",
    ];
    table(&header, &rows, 4)
}
