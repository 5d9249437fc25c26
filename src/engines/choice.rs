//! Which engine `auto` takes: the faster one for this chain on this host, as measured.
//!
//! What was measured is kept beside the compiled shaders, under everything that it depends on:
//! adapter, driver, what it may take, chain, number of threads, and the version of Doline. A file that cannot be read,
//! or is another's, is as good as none: it is measured again and replaced.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::chain::Chain;

use super::gpu::AdapterReport;
use super::gpu::pipeline_cache::{hex, write};

/// What both engines were measured at, in pixels a second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Speeds {
    /// The CPU engine on all threads.
    pub(super) cpu: f64,
    /// The adapter, its pixels decided in `f64` included.
    pub(super) gpu: f64,
}

impl Speeds {
    /// Whether the adapter is the faster one.
    pub(super) fn gpu_is_faster(self) -> bool {
        self.gpu > self.cpu
    }

    fn are_speeds(self) -> bool {
        [self.cpu, self.gpu]
            .iter()
            .all(|speed| speed.is_finite() && *speed > 0.0)
    }
}

/// Where speeds come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// They were measured now.
    Measured,
    /// An earlier run measured them.
    Kept,
}

/// A file of speeds.
#[derive(Debug, Serialize, Deserialize)]
struct File {
    /// What they are the speeds of.
    of: String,
    pixels_per_s: Speeds,
}

/// Where the speeds of a chain on an adapter are kept.
#[derive(Debug)]
pub(super) struct Keeper {
    of: String,
    path: Option<PathBuf>,
}

impl Keeper {
    /// The file in `folder`; none keeps nothing.
    ///
    /// # Arguments
    ///
    /// * `memory_bytes` - what the adapter may take.
    pub(super) fn new(
        folder: Option<&Path>,
        adapter: &AdapterReport,
        memory_bytes: u64,
        chain: &Chain,
        threads: usize,
    ) -> Self {
        let of = format!(
            "Doline {}; {}, {}, {}, {} MiB; {threads} threads; chain {}",
            env!("CARGO_PKG_VERSION"),
            adapter.name,
            adapter.backend,
            adapter.driver,
            memory_bytes >> 20,
            hash_of(chain)
        );
        let name = format!("auto-{}.json", &hex(&Sha256::digest(&of))[..16]);
        Self {
            path: folder.map(|folder| folder.join(name)),
            of,
        }
    }

    /// The speeds that were kept, or else those that `measure` gives, which are then kept.
    ///
    /// # Errors
    ///
    /// That of `measure`; nothing is kept then.
    pub(super) fn speeds<E>(
        &self,
        measure: impl FnOnce() -> Result<Speeds, E>,
    ) -> Result<(Speeds, Origin), E> {
        if let Some(kept) = self.read() {
            return Ok((kept, Origin::Kept));
        }
        let speeds = measure()?;
        self.keep(speeds);
        Ok((speeds, Origin::Measured))
    }

    fn read(&self) -> Option<Speeds> {
        let text = fs::read_to_string(self.path.as_ref()?).ok()?;
        let file: File = serde_json::from_str(&text).ok()?;
        (file.of == self.of && file.pixels_per_s.are_speeds()).then_some(file.pixels_per_s)
    }

    /// A failure is not an error: the next run measures again.
    fn keep(&self, pixels_per_s: Speeds) {
        let Some(path) = &self.path else { return };
        let file = File {
            of: self.of.clone(),
            pixels_per_s,
        };
        let text = serde_json::to_string_pretty(&file).unwrap_or_default();
        if let Err(error) = write(path, text.as_bytes()) {
            tracing::debug!("speeds are not kept in {}: {error}", path.display());
        }
    }
}

/// Everything of a chain that its speed depends on.
fn hash_of(chain: &Chain) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{:?} {:?}", chain.inputs, chain.returned));
    for layer in &chain.layers {
        hash.update(layer.n_steps.to_le_bytes());
    }
    for stage in &chain.stages {
        let spec = stage.kernel.spec();
        hash.update(format!(
            "{} {:?} {:?} {:?}",
            stage.label, stage.inputs, stage.outputs, stage.first_step
        ));
        hash.update(spec.wgsl);
        hash.update(stage.kernel.params());
    }
    hex(&hash.finalize())
}

/// Why the faster one is taken, for `run.json`.
pub(super) fn reason(speeds: Speeds, origin: Origin, adapter: &str) -> String {
    let million = |speed: f64| {
        let speed = speed / 1e6;
        if speed < 0.1 {
            format!("{speed:.3}")
        } else {
            format!("{speed:.2}")
        }
    };
    let how = match origin {
        Origin::Measured => "measured now, and kept",
        Origin::Kept => "measured by an earlier run",
    };
    let (own, other, against) = if speeds.gpu_is_faster() {
        (speeds.gpu, speeds.cpu, "the CPU")
    } else {
        (speeds.cpu, speeds.gpu, adapter)
    };
    format!(
        "auto: {} Mpixel/s of this chain against {} on {against} ({how})",
        million(own),
        million(other)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engines::trial::examples::trend_of_ndvi as chain;

    fn adapter(driver: &str) -> AdapterReport {
        AdapterReport {
            name: "Card".to_owned(),
            kind: "discrete GPU",
            backend: "Vulkan".to_owned(),
            driver: driver.to_owned(),
            max_binding_bytes: 1 << 30,
            max_buffer_bytes: 1 << 30,
            max_storage_buffers: 8,
        }
    }

    const MEMORY: u64 = 512 << 20;

    const SLOW_CARD: Speeds = Speeds {
        cpu: 330_000.0,
        gpu: 30_000.0,
    };
    const FAST_CARD: Speeds = Speeds {
        cpu: 2e6,
        gpu: 13.5e6,
    };

    /// What a keeper gives where measuring gives `speeds`, and how often it measured.
    fn ask(keeper: &Keeper, speeds: Speeds) -> (Speeds, Origin, u32) {
        let mut n = 0;
        let (speeds, origin) = keeper
            .speeds(|| {
                n += 1;
                Ok::<_, String>(speeds)
            })
            .expect("nothing fails");
        (speeds, origin, n)
    }

    #[test]
    fn the_faster_engine_is_taken_and_the_reason_says_why() {
        assert!(!SLOW_CARD.gpu_is_faster());
        assert_eq!(
            reason(SLOW_CARD, Origin::Measured, "Card"),
            "auto: 0.33 Mpixel/s of this chain against 0.030 on Card (measured now, and kept)"
        );
        assert!(FAST_CARD.gpu_is_faster());
        assert_eq!(
            reason(FAST_CARD, Origin::Kept, "Card"),
            "auto: 13.50 Mpixel/s of this chain against 2.00 on the CPU (measured by an earlier run)"
        );
    }

    #[test]
    fn a_chain_is_measured_once_on_an_adapter_with_its_driver_memory_and_threads() {
        let folder = tempfile::tempdir().expect("a folder");
        let (ten, twelve) = (chain(10), chain(12));
        let keeper = |driver: &str, memory_bytes, chain: &Chain, threads| {
            let adapter = adapter(driver);
            Keeper::new(Some(folder.path()), &adapter, memory_bytes, chain, threads)
        };
        let first = ask(&keeper("1.0", MEMORY, &ten, 2), SLOW_CARD);
        assert_eq!(first, (SLOW_CARD, Origin::Measured, 1));
        let again = ask(&keeper("1.0", MEMORY, &ten, 2), FAST_CARD);
        assert_eq!(again, (SLOW_CARD, Origin::Kept, 0), "kept");
        for other in [
            keeper("1.1", MEMORY, &ten, 2),
            keeper("1.0", 2 * MEMORY, &ten, 2),
            keeper("1.0", MEMORY, &twelve, 2),
            keeper("1.0", MEMORY, &ten, 3),
        ] {
            let measured = ask(&other, FAST_CARD);
            assert_eq!(measured, (FAST_CARD, Origin::Measured, 1), "{}", other.of);
        }
        assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 5);
    }

    #[test]
    fn a_kept_file_that_cannot_be_read_is_measured_again_and_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let keeper = Keeper::new(Some(folder.path()), &adapter("1.0"), MEMORY, &chain(10), 2);
        ask(&keeper, FAST_CARD);
        let path = keeper.path.clone().expect("a path");
        let whole = fs::read_to_string(&path).expect("written");
        let damaged = [
            String::new(),
            "{}".to_owned(),
            whole[..whole.len() / 2].to_owned(),
            whole.replace("Doline", "Another"),
            whole.replace("13500000.0", "-1.0"),
            whole.replace("13500000.0", "1e999"),
        ];
        for text in damaged {
            assert_ne!(text, whole);
            fs::write(&path, &text).expect("damaged");
            let measured = ask(&keeper, SLOW_CARD);
            assert_eq!(measured, (SLOW_CARD, Origin::Measured, 1), "{text}");
            assert_eq!(ask(&keeper, FAST_CARD).1, Origin::Kept, "{text}");
            fs::write(&path, &whole).expect("mended");
        }
    }

    #[test]
    fn a_failed_measurement_is_not_kept_and_no_folder_keeps_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let keeper = Keeper::new(Some(folder.path()), &adapter("1.0"), MEMORY, &chain(10), 2);
        let failed = keeper.speeds(|| Err("lost"));
        assert_eq!(failed, Err("lost"));
        assert_eq!(ask(&keeper, FAST_CARD).1, Origin::Measured);
        let nowhere = Keeper::new(None, &adapter("1.0"), MEMORY, &chain(10), 2);
        assert_eq!(ask(&nowhere, FAST_CARD).1, Origin::Measured);
        assert_eq!(ask(&nowhere, FAST_CARD).1, Origin::Measured);
    }
}
