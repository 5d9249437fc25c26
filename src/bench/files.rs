//! From files to files, and what the disk alone takes for as many bytes.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use crate::engines::cpu::engine_name;
use crate::error::Error;
use crate::run::{RunOptions, RunRecord, run};
use crate::study::{Device, Study};
use crate::synth::{self, ClimateType, SynthOptions};

use super::clock::{middle_of, per_second};
use super::devices::Adapter;
use super::report::{Disk, Phase};

/// Bytes of the plain file at least and at most.
const FILE_BYTES: [usize; 2] = [16 << 20, 256 << 20];
/// Bytes of a call of the system.
const PIECE: usize = 4 << 20;

/// A folder that is removed at the end.
#[derive(Debug)]
struct Scratch(PathBuf);

impl Scratch {
    /// A new folder in `folder`.
    fn new(folder: &Path) -> io::Result<Self> {
        let path = folder.join(format!("doline-bench-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left of it is of no use.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// How fast the disk of a folder takes and gives a plain file of about `bytes`.
fn measure_disk(scratch: &Scratch, folder: &Path, bytes: usize) -> io::Result<Disk> {
    let pieces = bytes.clamp(FILE_BYTES[0], FILE_BYTES[1]).div_ceil(PIECE);
    let path = scratch.0.join("plain.bin");
    // Not zeros, which some file systems do not store.
    let mut piece: Vec<u8> = (0..=250).cycle().take(PIECE).collect();
    let written = middle_of::<io::Error>(Duration::from_millis(500), || {
        let start = Instant::now();
        let mut file = File::create(&path)?;
        for _ in 0..pieces {
            file.write_all(&piece)?;
        }
        file.sync_all()?;
        Ok(start.elapsed().as_secs_f64())
    })?;
    let read = middle_of::<io::Error>(Duration::from_millis(300), || {
        let start = Instant::now();
        let mut file = File::open(&path)?;
        for _ in 0..pieces {
            file.read_exact(&mut piece)?;
        }
        Ok(start.elapsed().as_secs_f64())
    })?;
    fs::remove_file(&path)?;
    let bytes = pieces * PIECE;
    Ok(Disk {
        folder: folder.display().to_string(),
        bytes: bytes as u64,
        write_bytes_per_s: per_second(bytes, written),
        read_bytes_per_s: per_second(bytes, read),
    })
}

/// A folder with the speed of its disk.
#[derive(Debug)]
pub(super) struct Files {
    scratch: Scratch,
    /// The disk.
    pub(super) disk: Disk,
}

impl Files {
    /// Measures the disk of a folder with about as many bytes as the maps of `n_pixels` have.
    pub(super) fn new(folder: &Path, n_pixels: usize) -> io::Result<Self> {
        let scratch = Scratch::new(folder)?;
        let disk = measure_disk(&scratch, folder, n_pixels.saturating_mul(1024))?;
        Ok(Self { scratch, disk })
    }

    /// Runs the synthetic study of about `n_pixels` on a device, and gives the parts of that.
    pub(super) fn run(
        &self,
        device: Device,
        n_pixels: usize,
        climate: ClimateType,
    ) -> Result<Vec<Phase>, Failure> {
        let study = self.study(n_pixels, climate)?;
        let options = RunOptions {
            out: Some(self.scratch.0.join("out")),
            device: Some(device),
            command: "doline bench".to_owned(),
            ..RunOptions::default()
        };
        let record = run(&study, &options, &AtomicBool::new(false), &mut |_| {})?;
        Ok(phases(&record, &self.disk))
    }

    fn study(&self, n_pixels: usize, climate: ClimateType) -> Result<Study, Failure> {
        let side = n_pixels.isqrt().max(1);
        let options = SynthOptions {
            width: side,
            height: n_pixels.div_ceil(side),
            climate,
            ..SynthOptions::default()
        };
        let written = synth::write(&self.scratch.0.join("study"), &options, &mut |_, _| {})?;
        Ok(Study::load(&written.study, &[]).map_err(Error::from)?)
    }
}

/// The devices that run from files to files, with the names of their engines. A software adapter would take minutes.
pub(super) fn devices(adapters: &[Adapter]) -> Vec<(String, Device)> {
    #[cfg(feature = "gpu")]
    let hardware = adapters
        .iter()
        .filter(|adapter| !adapter.is_software())
        .map(|adapter| (adapter.engine_name(), Device::Named(adapter.name.clone())));
    #[cfg(not(feature = "gpu"))]
    let hardware = adapters.iter().map(|never| match *never {});
    std::iter::once((engine_name(), Device::Cpu))
        .chain(hardware)
        .collect()
}

/// Why files could not be measured.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The study could not be made.
    #[error(transparent)]
    Synth(#[from] synth::SynthError),
    /// The study could not be run.
    #[error(transparent)]
    Run(#[from] Error),
    /// The folder could not be used.
    #[error(transparent)]
    Folder(#[from] io::Error),
}

/// The parts of a run, by the seconds in which something was busy with them.
#[expect(clippy::cast_precision_loss, reason = "rates of few digits")]
fn phases(record: &RunRecord, disk: &Disk) -> Vec<Phase> {
    let pixels = record.pixels as f64;
    let files = record.inputs.iter().flat_map(|input| &input.files);
    let read: u64 = files.map(|file| file.bytes).sum();
    let (read, written) = (read as f64, record.bytes_written as f64);
    let part = |name, seconds: f64, bytes: f64, least_s: f64| {
        let seconds = seconds.max(1e-9);
        let mut phase = Phase::new(name, pixels / seconds, bytes / pixels.max(1.0));
        phase.share_of_disk = Some(least_s / seconds);
        phase
    };
    let least_to_read = read / disk.read_bytes_per_s.max(1.0);
    let least_to_write = written / disk.write_bytes_per_s.max(1.0);
    vec![
        part("read files", record.seconds.read, read, least_to_read),
        part("write files", record.seconds.write, written, least_to_write),
        part(
            "files to files",
            record.seconds.total,
            read + written,
            // Both go on at the same time.
            least_to_read.max(least_to_write),
        ),
    ]
}

#[cfg(all(test, feature = "gpu"))]
mod tests {
    use super::*;

    /// The name of a card may begin another's.
    #[test]
    fn each_card_is_found_by_the_whole_name_of_its_engine() {
        let adapter = |name: &str, kind| Adapter {
            name: name.to_owned(),
            kind,
            backend: "Vulkan".to_owned(),
            driver: "1.0".to_owned(),
            max_binding_bytes: 1 << 30,
            max_buffer_bytes: 1 << 30,
            max_storage_buffers: 8,
        };
        let cards = ["RTX 3080 Ti", "RTX 3080"].map(|name| adapter(name, "discrete GPU"));
        let adapters = [&cards[..], &[adapter("llvmpipe", "software")]].concat();
        let named = |name: &str| {
            let engine = format!("{name} (discrete GPU, Vulkan, 1.0)");
            (engine, Device::Named(name.to_owned()))
        };
        let expected = [
            (engine_name(), Device::Cpu),
            named("RTX 3080 Ti"),
            named("RTX 3080"),
        ];
        assert_eq!(devices(&adapters), expected);
    }
}
