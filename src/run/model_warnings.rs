//! What the user of a model should know: how sure its coefficients are, and for which inputs it was made.

use crate::kernels::coefficients::{ModelInfo, Provenance, ValidRange};
use crate::study::Study;
use crate::tile::InputSpec;

use super::models::Models;

/// Shares of a sample outside the range of a model that are worth a warning.
const WORTH_A_WARNING: f64 = 0.001;

impl Models {
    /// What to know of the models that the study names.
    pub(super) fn warnings(&self, study: &Study) -> Vec<String> {
        // A study that does not name a model may not even use it.
        let stated = self.named.iter().filter(|(key, _)| study.is_stated(key));
        stated
            .flat_map(|(key, model)| warnings_of(key, model, &study.respiration.parameters))
            .collect()
    }

    /// Whether a sample of an input is inside the ranges for which the models were made.
    pub(super) fn warnings_of_range(
        &self,
        input: &str,
        spec: &InputSpec,
        sample: &[f64],
    ) -> Vec<String> {
        let ranges = self.named.iter().flat_map(|(_, model)| {
            let of_input = model.valid.iter().filter(|valid| valid.input == input);
            of_input.filter_map(|valid| warning_of_range(model.name, valid, &spec.unit, sample))
        });
        ranges.collect()
    }
}

fn warnings_of(key: &str, model: &ModelInfo, stated: &[(String, f64)]) -> Vec<String> {
    let name = model.name;
    let unchecked = match model.provenance {
        Provenance::OfUnknownSource => {
            let is_stated = |symbol: &str| {
                let prefixed = format!("{name}.{symbol}");
                let mut names = stated.iter().map(|(stated, _)| stated);
                names.any(|stated| stated == symbol || *stated == prefixed)
            };
            !model.coefficients.iter().all(|c| is_stated(c.symbol))
        }
        // Where a value must be stated, the study states it.
        Provenance::Verified
        | Provenance::InWideUse
        | Provenance::Unchecked
        | Provenance::OfASite(_) => false,
    };
    let unchecked = unchecked.then(|| {
        format!(
            "{key}: the coefficients of {name} were not verified against the paper ({}); check \
             them, or state your own in respiration.parameters",
            model.source
        )
    });
    let caution = model
        .caution
        .map(|caution| format!("{key}: {name}: {caution}"));
    unchecked.into_iter().chain(caution).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a sample is small")]
fn warning_of_range(model: &str, valid: &ValidRange, unit: &str, sample: &[f64]) -> Option<String> {
    let ValidRange {
        input,
        range: [least, most],
    } = valid;
    let outside = sample
        .iter()
        .filter(|x| !(*least..=*most).contains(*x))
        .count();
    let share = outside as f64 / sample.len().max(1) as f64;
    (share > WORTH_A_WARNING).then(|| {
        format!(
            "inputs.{input}: {:.1} % of a sample are outside {least} to {most} {unit}, the range \
             for which {model} was made; they are computed all the same",
            100.0 * share
        )
    })
}
