//! Shaders as pipelines, each distinct text compiled once a device.
//!
//! Many stages share a text: the trend of NEP and that of Rh differ only in their buffers. What
//! was compiled stays with the device, for the next engine on it, and on disk where the driver
//! allows.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;

use super::pipeline_cache::DiskCache;

/// How long a pipeline took to compile.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Compiled {
    /// The first stage that needed it, such as `ols of nep`.
    pub label: String,
    /// Length of its text in bytes.
    pub text_bytes: usize,
    /// Seconds from text to pipeline, with a dispatch of no pixels: some drivers compile only then.
    pub seconds: f64,
}

/// A pipeline, and its compile time until it is tried out.
#[derive(Debug)]
struct Entry {
    pipeline: wgpu::ComputePipeline,
    new: Option<Compiled>,
}

/// The pipelines of one device.
#[derive(Debug)]
pub(super) struct Pipelines {
    pub(super) group_layout: wgpu::BindGroupLayout,
    layout: wgpu::PipelineLayout,
    by_text: HashMap<String, Entry>,
    disk: Option<DiskCache>,
    compiled: Vec<Compiled>,
}

impl Pipelines {
    /// No pipelines yet; those on disk in `folder` are reused.
    pub(super) fn new(
        device: &wgpu::Device,
        info: &wgpu::AdapterInfo,
        folder: Option<&Path>,
    ) -> Self {
        let group_layout = bind_group_layout(device);
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("kernel"),
            bind_group_layouts: &[Some(&group_layout)],
            immediate_size: 0,
        });
        let disk = folder.and_then(|folder| DiskCache::open(device, info, folder));
        Self {
            group_layout,
            layout,
            by_text: HashMap::new(),
            disk,
            compiled: Vec::new(),
        }
    }

    /// Compiles the texts that this device has no pipeline for, on all cores; each comes with the
    /// label of its stage.
    pub(super) fn compile_missing(&mut self, device: &wgpu::Device, stages: &[(&str, String)]) {
        let mut missing: Vec<&(&str, String)> = Vec::new();
        for stage in stages {
            if !self.by_text.contains_key(&stage.1)
                && !missing.iter().any(|other| other.1 == stage.1)
            {
                missing.push(stage);
            }
        }
        let compiled: Vec<_> = missing
            .par_iter()
            .map(|(label, text)| {
                let start = Instant::now();
                (
                    self.compile(device, label, text),
                    start.elapsed().as_secs_f64(),
                )
            })
            .collect();
        for ((label, text), (pipeline, seconds)) in missing.into_iter().zip(compiled) {
            let new = Compiled {
                label: (*label).to_owned(),
                text_bytes: text.len(),
                seconds,
            };
            self.by_text.insert(
                text.clone(),
                Entry {
                    pipeline,
                    new: Some(new),
                },
            );
        }
    }

    /// The pipeline of a text that was compiled; a new one is tried out first.
    ///
    /// # Arguments
    ///
    /// * `try_out` - dispatches a pipeline for no pixels and waits for it.
    pub(super) fn get(
        &mut self,
        text: &str,
        try_out: impl FnOnce(&wgpu::ComputePipeline),
    ) -> Option<wgpu::ComputePipeline> {
        let entry = self.by_text.get_mut(text)?;
        if let Some(mut new) = entry.new.take() {
            let start = Instant::now();
            try_out(&entry.pipeline);
            new.seconds += start.elapsed().as_secs_f64();
            tracing::info!("compiled {} in {:.3} s", new.label, new.seconds);
            self.compiled.push(new);
        }
        Some(entry.pipeline.clone())
    }

    fn compile(&self, device: &wgpu::Device, label: &str, text: &str) -> wgpu::ComputePipeline {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(label),
            source: wgpu::ShaderSource::Wgsl(text.into()),
        });
        device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(label),
            layout: Some(&self.layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                // No kernel uses workgroup memory.
                zero_initialize_workgroup_memory: false,
                ..wgpu::PipelineCompilationOptions::default()
            },
            cache: self.cache(),
        })
    }

    /// What a driver looks up compiled pipelines in, if there is one.
    pub(super) fn cache(&self) -> Option<&wgpu::PipelineCache> {
        self.disk.as_ref().map(DiskCache::cache)
    }

    /// Saves what was compiled for the next run.
    pub(super) fn save(&mut self) {
        if let Some(disk) = &mut self.disk {
            disk.save();
        }
    }

    /// What was compiled on this device so far.
    pub(super) fn compiled(&self) -> &[Compiled] {
        &self.compiled
    }

    /// Whether pipelines of an earlier run were found on disk.
    pub(super) fn were_on_disk(&self) -> bool {
        self.disk.as_ref().is_some_and(DiskCache::was_read)
    }
}

/// The one layout of all kernels, so that a shader may leave a binding unused.
fn bind_group_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let entry = |binding: u32, ty: wgpu::BufferBindingType| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty,
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    };
    let read = wgpu::BufferBindingType::Storage { read_only: true };
    let write = wgpu::BufferBindingType::Storage { read_only: false };
    let uniform = wgpu::BufferBindingType::Uniform;
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("kernel"),
        entries: &[
            entry(0, uniform),
            entry(1, uniform),
            entry(2, uniform),
            entry(3, read),
            entry(4, read),
            entry(5, write),
        ],
    })
}
