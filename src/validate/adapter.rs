//! One adapter against the reference.

#[cfg(feature = "gpu")]
use super::sample::Sample;
use crate::comparison::Comparison;
#[cfg(feature = "gpu")]
use crate::comparison::{compare_end_to_end, compare_stages};
#[cfg(feature = "gpu")]
use crate::kernels::twin::Precision;

/// How an adapter did.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Verdict {
    /// The adapter with its driver.
    pub adapter: String,
    /// Stage by stage.
    pub stages: Vec<Comparison>,
    /// End to end.
    pub end_to_end: Vec<Comparison>,
}

impl Verdict {
    /// Whether every layer agrees in both comparisons. Comparing nothing is not agreement.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let all = || self.stages.iter().chain(&self.end_to_end);
        all().any(|row| row.n_compared > 0) && all().all(Comparison::agrees)
    }
}

/// Compares one adapter with the reference on a sample.
///
/// # Errors
///
/// The adapter is not there or fails.
#[cfg(feature = "gpu")]
pub fn validate_adapter(
    name: &str,
    sample: &Sample,
) -> Result<Verdict, crate::engines::EngineError> {
    use crate::engines::Engine as _;
    use crate::engines::cpu::CpuEngine;
    use crate::engines::gpu::{Gpu, GpuEngine};
    use crate::grid::Window;
    use crate::tile::Tile;
    use std::sync::Arc;

    /// Room for a slab of some ten thousand pixels.
    const MEMORY_BYTES: u64 = 512 << 20;
    let Sample {
        chain,
        inputs,
        n_pixels,
    } = sample;
    let window = Window {
        row: 0,
        col: 0,
        height: 1,
        width: *n_pixels,
    };
    let tile = Tile {
        window,
        inputs: inputs.clone(),
        inside: None,
    };
    let mut shaders =
        GpuEngine::without_recheck(Gpu::open(Some(name))?, Arc::clone(chain), MEMORY_BYTES)?;
    let adapter = shaders.name();
    let alone = shaders.run(&tile)?;
    let mut engine = GpuEngine::new(shaders.into_gpu(), Arc::clone(chain), MEMORY_BYTES)?;
    let whole = engine.run(&tile)?;
    let reference = CpuEngine::with_precision(Arc::clone(chain), Precision::Reference)
        .compute(inputs, *n_pixels);
    Ok(Verdict {
        adapter,
        stages: compare_stages(chain, inputs, &alone.layers, *n_pixels),
        end_to_end: compare_end_to_end(chain, inputs, &whole.layers, &reference, *n_pixels),
    })
}
