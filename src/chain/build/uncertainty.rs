//! Many NEP means of a pixel, of other models or with other coefficients, and their spread.

use std::sync::Arc;

use super::{Builder, ChainError, FLUX_UNIT, Operand, SampleSpec};
use crate::calendar::Steps;
use crate::chain::LayerSpec;
use crate::kernels::abi::Kernel;
use crate::kernels::carbon::NepMean;
use crate::kernels::statistics::Spread;

/// Every pair of a model of soil respiration and a law of heterotrophic respiration.
#[derive(Clone)]
pub struct Ensemble {
    /// The models with their words.
    pub models: Vec<(String, Arc<dyn Kernel>)>,
    /// The laws with their words.
    pub laws: Vec<(String, Arc<dyn Kernel>)>,
    /// The same laws as they follow a model that reads no months, in this order; empty where that makes no difference.
    pub laws_of_years: Vec<Arc<dyn Kernel>>,
}

/// The model and the law of a study with other coefficients for every draw.
#[derive(Clone)]
pub struct Draws {
    /// The model, once a draw; empty where none of its coefficients is uncertain.
    pub respiration: Vec<Arc<dyn Kernel>>,
    /// The law, once a draw; empty where none of its coefficients is uncertain.
    pub heterotrophic: Vec<Arc<dyn Kernel>>,
}

impl Draws {
    /// How many.
    #[must_use]
    pub fn count(&self) -> usize {
        self.respiration.len().max(self.heterotrophic.len())
    }
}

/// What a spread is called, in layers and in words.
struct Names {
    sample: &'static str,
    prefix: &'static str,
    positive: &'static str,
    over: String,
    files: &'static [usize],
}

/// Ports of [`Spread`] in order.
const PORTS: [&str; 6] = ["mean", "sd", "min", "max", "positive", "n"];

fn reads_months(model: &dyn Kernel) -> bool {
    model
        .inputs()
        .iter()
        .any(|port| port.steps == Steps::Monthly)
}

fn reads_rs(law: &dyn Kernel) -> bool {
    law.inputs().iter().any(|port| port.name == "rs")
}

impl Builder<'_> {
    /// NEP by every pair of the ensemble, as far as the inputs allow, and their spread.
    pub(super) fn ensemble(&mut self) -> Result<(), ChainError> {
        let Some(Ensemble {
            models,
            laws,
            laws_of_years,
        }) = self.recipe.ensemble.clone()
        else {
            return Ok(());
        };
        let (npp, _) = self.require("respiration.ensemble", "npp")?;
        let mut lacking: Vec<String> = Vec::new();
        // By word, with whether the model reads months.
        let mut rs: Vec<(String, Operand, bool)> = Vec::new();
        if laws.iter().any(|(_, law)| reads_rs(&**law)) {
            for (word, model) in models {
                match self.sources_of(&*model) {
                    Some(sources) => {
                        let name = format!("ensemble_rs_{}", rs.len() + 1);
                        let of_months = reads_months(&*model);
                        rs.push((word, self.scratch(model, sources, name), of_months));
                    }
                    None => lacking.push(word),
                }
            }
        }
        let mut pairs: Vec<([String; 2], Operand)> = Vec::new();
        for (place, (word, law)) in laws.into_iter().enumerate() {
            let name = |pairs: &Vec<_>| format!("ensemble_rh_{}", pairs.len() + 1);
            if reads_rs(&*law) {
                let of_years = laws_of_years.get(place).unwrap_or(&law);
                for (model, rs, of_months) in &rs {
                    let law = if *of_months { &law } else { of_years };
                    let rh = self.scratch(Arc::clone(law), vec![*rs], name(&pairs));
                    pairs.push(([model.clone(), word.clone()], rh));
                }
            } else if let Some(sources) = self.sources_of(&*law) {
                let rh = self.scratch(law, sources, name(&pairs));
                pairs.push(([String::new(), word], rh));
            } else {
                lacking.push(word);
            }
        }
        if pairs.len() < 2 {
            let left = if pairs.is_empty() {
                "no member".to_owned()
            } else {
                "one member".to_owned()
            };
            let lacking = match lacking.join(", ") {
                none if none.is_empty() => "name a second model or law".to_owned(),
                lacking => format!("an input is lacking for {lacking}"),
            };
            return Err(ChainError::Ensemble { left, lacking });
        }
        let (members, rh): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let layer = self.sample_layer("nep_members", members.len());
        for (member, rh) in rh.into_iter().enumerate() {
            self.nep_mean(npp, rh, layer, member);
        }
        let over = format!(
            "over {} pairs of a model of soil respiration and a law of heterotrophic respiration",
            members.len()
        );
        let names = Names {
            sample: "ensemble",
            prefix: "nep_ensemble",
            positive: "positive",
            over,
            files: &[0, 1, 2, 3, 5],
        };
        self.spread(layer, members, &names);
        Ok(())
    }

    /// NEP with the coefficients of each draw, and the spread over the draws.
    pub(super) fn draws(&mut self) -> Result<(), ChainError> {
        let Some(draws) = self.recipe.draws.clone() else {
            return Ok(());
        };
        self.require("uncertainty", "nep")?;
        let [npp, rs, rh] =
            ["npp", "rs", "rh"].map(|name| self.series.get(name).map(|(operand, _)| *operand));
        let count = draws.count();
        let layer = self.sample_layer("nep_draws", count);
        let Draws {
            respiration,
            heterotrophic,
        } = draws;
        // One layer for all draws of Rs and one for those of Rh: the next draw writes over the last.
        let [mut drawn_rs, mut drawn_rh] = [None, None];
        for draw in 0..count {
            let mut rs = rs;
            if let Some(model) = respiration.get(draw)
                && let Some(sources) = self.sources_of(&**model)
            {
                rs = Some(self.scratch_again(&mut drawn_rs, Arc::clone(model), sources, "draw_rs"));
            }
            let law = heterotrophic
                .get(draw)
                .unwrap_or(&self.recipe.heterotrophic);
            let sources = if reads_rs(&**law) {
                rs.map(|rs| vec![rs])
            } else {
                self.sources_of(&**law)
            };
            let drawn = match sources {
                Some(sources) => {
                    Some(self.scratch_again(&mut drawn_rh, Arc::clone(law), sources, "draw_rh"))
                }
                None => rh,
            };
            if let (Some(npp), Some(rh)) = (npp, drawn) {
                self.nep_mean(npp, rh, layer, draw);
            }
        }
        let names = Names {
            sample: "uncertainty",
            prefix: "nep_uncertainty",
            positive: "p_sink",
            over: format!("over {count} draws of the uncertain coefficients"),
            files: &[0, 1, 4],
        };
        self.spread(
            layer,
            (1..=count)
                .map(|draw| [draw.to_string(), String::new()])
                .collect(),
            &names,
        );
        Ok(())
    }

    /// An annual layer of its own.
    fn scratch(&mut self, kernel: Arc<dyn Kernel>, sources: Vec<Operand>, name: String) -> Operand {
        let of = name.clone();
        Operand::Layer(self.stage(kernel, sources, &of, vec![(name, FLUX_UNIT.to_owned())])[0])
    }

    /// An annual layer that `place` remembers, written over the next time.
    fn scratch_again(
        &mut self,
        place: &mut Option<usize>,
        kernel: Arc<dyn Kernel>,
        sources: Vec<Operand>,
        name: &str,
    ) -> Operand {
        let layer = if let Some(layer) = *place {
            self.stage_into(kernel, sources, name, &[layer], 0);
            layer
        } else {
            self.stage(
                kernel,
                sources,
                name,
                vec![(name.to_owned(), FLUX_UNIT.to_owned())],
            )[0]
        };
        *place = Some(layer);
        Operand::Layer(layer)
    }

    /// A layer with a step for every member.
    fn sample_layer(&mut self, name: &str, n_steps: usize) -> usize {
        let kernel = NepMean {
            min_years: self.recipe.min_years,
        };
        let tolerance = crate::kernels::abi::Twin::outputs(&kernel)
            .remove(0)
            .tolerance;
        self.layers.push(LayerSpec {
            name: name.to_owned(),
            unit: FLUX_UNIT.to_owned(),
            n_steps,
            tolerance,
        });
        self.layers.len() - 1
    }

    /// Mean NEP of one member, into its step of `layer`.
    fn nep_mean(&mut self, npp: Operand, rh: Operand, layer: usize, member: usize) {
        let kernel = Arc::new(NepMean {
            min_years: self.recipe.min_years,
        });
        let of = self.layers[layer].name.clone();
        self.stage_into(kernel, vec![npp, rh], &of, &[layer], member);
    }

    fn spread(&mut self, layer: usize, members: Vec<[String; 2]>, names: &Names) {
        let Names {
            sample,
            prefix,
            positive,
            over,
            files,
        } = names;
        let name = |port: &str| {
            format!(
                "{prefix}_{}",
                if port == "positive" { positive } else { port }
            )
        };
        let unit = |port: &str| {
            if matches!(port, "positive" | "n") {
                "1"
            } else {
                FLUX_UNIT
            }
        };
        let layers = PORTS
            .map(|port| (name(port), unit(port).to_owned()))
            .to_vec();
        let of = self.layers[layer].name.clone();
        let outputs = self.stage(Arc::new(Spread), vec![Operand::Layer(layer)], &of, layers);
        for &port in *files {
            let what = match PORTS[port] {
                "mean" => "Mean of mean NEP",
                "sd" => "Standard deviation of mean NEP",
                "min" => "Least mean NEP",
                "max" => "Largest mean NEP",
                "positive" => "Share of draws in which mean NEP is a sink, its probability:",
                _ => "Members with a mean NEP",
            };
            self.map(outputs[port], format!("{what} {over}"));
        }
        self.samples.push(SampleSpec {
            name: sample,
            layer,
            members,
        });
    }
}
