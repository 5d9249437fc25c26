//! `doline devices`.

use crate::engines::gpu::adapters;

use super::console::{Console, Outcome};
use super::text::{bytes, table};

pub(super) fn devices(console: Console) -> Outcome {
    let adapters = adapters();
    let (choice, reason) = match adapters.first() {
        Some(best) if !best.is_software() => {
            (best.name.clone(), "the best hardware adapter".to_owned())
        }
        Some(_) => (
            "cpu".to_owned(),
            "there are software adapters only, and the CPU engine is faster than those".to_owned(),
        ),
        None => (
            "cpu".to_owned(),
            "no Vulkan, Metal or DX12 driver gave an adapter".to_owned(),
        ),
    };
    if console.json {
        let json = serde_json::json!({ "adapters": adapters, "auto": choice, "reason": reason });
        console.result(&serde_json::to_string_pretty(&json).unwrap_or_default());
        return Outcome::Done;
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
        "cpu: {threads} threads\nauto takes {choice}: {reason}"
    ));
    Outcome::Done
}
