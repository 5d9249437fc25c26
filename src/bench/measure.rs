//! Everything, one engine after the other.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::Error;
use crate::synth::ClimateType;

use super::case::Case;
use super::copy::copy_of_the_host;
use super::devices::{Adapter, adapters_meant};
use super::host::measure_cpu;
use super::options::BenchOptions;
use super::report::{Disk, EngineReport, Failed, Host, Report, Work};

/// Time for the chain on one engine, and again for its kernels.
const BUDGET: Duration = Duration::from_millis(1500);

/// Measures every engine that is asked for.
///
/// # Arguments
///
/// * `on_step` - gets what is measured next.
///
/// # Errors
///
/// A device that is asked for by name is not there. What fails later is in [`Report::failed`].
pub fn measure(options: &BenchOptions, on_step: &mut dyn FnMut(&str)) -> Result<Report, Error> {
    let adapters = adapters_meant(options)?;
    let case = Case::new(options.chain, options.climate)?;
    on_step("copies of memory");
    let copy = copy_of_the_host();
    let n_pixels = options.n_pixels();
    let mut measured = Measured::default();
    on_step("making pixels");
    let tile = Arc::new(case.tile(n_pixels));
    if options.means("cpu") {
        on_step("the CPU engine");
        let report = measure_cpu(&case.chain, &tile, copy, BUDGET);
        measured.add("the CPU engine", report);
    }
    #[cfg(feature = "gpu")]
    for adapter in &adapters {
        on_step(&adapter.name);
        let tile = if adapter.is_software() {
            Arc::new(case.tile(options.n_pixels_of_software()))
        } else {
            Arc::clone(&tile)
        };
        let report = super::adapter::measure_adapter(
            &adapter.name,
            &case.chain,
            &tile,
            options.memory_of(adapter.is_software()),
            BUDGET,
        );
        measured.add(&adapter.name, report);
    }
    let disk = measured.files(options, n_pixels, &adapters, on_step);
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Ok(Report {
        doline: env!("CARGO_PKG_VERSION"),
        unix_s: since.map_or(0, |since| since.as_secs()),
        host: Host {
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            cpu: cpu_name(),
            threads: rayon::current_num_threads(),
            copy_bytes_per_s: copy,
            disk,
        },
        work: work(&case),
        engines: measured.engines,
        failed: measured.failed,
    })
}

/// What was measured so far.
#[derive(Default)]
struct Measured {
    engines: Vec<EngineReport>,
    failed: Vec<Failed>,
}

impl Measured {
    fn add<E: Into<Error>>(&mut self, what: &str, report: Result<EngineReport, E>) {
        match report {
            Ok(report) => self.engines.push(report),
            Err(error) => {
                let error: Error = error.into();
                self.fail(what, &error);
            }
        }
    }

    fn fail<E: ToString>(&mut self, what: &str, error: &E) {
        self.failed.push(Failed {
            what: what.to_owned(),
            reason: error.to_string(),
        });
    }

    #[cfg(not(feature = "gdal"))]
    fn files(
        &mut self,
        _options: &BenchOptions,
        _n_pixels: usize,
        _adapters: &[Adapter],
        _on_step: &mut dyn FnMut(&str),
    ) -> Option<Disk> {
        None
    }

    /// Adds to each engine what a run from files to files gives, and gives the speed of the disk.
    #[cfg(feature = "gdal")]
    fn files(
        &mut self,
        options: &BenchOptions,
        n_pixels: usize,
        adapters: &[Adapter],
        on_step: &mut dyn FnMut(&str),
    ) -> Option<Disk> {
        use super::case::ChainChoice;
        use super::files::{Files, devices};

        let folder = options.folder.as_ref()?;
        on_step("the disk");
        let files = match Files::new(folder, n_pixels) {
            Ok(files) => files,
            Err(error) => {
                self.fail(&format!("files in {}", folder.display()), &error);
                return None;
            }
        };
        // The study that synth makes asks for the whole chain.
        if options.chain == ChainChoice::Whole {
            on_step("files to files");
            for (name, device) in devices(adapters) {
                let mut engines = self.engines.iter_mut();
                let Some(engine) = engines.find(|engine| engine.engine == name) else {
                    continue;
                };
                match files.run(device, n_pixels, options.climate) {
                    Ok(phases) => engine.phases.extend(phases),
                    Err(error) => self.fail(&format!("files to files on {name}"), &error),
                }
            }
        }
        Some(files.disk)
    }
}

fn work(case: &Case) -> Work {
    Work {
        chain: case.choice.as_str(),
        climate: match case.climate {
            ClimateType::Packed => "packed",
            ClimateType::Float32 => "float32",
        },
        years: case.chain.years.count(),
        stages: case.chain.stages.len(),
        input_bytes: case.chain.input_bytes(),
        returned_bytes: case.chain.returned_bytes(),
    }
}

/// The processor as Linux names it.
fn cpu_name() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
