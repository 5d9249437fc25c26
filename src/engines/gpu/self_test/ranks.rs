//! Mann-Kendall's S of many series with ties, by the engine itself.

use std::sync::Arc;

use crate::calendar::{Steps, Years};
use crate::chain::{Chain, LayerSpec, Operand, Stage};
use crate::engines::cpu::CpuEngine;
use crate::engines::engine::Engine as _;
use crate::engines::error::EngineError;
use crate::engines::gpu::adapter::Gpu;
use crate::engines::gpu::engine::GpuEngine;
use crate::engines::gpu::memory::slots_of;
use crate::grid::Window;
use crate::kernels::statistics::MannKendall;
use crate::kernels::twin::Kernel;
use crate::kernels::wgsl::compose_with;
use crate::tile::{DataType, Decoding, Geometry, InputSpec, Stored, Tile};

use super::report::Check;
use super::texts::Texts;

/// Series.
const SERIES: usize = 100_000;
/// Past the years of the table of exact p.
const YEARS: Years = Years {
    first: 2001,
    last: 2012,
};
/// The code of a missing year.
const MISSING: u8 = 255;
const MEMORY_BYTES: u64 = 64 << 20;

/// The S of all series, compared with the twin in `f64`.
pub(super) fn check(gpu: Gpu, texts: &Texts) -> Result<Check, EngineError> {
    let chain = Arc::new(chain());
    let tile = Tile {
        window: Window {
            row: 0,
            col: 0,
            height: 1,
            width: SERIES,
        },
        inputs: vec![Stored::U8(series())],
        inside: None,
    };
    let expected = CpuEngine::new(Arc::clone(&chain)).compute(&tile.inputs, SERIES);
    let shader = |chain: &Chain, stage: usize| {
        let stage = &chain.stages[stage];
        compose_with(&*stage.kernel, &slots_of(chain, stage), &texts.mann_kendall)
    };
    let mut engine = GpuEngine::with_shaders(gpu, chain, MEMORY_BYTES, &shader)?;
    let found = engine.run(&tile)?;
    let pairs = found.layers.first().zip(expected.first());
    let differ = pairs.map_or(SERIES, |(found, expected)| {
        let pairs = found.iter().zip(expected);
        pairs.filter(|(a, b)| a.to_bits() != b.to_bits()).count()
    });
    let measured = format!("{differ} of {SERIES} series differ");
    let name = "Mann-Kendall's S with ties";
    Ok(Check::required(
        name,
        differ == 0,
        measured,
        "the same whole number",
    ))
}

/// Values 0 to 6, with years missing, `[year][series]`.
fn series() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..YEARS.count() * SERIES)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let drawn = u8::try_from((state >> 40) % 8).unwrap_or(MISSING);
            if drawn == 7 { MISSING } else { drawn }
        })
        .collect()
}

/// The test alone.
fn chain() -> Chain {
    let kernel: Arc<dyn Kernel> = Arc::new(MannKendall {
        min_years: 4,
        n_years: YEARS.count(),
    });
    let layers: Vec<LayerSpec> = kernel
        .outputs()
        .into_iter()
        .map(|port| LayerSpec {
            n_steps: port.steps.count(YEARS),
            name: port.name,
            unit: "1".to_owned(),
            tolerance: port.tolerance,
        })
        .collect();
    let all: Vec<usize> = (0..layers.len()).collect();
    Chain {
        years: YEARS,
        inputs: vec![InputSpec {
            name: "y".to_owned(),
            unit: "1".to_owned(),
            steps: Steps::Annual,
            n_steps: YEARS.count(),
            data_type: DataType::U8,
            decoding: Decoding {
                nodata: vec![f64::from(MISSING)],
                ..Decoding::identity()
            },
            geometry: Geometry::StudyGrid,
        }],
        layers,
        stages: vec![Stage {
            label: "self-test".to_owned(),
            kernel,
            inputs: vec![Operand::Input(0)],
            outputs: all.clone(),
            first_step: 0,
        }],
        returned: all,
        files: Vec::new(),
        series: Vec::new(),
        covariates: Vec::new(),
        samples: Vec::new(),
        attribution: None,
        maps: Vec::new(),
        min_years: 4,
    }
}
