//! `doline devices`.

use crate::bench::{Case, ChainChoice};
use crate::engines::gpu::adapters;
use crate::engines::{AutoChoice, choose_engine};
use crate::run::DEFAULT_DEVICE_BYTES;
use crate::synth::ClimateType;

use super::console::{Console, Outcome};
use super::failure::Failure;
use super::text::{bytes, table};

pub(super) fn devices(console: Console) -> Result<Outcome, Failure> {
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
