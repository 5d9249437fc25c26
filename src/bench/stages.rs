//! The stages of a chain one by one: what each reads and writes, and its speed alone.

use std::sync::Arc;
use std::time::Duration;

use crate::calendar::Steps;
use crate::chain::{Chain, LayerSpec, Operand, Stage};
use crate::engines::cpu::CpuEngine;
use crate::engines::{EngineError, stream};
use crate::tile::{DataType, Decoding, Geometry, InputSpec, Stored, Tile};

use super::clock::middle_of;
use super::report::KernelSpeed;

/// Bits of a word of validity.
const WORD_BITS: usize = 32;

/// Whether layers have validity bits beside them, as on a device, or missing values are NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "no device"))]
    InBits,
    InValues,
}

impl Missing {
    /// Bytes of a layer of so many steps.
    fn bytes_of_layer(self, n_steps: usize) -> usize {
        match self {
            Self::InBits => 4 * (n_steps + n_steps.div_ceil(WORD_BITS)),
            Self::InValues => 4 * n_steps,
        }
    }
}

/// Bytes of a pixel that a stage reads and writes.
pub(super) fn bytes_of(chain: &Chain, stage: &Stage, missing: Missing) -> usize {
    let read = stage.inputs.iter().map(|&operand| match operand {
        Operand::Input(input) => chain.inputs[input].bytes_per_pixel(),
        Operand::Layer(layer) => missing.bytes_of_layer(chain.layers[layer].n_steps),
    });
    let ports = stage.kernel.outputs();
    let written = ports
        .iter()
        .map(|port| missing.bytes_of_layer(chain.steps(port.steps)));
    read.chain(written).sum()
}

/// The stages of a chain by their labels, in the order of their first; each with its numbers.
pub(super) fn by_label(chain: &Chain) -> Vec<(&Stage, Vec<usize>)> {
    let mut labels: Vec<(&Stage, Vec<usize>)> = Vec::new();
    for (number, stage) in chain.stages.iter().enumerate() {
        let known = labels.iter_mut().find(|(first, _)| {
            first.label == stage.label && first.kernel.spec().name == stage.kernel.spec().name
        });
        match known {
            Some((_, numbers)) => numbers.push(number),
            None => labels.push((stage, vec![number])),
        }
    }
    labels
}

/// The speeds of stages.
///
/// # Arguments
///
/// * `seconds_of_pixel` - of the stages of a label; the first of them and the numbers of all.
/// * `copy` - bytes a second that the device copies.
pub(super) fn speeds(
    chain: &Chain,
    missing: Missing,
    copy: f64,
    mut seconds_of_pixel: impl FnMut(&Stage, &[usize]) -> Result<f64, EngineError>,
) -> Result<Vec<KernelSpeed>, EngineError> {
    let mut speeds = Vec::new();
    for (stage, numbers) in by_label(chain) {
        let s_per_pixel = seconds_of_pixel(stage, &numbers)?;
        let bytes = numbers
            .iter()
            .map(|&number| bytes_of(chain, &chain.stages[number], missing));
        let bytes_per_pixel: usize = bytes.sum();
        // No clock is finer.
        let pixels_per_s = 1.0 / s_per_pixel.max(1e-15);
        #[expect(clippy::cast_precision_loss, reason = "some thousand bytes")]
        let bytes_per_s = pixels_per_s * bytes_per_pixel as f64;
        speeds.push(KernelSpeed {
            stage: stage.label.clone(),
            kernel: stage.kernel.spec().name,
            times: numbers.len(),
            bytes_per_pixel,
            s_per_pixel,
            pixels_per_s,
            bytes_per_s,
            share_of_copy: bytes_per_s / copy.max(1.0),
        });
    }
    Ok(speeds)
}

/// A chain of one stage that reads what it reads in `chain`, layers as floats.
fn chain_of_stage(chain: &Chain, stage: &Stage) -> Chain {
    let input = |&operand: &Operand| match operand {
        Operand::Input(input) => chain.inputs[input].clone(),
        Operand::Layer(layer) => {
            let LayerSpec {
                name,
                unit,
                n_steps,
                ..
            } = chain.layers[layer].clone();
            InputSpec {
                name,
                unit,
                // The steps only name the series; their number is what counts.
                steps: Steps::Annual,
                n_steps,
                data_type: DataType::F32,
                decoding: Decoding::identity(),
                geometry: Geometry::StudyGrid,
            }
        }
    };
    let ports = stage.kernel.outputs();
    let layers: Vec<LayerSpec> = ports
        .into_iter()
        .map(|port| LayerSpec {
            n_steps: chain.steps(port.steps),
            name: port.name,
            unit: "1".to_owned(),
            tolerance: port.tolerance,
        })
        .collect();
    let all: Vec<usize> = (0..layers.len()).collect();
    Chain {
        inputs: stage.inputs.iter().map(input).collect(),
        stages: vec![Stage {
            inputs: (0..stage.inputs.len()).map(Operand::Input).collect(),
            outputs: all.clone(),
            first_step: 0,
            ..stage.clone()
        }],
        returned: all,
        layers,
        years: chain.years,
        min_years: chain.min_years,
        files: Vec::new(),
        series: Vec::new(),
        covariates: Vec::new(),
        samples: Vec::new(),
        attribution: None,
        maps: Vec::new(),
    }
}

/// The stages of a chain with all that they read, to be run one by one on the CPU engine.
pub(super) struct StagesOnCpu<'a> {
    chain: &'a Chain,
    tile: &'a Tile,
    /// Every layer of the tile.
    layers: Vec<Vec<f32>>,
}

impl<'a> StagesOnCpu<'a> {
    /// Computes every layer of a tile.
    pub(super) fn new(chain: &'a Chain, tile: &'a Tile) -> Self {
        let everything = CpuEngine::new(Arc::new(chain.returning_everything()));
        let layers = everything.compute(&tile.inputs, tile.window.n_pixels());
        Self {
            chain,
            tile,
            layers,
        }
    }

    /// Seconds of a pixel of one stage, alone.
    pub(super) fn seconds_of_pixel(
        &self,
        stage: &Stage,
        budget: Duration,
    ) -> Result<f64, EngineError> {
        let input = |&operand: &Operand| match operand {
            Operand::Input(input) => self.tile.inputs[input].clone(),
            Operand::Layer(layer) => Stored::F32(self.layers[layer].clone()),
        };
        let tile = Arc::new(Tile {
            window: self.tile.window,
            inputs: stage.inputs.iter().map(input).collect(),
            inside: None,
        });
        let mut engine = CpuEngine::new(Arc::new(chain_of_stage(self.chain, stage)));
        let seconds = middle_of(budget, || stream(&mut engine, &tile, 1))?;
        #[expect(clippy::cast_precision_loss, reason = "a rate of few digits")]
        let n_pixels = tile.window.n_pixels() as f64;
        Ok(seconds / n_pixels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{Case, ChainChoice};
    use crate::synth::ClimateType;

    fn case() -> Case {
        Case::new(ChainChoice::Whole, ClimateType::Packed).expect("a chain")
    }

    /// 240 months in 16 bits and 20 years in floats with a word of validity; then nep from 20 years of NPP in 16 bits.
    #[test]
    fn bytes_of_a_stage_are_those_that_it_reads_and_writes() {
        let case = case();
        let bytes = |label: &str, missing| {
            let stages = &case.chain.stages;
            let stage = stages.iter().find(|stage| stage.label == label);
            bytes_of(&case.chain, stage.expect(label), missing)
        };
        let annual = "annual_mean of temperature";
        assert_eq!(bytes(annual, Missing::InBits), 480 + 84);
        assert_eq!(bytes(annual, Missing::InValues), 480 + 80);
        assert_eq!(bytes("nep of nep", Missing::InBits), 40 + 84 + 84);
    }

    /// A stage alone gives what it gives in the chain: its inputs are the chain's.
    #[test]
    fn a_stage_alone_computes_what_it_computes_in_the_chain() {
        let case = case();
        let tile = case.tile(300);
        let n_pixels = tile.window.n_pixels();
        let stages = StagesOnCpu::new(&case.chain, &tile);
        for (stage, _) in by_label(&case.chain) {
            let alone = chain_of_stage(&case.chain, stage);
            let inputs: Vec<Stored> = stage
                .inputs
                .iter()
                .map(|&operand| match operand {
                    Operand::Input(input) => tile.inputs[input].clone(),
                    Operand::Layer(layer) => Stored::F32(stages.layers[layer].clone()),
                })
                .collect();
            let computed = CpuEngine::new(Arc::new(alone)).compute(&inputs, n_pixels);
            for (layer, values) in stage.outputs.iter().zip(&computed) {
                let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                let name = &case.chain.layers[*layer].name;
                assert!(bits(values) == bits(&stages.layers[*layer]), "{name}");
            }
        }
    }

    #[test]
    fn stages_of_one_label_are_one_row() {
        let case = Case::new(ChainChoice::Draws, ClimateType::Packed).expect("a chain");
        let rows = by_label(&case.chain);
        let most = rows.iter().map(|(_, numbers)| numbers.len()).max();
        assert_eq!(most, Some(200));
        let n: usize = rows.iter().map(|(_, numbers)| numbers.len()).sum();
        assert_eq!(n, case.chain.stages.len());
    }
}
