//! The models and laws that a study names, and what its user should know of them.

use std::sync::Arc;

use crate::error::Error;
use crate::kernels::abi::Kernel;
use crate::kernels::carbon::PowerUnit;
use crate::kernels::coefficients::{Model, Trust, ValidRange, share_out};
use crate::kernels::models::{self, Choice, Settings};
use crate::kernels::respiration::{DaysOfMonth, Denominator};
use crate::study::{self, RhModel, Study};
use crate::tile::InputSpec;

/// Shares of a sample outside the range of a model that are worth a warning.
const WORTH_A_WARNING: f64 = 0.001;

/// The model of soil respiration and the law of heterotrophic respiration of a study.
pub(super) struct Models {
    /// Rs.
    pub(super) respiration: Arc<dyn Kernel>,
    /// Rh.
    pub(super) heterotrophic: Arc<dyn Kernel>,
    /// The two with the key that names them.
    named: [(&'static str, &'static Model); 2],
}

impl Models {
    /// The models of `study` with its coefficients.
    ///
    /// # Errors
    ///
    /// A coefficient that neither has, or a value that makes no sense for it.
    pub(super) fn of(study: &Study) -> Result<Self, Error> {
        let table = &study.respiration;
        let model = models::soil_respiration(table.model.as_str()).unwrap_or(&models::SOIL_RESPIRATION[0]);
        let law = models::heterotrophic(table.heterotrophic.as_str()).unwrap_or(&models::HETEROTROPHIC[0]);
        let mut shared = share_out(&[&model.model, &law.model], &table.parameters)?;
        if let (RhModel::Fraction(fraction), true) = (table.heterotrophic, shared[1].is_empty()) {
            shared[1].push(("fraction".to_owned(), fraction));
        }
        let settings = settings(study);
        let make = |choice: &Choice, place: usize| choice.kernel(&settings, &shared[place]);
        Ok(Self {
            respiration: make(model, 0)?,
            heterotrophic: make(law, 1)?,
            named: [("respiration.model", &model.model), ("respiration.heterotrophic", &law.model)],
        })
    }

    /// What to know of the coefficients.
    pub(super) fn warnings(&self, study: &Study) -> Vec<String> {
        // A study that does not name a model may not even use it.
        let stated = self.named.iter().filter(|(key, _)| study.is_stated(key));
        stated.flat_map(|(key, model)| warnings_of(key, model, &study.respiration.parameters)).collect()
    }

    /// Whether a sample of an input lies where the models were made for.
    pub(super) fn warnings_of_range(&self, input: &str, spec: &InputSpec, sample: &[f64]) -> Vec<String> {
        let ranges = self.named.iter().flat_map(|(_, model)| {
            let of_input = model.valid.iter().filter(|valid| valid.input == input);
            of_input.filter_map(|valid| warning_of_range(model.name, valid, &spec.unit, sample))
        });
        ranges.collect()
    }
}

/// What the models take beside their coefficients.
pub(super) fn settings(study: &Study) -> Settings {
    let table = &study.respiration;
    Settings {
        years: study.years,
        min_months: u32::try_from(table.min_months).unwrap_or(12),
        days: match table.days {
            study::DaysOfMonth::Calendar => DaysOfMonth::Calendar,
            study::DaysOfMonth::Thirty => DaysOfMonth::Thirty,
        },
        denominator: match table.denominator {
            study::Denominator::PPlusK => Denominator::PPlusK,
            study::Denominator::KPlusPPlusP0 => Denominator::KPlusPPlusP0,
        },
        power_unit: match table.heterotrophic {
            RhModel::Power(study::PowerUnit::KilogramsAYear) => PowerUnit::KilogramsAYear,
            _ => PowerUnit::GramsADay,
        },
    }
}

fn warnings_of(key: &str, model: &Model, stated: &[(String, f64)]) -> Vec<String> {
    let name = model.name;
    let is_stated = |symbol: &str| {
        let prefixed = format!("{name}.{symbol}");
        stated.iter().any(|(stated, _)| stated == symbol || *stated == prefixed)
    };
    let mut warnings = Vec::new();
    match model.trust {
        Trust::NotVerified if !model.coefficients.iter().all(|c| is_stated(c.symbol)) => warnings.push(format!(
            "{key}: the coefficients of {name} were not verified against the paper ({}); check them, or state your own \
             in respiration.parameters",
            model.source
        )),
        Trust::Placeholder(symbols) => {
            for symbol in symbols.iter().filter(|symbol| !is_stated(symbol)) {
                let value = model.coefficient(symbol).map_or(f64::NAN, |c| c.published);
                warnings.push(format!(
                    "{key}: {name} has no published {symbol}; {value} was assumed, state your own as \
                     respiration.parameters.{symbol}"
                ));
            }
        }
        _ => {}
    }
    warnings.extend(model.caution.map(|caution| format!("{key}: {name}: {caution}")));
    warnings
}

#[expect(clippy::cast_precision_loss, reason = "a sample is small")]
fn warning_of_range(model: &str, valid: &ValidRange, unit: &str, sample: &[f64]) -> Option<String> {
    let ValidRange { input, range: [least, most] } = valid;
    let outside = sample.iter().filter(|x| !(*least..=*most).contains(*x)).count();
    let share = outside as f64 / sample.len().max(1) as f64;
    (share > WORTH_A_WARNING).then(|| {
        format!(
            "inputs.{input}: {:.1} % of a sample lie outside {least} to {most} {unit}, for which {model} was made; they are \
             computed all the same",
            100.0 * share
        )
    })
}
