//! Stages that the CPU computes year by year, and so the months that it keeps decoded.
//!
//! Annual climates and the models of respiration make one number of twelve months. The months of all years
//! would fill the second cache with a hundred pixels; those of one year leave room for many more, so that a
//! row of a tile is read and written in longer pieces.

use crate::chain::{Chain, Operand, Stage};
use crate::tile::{Geometry, InputSpec};

/// Months of a year.
pub(super) const MONTHS: usize = 12;

/// How many of `stages`, from the first on, can be computed one year after the other: each reads inputs
/// alone, those of months or of one step.
pub(super) fn count(chain: &Chain, stages: &[usize]) -> usize {
    let is_by_year = |&&number: &&usize| is_by_year(chain, &chain.stages[number]);
    stages.iter().take_while(is_by_year).count()
}

fn is_by_year(chain: &Chain, stage: &Stage) -> bool {
    let reads_months = |operand: &Operand| {
        operand.input().is_some_and(|i| {
            let input = &chain.inputs[i];
            input.geometry == Geometry::StudyGrid
                && (input.n_steps == 1 || is_monthly(chain, input))
        })
    };
    stage.kernel.is_by_year() && stage.inputs.iter().all(reads_months)
}

/// Whether an input has twelve steps a year.
pub(super) fn is_monthly(chain: &Chain, input: &InputSpec) -> bool {
    input.n_steps == MONTHS * chain.years.count()
}

/// Steps of each input that a block keeps decoded: all that a stage reads at a time. Cells are read where
/// they are.
pub(super) fn steps_kept(chain: &Chain, stages: &[usize]) -> Vec<usize> {
    let mut kept = vec![0; chain.inputs.len()];
    let n_by_year = count(chain, stages);
    for (place, &number) in stages.iter().enumerate() {
        for i in chain.stages[number].inputs.iter().filter_map(|o| o.input()) {
            let input = &chain.inputs[i];
            let steps = if input.is_on_cells() {
                0
            } else if place < n_by_year && is_monthly(chain, input) {
                MONTHS
            } else {
                input.n_steps
            };
            kept[i] = kept[i].max(steps);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::calendar::Years;
    use crate::chain::LayerSpec;
    use crate::engines::cpu::CpuEngine;
    use crate::kernels::climate::AnnualSum;
    use crate::kernels::port::Port;
    use crate::kernels::registry::{self, Example};
    use crate::kernels::statistics::MeanCv;
    use crate::kernels::twin::{Kernel, Precision};
    use crate::kernels::views::{Block, InputView, OutputView};
    use crate::tile::{DataType, Decoding, Stored};

    const PIXELS: usize = 19;

    /// Numbers around 10 with gaps.
    fn numbers(n: usize) -> Vec<f32> {
        (0..n)
            .map(|i| match u16::try_from(i * 7919 % 263) {
                Ok(x) if x % 29 != 0 => f32::from(x) / 13.0,
                _ => f32::NAN,
            })
            .collect()
    }

    fn bits(values: &[f32]) -> Vec<u32> {
        values.iter().map(|x| x.to_bits()).collect()
    }

    /// What a kernel makes of some of the steps of its inputs.
    fn run(kernel: &dyn Kernel, inputs: Vec<InputView<'_>>, tables: &[f64], n: usize) -> Vec<f32> {
        let mut written = vec![0.0; n * PIXELS];
        let mut block = Block {
            n_pixels: PIXELS,
            inputs,
            outputs: vec![OutputView {
                values: &mut written,
                stride: PIXELS,
            }],
            tables,
        };
        kernel.run_block(&mut block, Precision::Lanes);
        written
    }

    #[test]
    fn a_year_by_itself_is_that_year_among_all() {
        let years = Example::default().years;
        let mut n_kernels = 0;
        for kernel in registry::all(Example::default()) {
            if !kernel.is_by_year() {
                continue;
            }
            n_kernels += 1;
            let n_steps = |port: &Port| port.steps.count(years);
            let inputs = kernel.inputs();
            let layers: Vec<Vec<f32>> = inputs
                .iter()
                .map(|p| numbers(PIXELS * n_steps(p)))
                .collect();
            let (layers, tables) = (layers.iter().zip(&inputs), kernel.tables());
            let views = layers.clone();
            let views = views.map(|(layer, port)| InputView::layer(layer, PIXELS, n_steps(port)));
            let all = run(kernel.as_ref(), views.collect(), &tables, years.count());
            for year in 0..years.count() {
                let views = layers.clone().map(|(layer, port)| match n_steps(port) {
                    1 => InputView::layer(layer, PIXELS, 1),
                    _ => InputView::layer(&layer[MONTHS * year * PIXELS..], PIXELS, MONTHS),
                });
                let of_year = match tables.len() {
                    0 => &tables[..],
                    _ => &tables[MONTHS * year..][..MONTHS],
                };
                let one = run(kernel.as_ref(), views.collect(), of_year, 1);
                let expected = &all[year * PIXELS..][..PIXELS];
                assert_eq!(bits(&one), bits(expected), "{} {year}", kernel.spec().name);
            }
        }
        assert!(n_kernels >= 7, "{n_kernels}");
    }

    /// The same sum before and after a stage that needs all years: once year by year, once at once.
    fn two_sums(years: Years) -> Chain {
        let layer = |name: &str, n_steps| LayerSpec {
            name: name.to_owned(),
            unit: "1".to_owned(),
            n_steps,
            tolerance: crate::kernels::tolerance::Tolerance::Exact,
        };
        let stage = |kernel: Arc<dyn Kernel>, input, outputs| Stage {
            label: kernel.spec().name.to_owned(),
            kernel,
            inputs: vec![input],
            outputs,
            first_step: 0,
        };
        let sum = || {
            Arc::new(AnnualSum {
                min_months: 11,
                season: crate::calendar::Season::default(),
                years,
            })
        };
        let n_years = years.count();
        Chain {
            years,
            inputs: vec![InputSpec {
                name: "x".to_owned(),
                unit: "1".to_owned(),
                steps: crate::calendar::Steps::Monthly,
                n_steps: MONTHS * n_years,
                data_type: DataType::F32,
                decoding: Decoding::identity(),
                geometry: Geometry::StudyGrid,
            }],
            layers: vec![
                layer("first", n_years),
                layer("mean", 1),
                layer("cv", 1),
                layer("second", n_years),
            ],
            stages: vec![
                stage(sum(), Operand::Input(0), vec![0]),
                stage(
                    Arc::new(MeanCv { min_years: 2 }),
                    Operand::Layer(0),
                    vec![1, 2],
                ),
                stage(sum(), Operand::Input(0), vec![3]),
            ],
            returned: vec![0, 1, 2, 3],
            files: Vec::new(),
            series: Vec::new(),
            covariates: Vec::new(),
            samples: Vec::new(),
            attribution: None,
            maps: Vec::new(),
            min_years: 2,
        }
    }

    #[test]
    fn months_are_read_by_year_and_at_once_in_one_chain() {
        let years = Example::default().years;
        let chain = two_sums(years);
        let n_months = MONTHS * years.count();
        assert_eq!(count(&chain, &[0, 1, 2]), 1);
        assert_eq!(steps_kept(&chain, &[0, 1]), [MONTHS]);
        assert_eq!(steps_kept(&chain, &[0, 1, 2]), [n_months]);
        // Blocks of two sizes, with a rest.
        for n_pixels in [300, 9001] {
            let inputs = [Stored::F32(numbers(n_months * n_pixels))];
            let layers = CpuEngine::new(Arc::new(chain.clone())).compute(&inputs, n_pixels);
            assert_eq!(bits(&layers[0]), bits(&layers[3]));
            assert!(layers[1].iter().any(|x| !x.is_nan()));
        }
    }
}
