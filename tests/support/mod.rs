//! Inputs that hurt, and chains of a single kernel.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]
#![allow(unreachable_pub, reason = "as above")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "synthetic values, clamped where it matters"
)]

use std::sync::Arc;

use doline::calendar::{Steps, Years};
use doline::chain::{Chain, LayerSpec, Operand, Recipe, Stage, build};
use doline::kernels::respiration::{Denominator, Gsmsr};
use doline::kernels::twin::Kernel;
use doline::tile::{DataType, Decoding, Geometry, InputSpec, Stored, places};

/// A small generator of random numbers (`SplitMix64`), so that every run sees the same ones.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in 0..1.
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Roughly normal.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// What a series is like; pixels go through these in turn.
pub const CHARACTERS: usize = 12;

/// One series of `n` values around `level` with spread `spread`; `None` is a gap.
pub fn nasty_series(
    random: &mut Random,
    character: usize,
    n: usize,
    level: f64,
    spread: f64,
) -> Vec<Option<f64>> {
    let trend = random.normal() * spread / n as f64;
    let noise: Vec<f64> = (0..n).map(|_| random.normal() * spread).collect();
    let value = |t: usize| match character {
        // A weak trend in noise.
        0 | 1 => Some(level + trend * t as f64 + noise[t]),
        // Gaps.
        2 => (noise[t] > -spread).then_some(level + 3.0 * trend * t as f64 + noise[t]),
        // Ties.
        3 => Some(level + (noise[t] / spread).round() * spread),
        // Constant.
        4 => Some(level),
        // Nothing at all.
        5 => None,
        // A single value.
        6 => (t == n / 2).then_some(level),
        // A straight line with almost no noise.
        7 => Some(level + spread * 5.0 * (t as f64 / n as f64 - 0.5) + noise[t] * 1e-4),
        // Two values.
        8 => Some(if noise[t] > 0.0 {
            level
        } else {
            level + spread
        }),
        // A strong trend.
        9 => Some(level + spread * 4.0 * t as f64 / n as f64 + noise[t]),
        // One outlier.
        10 => Some(if t == 3 {
            level + 5.0 * spread
        } else {
            level + noise[t]
        }),
        // The first half is missing.
        _ => (t >= n / 2).then_some(level + noise[t]),
    };
    (0..n).map(value).collect()
}

/// Level and spread of a port, in its unit.
fn climate_of(port: &str, pixel: usize) -> (f64, f64) {
    match port {
        "temperature" => (18.0, 6.0),
        "precipitation" => (90.0, 60.0),
        "soc" => (4.0, 1.0),
        "npp" | "rs" => (850.0, 40.0),
        "rh" => (480.0, 20.0),
        // Of simulated series: a number, a correlation, a trend; some of each outside what is allowed.
        "series" => (30_000.0, 15_000.0),
        "lag1" => (0.3, 0.3),
        "slope" => (0.0, 0.1),
        // A slope that a series of this pixel can have.
        "sen" => (0.0, 0.1 * climate_of("y", pixel).1),
        // Few classes, so that neighbours have the same.
        "classes" => (3.0, 1.0),
        // Statistics must stand any size.
        _ => [
            (350.0, 20.0),
            (1e4, 0.5),
            (-3.0, 2.0),
            (1e9, 1e7),
            (1e-9, 1e-10),
            (0.0, 1.0),
        ][pixel / CHARACTERS % 6],
    }
}

/// How an input is stored in these tests.
#[derive(Clone, Copy, Debug)]
pub struct Packing {
    pub data_type: DataType,
    pub step: f64,
    pub bias: f64,
}

/// Floats as they are, and packings with a scale and an offset.
pub fn packing_of(port: &str, packed: bool) -> Packing {
    let plain = Packing {
        data_type: DataType::F32,
        step: 1.0,
        bias: 0.0,
    };
    match (packed, port) {
        (true, "temperature") => Packing {
            data_type: DataType::I16,
            step: 0.01,
            bias: -1000.0,
        },
        (true, "precipitation") => Packing {
            data_type: DataType::U16,
            step: 0.1,
            bias: 0.0,
        },
        (true, "soc") => Packing {
            data_type: DataType::U8,
            step: 0.05,
            bias: 0.0,
        },
        (true, "npp" | "rs" | "rh") => Packing {
            data_type: DataType::I16,
            step: 0.1,
            bias: 0.0,
        },
        _ => plain,
    }
}

/// Stored values of one input, `[step][pixel]`, and how to decode them.
pub fn nasty_input(
    port: &str,
    n_steps: usize,
    n_pixels: usize,
    packed: bool,
    seed: u64,
) -> (Stored, Decoding) {
    let mut random = Random(seed);
    let packing = packing_of(port, packed);
    let mut values = vec![None; n_steps * n_pixels];
    for pixel in 0..n_pixels {
        let (level, spread) = climate_of(port, pixel);
        // Inputs of one pixel differ in character too, so that all pairs meet.
        let character = (pixel + (seed as usize % 5) * (pixel / CHARACTERS)) % CHARACTERS;
        for (step, value) in nasty_series(&mut random, character, n_steps, level, spread)
            .into_iter()
            .enumerate()
        {
            values[step * n_pixels + pixel] = if port == "classes" {
                value.map(f64::round)
            } else {
                value
            };
        }
    }
    let nodata = match packing.data_type {
        DataType::U8 => 255.0,
        DataType::I16 => -32768.0,
        DataType::U16 => 65535.0,
        DataType::F32 => -9999.0,
    };
    let stored = |value: &Option<f64>, low: f64, high: f64| {
        value.map_or(nodata, |x| {
            (x / packing.step - packing.bias).round().clamp(low, high)
        })
    };
    let stored = match packing.data_type {
        DataType::U8 => Stored::U8(values.iter().map(|v| stored(v, 0.0, 250.0) as u8).collect()),
        DataType::I16 => Stored::I16(
            values
                .iter()
                .map(|v| stored(v, -32000.0, 32000.0) as i16)
                .collect(),
        ),
        DataType::U16 => Stored::U16(
            values
                .iter()
                .map(|v| stored(v, 0.0, 65000.0) as u16)
                .collect(),
        ),
        // Gaps of floats come in all their forms.
        DataType::F32 => {
            let gaps = [
                f32::NAN,
                f32::INFINITY,
                f32::NEG_INFINITY,
                nodata as f32,
                f32::from_bits(0xffc0_0001),
            ];
            Stored::F32(
                values
                    .iter()
                    .enumerate()
                    .map(|(i, v)| v.map_or(gaps[i % gaps.len()], |x| x as f32))
                    .collect(),
            )
        }
    };
    let decoding = Decoding {
        bias: packing.bias,
        scale: vec![packing.step],
        valid_range: None,
        nodata: vec![nodata],
    };
    (stored, decoding)
}

/// Cells of an input on another grid, and their columns.
pub const N_CELLS: usize = 63;
const N_COLUMNS: usize = 9;

/// Places of pixels among the cells: anywhere, on borders and centres of cells, at the edges, outside.
#[expect(
    clippy::needless_range_loop,
    reason = "the steps lie one behind the other"
)]
pub fn nasty_places(n_pixels: usize, seed: u64) -> Stored {
    let mut random = Random(seed ^ 0x5eed);
    let mut steps = vec![vec![0.0_f32; n_pixels]; places::COUNT];
    for pixel in 0..n_pixels {
        let mut along = |cells: usize| {
            let cell = (random.uniform() * cells as f64).floor();
            let part =
                [0.0, 0.5, 0.25, random.uniform(), random.uniform()][random.next() as usize % 5];
            // Not more: the loops of the mode grow with the fourth power, and llvmpipe stops long ones.
            let half = [0.5, 1.0, random.uniform(), 1.4 * random.uniform()]
                [random.next() as usize % 4]
                .max(1e-3);
            [cell, part, half].map(|x| x as f32)
        };
        let (x, y) = (along(N_COLUMNS), along(N_CELLS / N_COLUMNS));
        let is_outside = random.next().is_multiple_of(16);
        steps[places::COL][pixel] = if is_outside { f32::NAN } else { x[0] };
        steps[places::ROW][pixel] = if is_outside { f32::NAN } else { y[0] };
        for (step, value) in [
            (places::COL_PART, x[1]),
            (places::ROW_PART, y[1]),
            (places::HALF_WIDTH, x[2]),
            (places::HALF_HEIGHT, y[2]),
            (places::COLUMNS, N_COLUMNS as f32),
            (places::ROWS, (N_CELLS / N_COLUMNS) as f32),
        ] {
            steps[step][pixel] = value;
        }
    }
    Stored::F32(steps.concat())
}

/// A chain of `kernel` alone with nasty inputs.
pub fn chain_of(
    kernel: &Arc<dyn Kernel>,
    years: Years,
    n_pixels: usize,
    packed: bool,
    seed: u64,
) -> (Chain, Vec<Stored>) {
    let mut inputs = Vec::new();
    let mut stored = Vec::new();
    for (slot, port) in kernel.inputs().into_iter().enumerate() {
        let n_steps = port.steps.count(years);
        let (n, mut geometry) = (
            if let Geometry::SourceGrid { .. } = port.geometry {
                N_CELLS
            } else {
                n_pixels
            },
            port.geometry,
        );
        if let Geometry::SourceGrid { most_cells, .. } = &mut geometry {
            *most_cells = N_CELLS + 3;
        }
        let (values, decoding) = match port.geometry {
            Geometry::Positions => (nasty_places(n_pixels, seed), Decoding::identity()),
            _ => nasty_input(&port.name, n_steps, n, packed, seed + slot as u64),
        };
        inputs.push(InputSpec {
            name: port.name,
            unit: "1".to_owned(),
            steps: port.steps,
            n_steps,
            data_type: values.data_type(),
            decoding,
            geometry,
        });
        stored.push(values);
    }
    (chain_with_inputs(kernel, years, inputs), stored)
}

/// A chain of `kernel` alone that reads `inputs` in order.
pub fn chain_with_inputs(kernel: &Arc<dyn Kernel>, years: Years, inputs: Vec<InputSpec>) -> Chain {
    let layers: Vec<LayerSpec> = kernel
        .outputs()
        .into_iter()
        .map(|port| LayerSpec {
            n_steps: port.steps.count(years),
            name: port.name,
            unit: "1".to_owned(),
            tolerance: port.tolerance,
        })
        .collect();
    let all: Vec<usize> = (0..layers.len()).collect();
    let stage = Stage {
        label: kernel.spec().name.to_owned(),
        kernel: Arc::clone(kernel),
        inputs: (0..inputs.len()).map(Operand::Input).collect(),
        outputs: all.clone(),
        first_step: 0,
    };
    Chain {
        years,
        inputs,
        layers,
        stages: vec![stage],
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

/// An input that holds quantities as they are.
pub fn plain_input(name: &str, steps: Steps, years: Years) -> InputSpec {
    InputSpec {
        name: name.to_owned(),
        unit: "1".to_owned(),
        steps,
        n_steps: steps.count(years),
        data_type: DataType::F32,
        decoding: Decoding::identity(),
        geometry: Geometry::StudyGrid,
    }
}

/// The chain of a study that asks for everything, with the defaults of a study file.
pub fn chain_of_everything(years: Years, inputs: Vec<InputSpec>) -> Chain {
    let n_inputs = inputs.len();
    let respiration =
        Gsmsr::new(years, 12, Denominator::default(), &[]).expect("published coefficients");
    let recipe = Recipe::new(years, inputs, Arc::new(respiration));
    let chain = build(&recipe).expect("a chain");
    assert_eq!(
        chain.inputs.len(),
        n_inputs,
        "every input is read, so that tiles fit the chain"
    );
    chain
}
