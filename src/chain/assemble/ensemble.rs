//! NEP by many pairs of models, and its spread over them.

use std::sync::Arc;

use crate::chain::error::ChainError;
use crate::chain::recipe::Ensemble;
use crate::chain::stage::Operand;

use super::builder::Builder;
use super::spread::{SpreadNames, reads_months, reads_rs};

/// Soil respiration by one model of the ensemble.
struct MemberRs {
    word: String,
    rs: Operand,
    /// Whether the model reads months.
    of_months: bool,
}

/// The pairs of an ensemble that the inputs allow.
#[derive(Default)]
struct Pairs {
    /// The words of the two models.
    words: Vec<[String; 2]>,
    /// Heterotrophic respiration.
    rh: Vec<Operand>,
    /// The words of the models that lack an input.
    lacking: Vec<String>,
}

impl Pairs {
    fn push(&mut self, words: [String; 2], rh: usize) {
        self.words.push(words);
        self.rh.push(Operand::Layer(rh));
    }
}

impl Builder<'_> {
    /// NEP by every pair of the ensemble, as far as the inputs allow, and their spread.
    pub(super) fn ensemble(&mut self) -> Result<(), ChainError> {
        let Some(ensemble) = self.recipe.ensemble.clone() else {
            return Ok(());
        };
        let npp = self.require("respiration.ensemble", "npp")?;
        let pairs = self.pairs(ensemble);
        if pairs.words.len() < 2 {
            return Err(ChainError::Ensemble {
                members: pairs.words.len(),
                lacking: pairs.lacking,
            });
        }
        let means = self.member_means("nep_members", pairs.words.len());
        for (member, rh) in pairs.rh.into_iter().enumerate() {
            self.mean_of_member(npp, rh, &means, member);
        }
        let names = SpreadNames {
            sample: "ensemble",
            stem: "nep_ensemble",
            over: format!(
                "over {} pairs of a model of soil respiration and a law of heterotrophic \
                 respiration",
                pairs.words.len()
            ),
            maps: &["mean", "sd", "min", "max", "n"],
        };
        self.spread(&means, pairs.words, names);
        Ok(())
    }

    /// Heterotrophic respiration by every pair that the inputs allow. An Rh model that reads no
    /// soil respiration is a pair of its own.
    fn pairs(&mut self, ensemble: Ensemble) -> Pairs {
        let mut pairs = Pairs::default();
        let mut of_models = Vec::new();
        if ensemble
            .rh_models
            .iter()
            .any(|(_, rh_model)| reads_rs(&**rh_model))
        {
            of_models = self.soil_respirations(&ensemble, &mut pairs.lacking);
        }
        for (index, (word, rh_model)) in ensemble.rh_models.into_iter().enumerate() {
            let name = |pairs: &Pairs| format!("ensemble_rh_{}", pairs.words.len() + 1);
            if reads_rs(&*rh_model) {
                let of_years = ensemble.rh_models_of_years.get(index).unwrap_or(&rh_model);
                for model in &of_models {
                    let rh_model = if model.of_months { &rh_model } else { of_years };
                    let rh = self.scratch(Arc::clone(rh_model), vec![model.rs], &name(&pairs));
                    pairs.push([model.word.clone(), word.clone()], rh);
                }
            } else if let Some(sources) = self.sources_of(&*rh_model) {
                let rh = self.scratch(rh_model, sources, &name(&pairs));
                pairs.push([String::new(), word], rh);
            } else {
                pairs.lacking.push(word);
            }
        }
        pairs
    }

    /// Soil respiration by every model of the ensemble that has its inputs.
    fn soil_respirations(
        &mut self,
        ensemble: &Ensemble,
        lacking: &mut Vec<String>,
    ) -> Vec<MemberRs> {
        let mut all: Vec<MemberRs> = Vec::new();
        for (word, model) in &ensemble.models {
            let Some(sources) = self.sources_of(&**model) else {
                lacking.push(word.clone());
                continue;
            };
            let name = format!("ensemble_rs_{}", all.len() + 1);
            all.push(MemberRs {
                word: word.clone(),
                of_months: reads_months(&**model),
                rs: Operand::Layer(self.scratch(Arc::clone(model), sources, &name)),
            });
        }
        all
    }
}
