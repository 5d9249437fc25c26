//! The adapters that are measured.

use crate::error::Error;

use super::options::BenchOptions;

/// An adapter.
#[cfg(feature = "gpu")]
pub(super) type Adapter = crate::engines::gpu::AdapterReport;
/// There is none.
#[cfg(not(feature = "gpu"))]
pub(super) type Adapter = std::convert::Infallible;

/// The adapters that are asked for, one of each name.
#[cfg(feature = "gpu")]
pub(super) fn adapters_meant(options: &BenchOptions) -> Result<Vec<Adapter>, Error> {
    let mut all = crate::engines::gpu::adapters();
    all.dedup_by(|a, b| a.name == b.name);
    let mut meant: Vec<Adapter> = Vec::new();
    if options.devices.is_empty() {
        return Ok(all);
    }
    for device in options.devices.iter().map(|device| device.to_lowercase()) {
        let is_called = |adapter: &Adapter| adapter.name.to_lowercase() == device;
        // The name of a card may be part of another's.
        let is_whole_name = all.iter().any(is_called);
        let is_meant = |adapter: &&Adapter| match device.as_str() {
            "cpu" => false,
            "gpu" => !adapter.is_software(),
            _ if is_whole_name => is_called(adapter),
            part => adapter.name.to_lowercase().contains(part),
        };
        let found: Vec<&Adapter> = all.iter().filter(is_meant).collect();
        if found.is_empty() && device != "cpu" {
            let names: Vec<&str> = all.iter().map(|adapter| adapter.name.as_str()).collect();
            let there = if names.is_empty() {
                "no Vulkan, Metal or DX12 driver gave an adapter".to_owned()
            } else {
                format!(
                    "--device {device:?} means none of: cpu, {}",
                    names.join(", ")
                )
            };
            return Err(crate::engines::EngineError::NoAdapter { reason: there }.into());
        }
        for adapter in found {
            if !meant.contains(adapter) {
                meant.push(adapter.clone());
            }
        }
    }
    Ok(meant)
}

#[cfg(not(feature = "gpu"))]
#[expect(clippy::unnecessary_wraps, reason = "as with a GPU engine")]
pub(super) fn adapters_meant(_options: &BenchOptions) -> Result<Vec<Adapter>, Error> {
    Ok(Vec::new())
}
