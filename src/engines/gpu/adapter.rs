//! Which adapters there are, and which one a run takes.

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::engines::error::EngineError;

use super::pipelines::{Compiled, Pipelines};

/// An adapter as `doline devices` lists it.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct AdapterReport {
    /// Its name.
    pub name: String,
    /// `discrete GPU`, `integrated GPU`, `virtual GPU`, `software` or `other`.
    pub kind: &'static str,
    /// `Vulkan`, `Metal` or `DX12`.
    pub backend: String,
    /// Driver with its version.
    pub driver: String,
    /// Largest buffer that a shader can see, bytes.
    pub max_binding_bytes: u64,
    /// Largest buffer, bytes.
    pub max_buffer_bytes: u64,
    /// Storage buffers that a shader can see at once.
    pub max_storage_buffers: u32,
}

impl AdapterReport {
    /// Whether the adapter is a program on the CPU.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.kind == SOFTWARE
    }

    /// The name of an engine on it: its own, with kind and driver.
    pub(crate) fn engine_name(&self) -> String {
        let Self {
            name,
            kind,
            backend,
            driver,
            ..
        } = self;
        format!("{name} ({kind}, {backend}, {driver})")
    }
}

const SOFTWARE: &str = "software";

/// A submission that takes longer than this counts as a device that no longer responds.
pub(super) const SUBMISSION_TIMEOUT: Duration = Duration::from_mins(5);

/// Storage buffers of one shader, the most: what picks the inputs of flagged pixels.
pub(super) const STORAGE_BUFFERS: u32 = 5;

fn report(adapter: &wgpu::Adapter) -> AdapterReport {
    let info = adapter.get_info();
    let limits = adapter.limits();
    let kind = match info.device_type {
        wgpu::DeviceType::DiscreteGpu => "discrete GPU",
        wgpu::DeviceType::IntegratedGpu => "integrated GPU",
        wgpu::DeviceType::VirtualGpu => "virtual GPU",
        wgpu::DeviceType::Cpu => SOFTWARE,
        wgpu::DeviceType::Other => "other",
    };
    AdapterReport {
        name: info.name,
        kind,
        backend: format!("{:?}", info.backend),
        driver: format!("{} {}", info.driver, info.driver_info)
            .trim()
            .to_owned(),
        max_binding_bytes: limits.max_storage_buffer_binding_size,
        max_buffer_bytes: limits.max_buffer_size,
        max_storage_buffers: limits.max_storage_buffers_per_shader_stage,
    }
}

/// The only instance of the process. Each instance loads the drivers anew, and that of NVIDIA cannot
/// be loaded a 30th time: it takes thread-local memory that the system does not give back.
fn instance() -> &'static wgpu::Instance {
    static INSTANCE: OnceLock<wgpu::Instance> = OnceLock::new();
    INSTANCE.get_or_init(|| {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        // OpenGL is left out: some of its drivers compute garbage without an error.
        descriptor.backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
        #[cfg(test)]
        tests::INSTANCES.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        wgpu::Instance::new(descriptor)
    })
}

/// Adapters from the best to the worst: hardware before software, discrete before integrated.
fn found() -> Vec<wgpu::Adapter> {
    let mut adapters = pollster::block_on(instance().enumerate_adapters(wgpu::Backends::all()));
    adapters.sort_by_key(|adapter| match adapter.get_info().device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    });
    adapters
}

/// Every adapter of this machine, from the best to the worst.
#[must_use]
pub fn adapters() -> Vec<AdapterReport> {
    found().iter().map(report).collect()
}

/// Which of `names` a part of a name means: the one that is called so, else the first with the part in
/// it. The name of a card may be part of another's.
fn index_of(names: &[String], part: &str) -> Option<usize> {
    let part = part.to_lowercase();
    let names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let exact = names.iter().position(|name| *name == part);
    exact.or_else(|| names.iter().position(|name| name.contains(&part)))
}

/// The best adapter, or the one that `name_part` means.
fn called(name_part: Option<&str>) -> Result<wgpu::Adapter, EngineError> {
    let mut adapters = found();
    let names: Vec<String> = adapters
        .iter()
        .map(|adapter| adapter.get_info().name)
        .collect();
    let index = match name_part {
        None => (!adapters.is_empty()).then_some(0),
        Some(part) => index_of(&names, part),
    };
    if let Some(index) = index {
        return Ok(adapters.swap_remove(index));
    }
    let reason = match name_part {
        Some(part) if !names.is_empty() => {
            format!(
                "no adapter is called like {part:?}; there are: {}",
                names.join(", ")
            )
        }
        _ => "no Vulkan, Metal or DX12 driver gave an adapter".to_owned(),
    };
    Err(EngineError::NoAdapter { reason })
}

/// The adapter that [`Gpu::open`] opens.
///
/// # Errors
///
/// There is no such adapter.
pub fn adapter_called(name_part: Option<&str>) -> Result<AdapterReport, EngineError> {
    called(name_part).map(|adapter| report(&adapter))
}

/// A device, ready to compute.
pub struct Gpu {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) limits: wgpu::Limits,
    /// The first error that no scope caught, or why the device was lost.
    failure: Arc<Mutex<Option<String>>>,
    pub(super) pipelines: Pipelines,
    /// The adapter.
    pub report: AdapterReport,
}

impl Gpu {
    /// The best adapter, or the one that is called `name_part`, else the best whose name contains it
    /// (in any case). It compiles every shader itself; see [`Gpu::open_with_cache`].
    ///
    /// # Errors
    ///
    /// No such adapter, or one that gives no device with the buffers that the shaders need.
    pub fn open(name_part: Option<&str>) -> Result<Self, EngineError> {
        Self::open_with_cache(name_part, None)
    }

    /// The same with the compiled shaders of earlier runs, and a folder to keep those of this run.
    ///
    /// # Arguments
    ///
    /// * `folder` - where they are kept, such as
    ///   [`default_folder`](super::pipeline_cache::default_folder); none to compile everything.
    ///
    /// # Errors
    ///
    /// As [`Gpu::open`]. A problem with the folder is not an error.
    pub fn open_with_cache(
        name_part: Option<&str>,
        folder: Option<&Path>,
    ) -> Result<Self, EngineError> {
        Self::from_adapter(&called(name_part)?, folder)
    }

    fn from_adapter(adapter: &wgpu::Adapter, folder: Option<&Path>) -> Result<Self, EngineError> {
        let report = report(adapter);
        let no_device = |reason: String| EngineError::NoDevice {
            adapter: report.name.clone(),
            reason,
        };
        let limits = adapter.limits();
        if limits.max_storage_buffers_per_shader_stage < STORAGE_BUFFERS {
            return Err(no_device(format!(
                "a shader sees fewer than {STORAGE_BUFFERS} storage buffers"
            )));
        }
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("doline"),
            // `doline bench` reads times that the device takes itself.
            required_features: adapter.features()
                & (wgpu::Features::PIPELINE_CACHE | wgpu::Features::TIMESTAMP_QUERY),
            required_limits: limits.clone(),
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))
            .map_err(|error| no_device(error.to_string()))?;
        let failure = Arc::new(Mutex::new(None));
        let remember = {
            let failure = Arc::clone(&failure);
            move |message: String| {
                failure
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(message);
            }
        };
        let on_error = remember.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            on_error(error.to_string());
        }));
        device.set_device_lost_callback(move |reason, message| {
            // Dropping the device at the end of a run also calls this.
            if reason != wgpu::DeviceLostReason::Destroyed {
                remember(format!("the device was lost: {message}"));
            }
        });
        let pipelines = Pipelines::new(&device, &adapter.get_info(), folder);
        Ok(Self {
            device,
            queue,
            limits,
            failure,
            pipelines,
            report,
        })
    }

    /// The pipelines compiled on this device, with the seconds that each took.
    #[must_use]
    pub fn compiled(&self) -> &[Compiled] {
        self.pipelines.compiled()
    }

    /// Whether compiled shaders of an earlier run were found.
    #[must_use]
    pub fn found_cache(&self) -> bool {
        self.pipelines.were_on_disk()
    }

    /// What waits for this device.
    pub(super) fn watch(&self) -> DeviceWatch {
        DeviceWatch {
            device: self.device.clone(),
            failure: Arc::clone(&self.failure),
        }
    }

    /// The first failure, if any.
    pub(super) fn failure(&self) -> Option<String> {
        self.watch().failure()
    }
}

/// Waits for a device, and knows whether it is still there.
#[derive(Clone)]
pub(super) struct DeviceWatch {
    device: wgpu::Device,
    failure: Arc<Mutex<Option<String>>>,
}

impl DeviceWatch {
    /// The first failure, if any.
    pub(super) fn failure(&self) -> Option<String> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Lets the device have failed, for tests.
    pub(super) fn fail(&self, reason: String) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert(reason);
    }

    /// Waits for a submission.
    ///
    /// # Errors
    ///
    /// The device failed, or no longer responds.
    pub(super) fn wait(&self, submission: &wgpu::SubmissionIndex) -> Result<(), String> {
        let polled = self.device.poll(wgpu::PollType::Wait {
            submission_index: Some(submission.clone()),
            timeout: Some(SUBMISSION_TIMEOUT),
        });
        match self.failure() {
            Some(reason) => Err(reason),
            None => polled.map(|_| ()).map_err(|error| error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Instances that this process made; `tests/rules.rs` sees that nothing else makes one.
    pub(super) static INSTANCES: AtomicUsize = AtomicUsize::new(0);

    #[test]
    fn a_whole_name_means_its_card_and_a_part_the_first_that_has_it() {
        let names = ["NVIDIA RTX 3080 Ti", "NVIDIA RTX 3080", "llvmpipe"].map(str::to_owned);
        for (part, expected) in [
            ("NVIDIA RTX 3080", Some(1)),
            ("nvidia rtx 3080", Some(1)),
            ("NVIDIA RTX 3080 Ti", Some(0)),
            ("rtx 3080", Some(0)),
            ("PIPE", Some(2)),
            ("Radeon", None),
        ] {
            assert_eq!(index_of(&names, part), expected, "{part}");
        }
        assert_eq!(index_of(&[], "NVIDIA"), None);
    }

    /// With an instance for each look or open, NVIDIA's driver fails at the 30th.
    #[test]
    fn all_adapters_of_a_process_are_of_one_instance() {
        for _ in 0..3 {
            let best = adapters();
            let opened = Gpu::open(None).map(|gpu| gpu.report);
            assert_eq!(opened.ok(), best.first().cloned());
        }
        assert_eq!(INSTANCES.load(Ordering::Relaxed), 1);
    }
}
