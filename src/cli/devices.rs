//! `doline devices`.

use crate::bench::{Case, ChainChoice};
use crate::engines::gpu::self_test::Check;
use crate::engines::gpu::{SelfTest, adapters};
use crate::engines::{AutoChoice, choose_engine, test_adapter};
use crate::error::Error;
use crate::run::DEFAULT_DEVICE_BYTES;
use crate::synth::ClimateType;

use super::console::{Console, Outcome};
use super::failure::Failure;
use super::text::{bytes, table};
use super::validate::adapter_names;

/// Arguments of `devices`.
#[derive(Debug, clap::Args)]
pub(super) struct DevicesArgs {
    /// Test what each adapter computes: bits, functions, dispatches, exact ranks; exit 1 if one fails.
    #[arg(long)]
    test: bool,

    /// Only adapters with this part in their name are tested.
    #[arg(short, long, value_name = "NAME", requires = "test")]
    device: Option<String>,
}

pub(super) fn devices(args: &DevicesArgs, console: Console) -> Result<Outcome, Failure> {
    if args.test {
        test(args.device.as_deref(), console)
    } else {
        list(console)
    }
}

/// Tests adapters, whatever was found before.
fn test(name_part: Option<&str>, console: Console) -> Result<Outcome, Failure> {
    let mut tested = Vec::new();
    for name in adapter_names(name_part)? {
        tested.push(test_adapter(&name).map_err(Error::from)?);
    }
    if console.json {
        console.result(&serde_json::to_string_pretty(&tested).unwrap_or_default());
    } else {
        for one in &tested {
            print(one, console);
        }
    }
    Ok(if tested.iter().all(SelfTest::passed) {
        Outcome::Done
    } else {
        Outcome::CheckFailed
    })
}

fn print(tested: &SelfTest, console: Console) {
    let word = |check: &Check| match (check.is_required, check.passed) {
        (true, true) => "passed",
        (true, false) => "FAILED",
        (false, true) => "yes",
        (false, false) => "no",
    };
    let row = |check: &Check| {
        let [name, bound] = [check.name, check.bound].map(str::to_owned);
        vec![name, word(check).to_owned(), check.measured.clone(), bound]
    };
    let rows: Vec<_> = tested.checks.iter().map(row).collect();
    let verdict = if tested.passed() {
        "computes what the kernels rely on"
    } else {
        "FAILS: `auto` does not take it, and a run on it is refused"
    };
    console.result(&format!(
        "{}\n{}\n{verdict} ({:.1} s)",
        tested.adapter,
        table(
            &["check", "result", "measured", "kernels rely on"],
            &rows,
            4
        ),
        tested.seconds
    ));
}

/// What there is, and what `auto` takes.
fn list(console: Console) -> Result<Outcome, Failure> {
    let adapters = adapters();
    let whole = Case::new(ChainChoice::Whole, ClimateType::Packed)?;
    let AutoChoice { adapter, reason } = choose_engine(&whole.chain, DEFAULT_DEVICE_BYTES);
    let choice = adapter.unwrap_or_else(|| "cpu".to_owned());
    if console.json {
        let json = serde_json::json!({ "adapters": adapters, "auto": choice, "reason": reason });
        console.result(&serde_json::to_string_pretty(&json).unwrap_or_default());
        return Ok(Outcome::Done);
    }
    let rows: Vec<Vec<String>> = adapters
        .iter()
        .map(|a| {
            vec![
                a.name.clone(),
                a.kind.to_owned(),
                a.backend.clone(),
                a.driver.clone(),
                bytes(a.max_binding_bytes),
                bytes(a.max_buffer_bytes),
            ]
        })
        .collect();
    if !rows.is_empty() {
        let header = [
            "adapter",
            "kind",
            "backend",
            "driver",
            "largest binding",
            "largest buffer",
        ];
        console.result(&table(&header, &rows, 4));
    }
    let threads = rayon::current_num_threads();
    console.result(&format!(
        "cpu: {threads} threads\nauto takes {choice} for a whole study: {reason}"
    ));
    Ok(Outcome::Done)
}
