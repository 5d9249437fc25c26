//! What `auto` takes: the faster engine for a chain on this host.
//!
//! A software adapter is never measured: it runs the shaders on the CPU, several times slower than the
//! CPU engine. No failure of an adapter ends a run that leaves the choice to the program: the CPU
//! computes then, and the reason says why.

use std::sync::Arc;

use crate::chain::Chain;

#[cfg(feature = "gpu")]
use super::choice::{Keeper, Speeds, reason};
use super::cpu::CpuEngine;
use super::engine::Engine;
#[cfg(feature = "gpu")]
use super::trial::speed;

/// What `auto` takes for a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutoChoice {
    /// The name of the adapter; none where the CPU computes.
    pub adapter: Option<String>,
    /// Why.
    pub reason: String,
}

impl AutoChoice {
    fn cpu(reason: impl Into<String>) -> Self {
        Self {
            adapter: None,
            reason: reason.into(),
        }
    }
}

/// What `auto` takes for a chain, and why. Where there is a hardware GPU and no earlier run measured the
/// chain on it, both engines are measured now: some 0.4 s each, and what it takes to make
/// synthetic tiles and to compile the shaders.
///
/// # Arguments
///
/// * `memory_bytes` - what a GPU may take.
#[must_use]
pub fn choose_engine(chain: &Arc<Chain>, memory_bytes: u64) -> AutoChoice {
    choose(chain, memory_bytes).0
}

/// The engine that `auto` takes, and why.
pub(super) fn open_auto(chain: Arc<Chain>, memory_bytes: u64) -> (Box<dyn Engine>, String) {
    if chain.stages.is_empty() {
        let reason = "no kernel runs".to_owned();
        return (Box::new(CpuEngine::new(chain)), reason);
    }
    let (choice, opened) = choose(&chain, memory_bytes);
    match open_chosen(choice, opened, &chain, memory_bytes) {
        Ok(opened) => opened,
        Err(reason) => (Box::new(CpuEngine::new(chain)), reason),
    }
}

#[cfg(not(feature = "gpu"))]
fn choose(_chain: &Arc<Chain>, _memory_bytes: u64) -> (AutoChoice, Option<Box<dyn Engine>>) {
    (AutoChoice::cpu("this build has no GPU engine"), None)
}

/// The choice, and the adapter if it was opened to be measured.
#[cfg(feature = "gpu")]
fn choose(chain: &Arc<Chain>, memory_bytes: u64) -> (AutoChoice, Option<Box<dyn Engine>>) {
    let keep_in = super::gpu::pipeline_cache::default_folder();
    let keep_in = keep_in.as_deref();
    choose_among(
        &super::gpu::adapters(),
        memory_bytes,
        chain,
        keep_in,
        super::trust::check,
        || measure(chain, memory_bytes),
    )
}

/// The choice among `adapters`, the best of which comes first.
///
/// # Arguments
///
/// * `memory_bytes` - what the adapter may take.
/// * `keep_in` - where speeds are kept; none measures each time.
/// * `trust` - whether the adapter passes its self-test, else why not.
/// * `measure` - gives the speeds of both engines, with the opened adapter.
#[cfg(feature = "gpu")]
fn choose_among<E>(
    adapters: &[super::gpu::AdapterReport],
    memory_bytes: u64,
    chain: &Chain,
    keep_in: Option<&std::path::Path>,
    trust: impl FnOnce(&super::gpu::AdapterReport) -> Result<(), String>,
    measure: impl FnOnce() -> Result<(Speeds, E), String>,
) -> (AutoChoice, Option<E>) {
    let Some(best) = adapters.first() else {
        let reason = "no Vulkan, Metal or DX12 driver gave an adapter";
        return (AutoChoice::cpu(reason), None);
    };
    if best.is_software() {
        let reason = "there are software adapters only, and the CPU engine is faster than those";
        return (AutoChoice::cpu(reason), None);
    }
    if let Err(what) = trust(best) {
        let reason = format!(
            "auto: {} fails the self-test: {what} (`doline devices --test`)",
            best.name
        );
        return (AutoChoice::cpu(reason), None);
    }
    let threads = rayon::current_num_threads();
    let keeper = Keeper::new(keep_in, best, memory_bytes, chain, threads);
    let mut opened = None;
    let speeds: Result<_, String> = keeper.speeds(|| {
        let (speeds, engine) = measure()?;
        opened = Some(engine);
        Ok(speeds)
    });
    match speeds {
        Ok((speeds, origin)) => {
            let adapter = speeds.gpu_is_faster().then(|| best.name.clone());
            let reason = reason(speeds, origin, &best.name);
            let opened = opened.filter(|_| adapter.is_some());
            (AutoChoice { adapter, reason }, opened)
        }
        Err(error) => {
            let reason = format!("auto: {} failed while it was measured: {error}", best.name);
            (AutoChoice::cpu(reason), None)
        }
    }
}

/// Measures both engines on the chain; the adapter is opened as for a run.
#[cfg(feature = "gpu")]
fn measure(chain: &Arc<Chain>, memory_bytes: u64) -> Result<(Speeds, Box<dyn Engine>), String> {
    let bytes_per_pixel = 2 * (chain.input_bytes() + chain.returned_bytes()) as u64;
    let pixels = memory_bytes / bytes_per_pixel.max(1);
    let most_pixels = usize::try_from(pixels).unwrap_or(usize::MAX);
    let mut gpu = super::open_gpu::open_gpu(None, false, Arc::clone(chain), memory_bytes, &[])
        .map_err(|error| error.to_string())?;
    let of_gpu = speed(&mut *gpu, chain, most_pixels).map_err(|error| error.to_string())?;
    if let Some(loss) = gpu.report().losses.first() {
        return Err(format!("it was lost {loss}"));
    }
    let of_cpu = speed(&mut CpuEngine::new(Arc::clone(chain)), chain, most_pixels)
        .map_err(|error| error.to_string())?;
    let speeds = Speeds {
        cpu: of_cpu,
        gpu: of_gpu,
    };
    Ok((speeds, gpu))
}

/// The chosen engine, opened; else why the CPU has to compute.
fn open_chosen(
    choice: AutoChoice,
    opened: Option<Box<dyn Engine>>,
    chain: &Arc<Chain>,
    memory_bytes: u64,
) -> Result<(Box<dyn Engine>, String), String> {
    let AutoChoice { adapter, reason } = choice;
    let Some(adapter) = adapter else {
        return Err(reason);
    };
    let engine = match opened {
        Some(engine) => engine,
        None => super::open_gpu::open_gpu(None, false, Arc::clone(chain), memory_bytes, &[])
            .map_err(|error| format!("auto: {adapter} cannot compute this chain: {error}"))?,
    };
    Ok((engine, reason))
}

#[cfg(all(test, feature = "gpu"))]
mod tests {
    use super::*;
    use crate::engines::gpu::AdapterReport;
    use crate::engines::trial::examples::trend_of_ndvi;

    fn adapter(name: &str, kind: &'static str) -> AdapterReport {
        AdapterReport {
            name: name.to_owned(),
            kind,
            backend: "Vulkan".to_owned(),
            driver: "1.0".to_owned(),
            max_binding_bytes: 1 << 30,
            max_buffer_bytes: 1 << 30,
            max_storage_buffers: 8,
        }
    }

    fn chain() -> Arc<Chain> {
        Arc::new(trend_of_ndvi(10))
    }

    const MEMORY: u64 = 512 << 20;
    const SLOW_CARD: Speeds = Speeds { cpu: 2e6, gpu: 1e6 };
    const FAST_CARD: Speeds = Speeds { cpu: 2e6, gpu: 1e7 };

    #[expect(
        clippy::unnecessary_wraps,
        reason = "it is passed where others can fail"
    )]
    fn trust(_: &AdapterReport) -> Result<(), String> {
        Ok(())
    }

    fn distrust(_: &AdapterReport) -> Result<(), String> {
        Err("exp: 40 ULP".to_owned())
    }

    #[test]
    fn an_adapter_that_fails_its_self_test_is_not_measured_and_the_reason_says_so() {
        let adapters = [adapter("Card", "discrete GPU")];
        let never = || -> Result<(Speeds, ()), String> { panic!("measured") };
        let (choice, opened) = choose_among(&adapters, MEMORY, &chain(), None, distrust, never);
        assert_eq!((choice.adapter, opened), (None, None));
        let reason = choice.reason;
        assert!(
            reason.contains("Card fails the self-test: exp: 40 ULP"),
            "{reason}"
        );
    }

    #[test]
    fn neither_nothing_nor_a_software_adapter_is_measured() {
        let never = || -> Result<(Speeds, ()), String> { panic!("measured") };
        for adapters in [vec![], vec![adapter("llvmpipe", "software")]] {
            let (choice, opened) = choose_among(&adapters, MEMORY, &chain(), None, distrust, never);
            assert_eq!((choice.adapter, opened), (None, None));
        }
    }

    #[test]
    fn the_faster_engine_is_chosen_and_a_measured_adapter_stays_open() {
        let adapters = [
            adapter("Card", "discrete GPU"),
            adapter("llvmpipe", "software"),
        ];
        let folder = tempfile::tempdir().expect("a folder");
        let keep_in = Some(folder.path());
        let fast = || Ok((FAST_CARD, "opened"));
        let (choice, opened) = choose_among(&adapters, MEMORY, &chain(), keep_in, trust, fast);
        assert_eq!(choice.adapter.as_deref(), Some("Card"));
        assert_eq!(opened, Some("opened"));
        assert!(
            choice.reason.contains("10.00 Mpixel/s"),
            "{}",
            choice.reason
        );

        // Kept: not measured again, and not opened yet.
        let slow = || Ok((SLOW_CARD, "opened"));
        let (kept, opened) = choose_among(&adapters, MEMORY, &chain(), keep_in, trust, slow);
        assert_eq!((kept.adapter.as_deref(), opened), (Some("Card"), None));
        assert!(kept.reason.contains("earlier run"), "{}", kept.reason);

        let (choice, opened) = choose_among(&adapters, MEMORY, &chain(), None, trust, slow);
        assert_eq!((choice.adapter, opened), (None, None), "the CPU is faster");
        assert!(choice.reason.contains("1.00 on Card"), "{}", choice.reason);
    }

    #[test]
    fn an_adapter_that_fails_leaves_the_work_to_the_cpu_and_the_reason_names_it() {
        let adapters = [adapter("Card", "integrated GPU")];
        let folder = tempfile::tempdir().expect("a folder");
        let fails = || Err::<(Speeds, ()), _>("it was lost while computing".to_owned());
        let (choice, opened) = choose_among(
            &adapters,
            MEMORY,
            &chain(),
            Some(folder.path()),
            trust,
            fails,
        );
        assert_eq!((choice.adapter, opened), (None, None));
        let reason = choice.reason;
        assert!(
            reason.contains("Card") && reason.contains("lost"),
            "{reason}"
        );
        let n_kept = std::fs::read_dir(folder.path()).expect("read").count();
        assert_eq!(n_kept, 0, "a failure is not kept");
    }
}
