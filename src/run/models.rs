//! The models and laws that a study names, with its coefficients and how sure these are, and what its user should
//! know of them.

use std::sync::Arc;

use crate::calendar::Steps;
use crate::chain::{Draws, Ensemble};
use crate::error::Error;
use crate::kernels::abi::Kernel;
use crate::kernels::coefficients::{
    ModelInfo, ParameterError, Provenance, ValidRange, index_of_layer, share_out,
};
use crate::kernels::draws::{Distribution, draw};
use crate::kernels::models::{self, ModelEntry, Settings};
use crate::kernels::settings::{DaysOfMonth, PowerUnit};
use crate::study::{self, RhModel, RsModel, Study, Uncertain, UncertaintyTable};
use crate::tables::uncertainty::Drawn;
use crate::tile::InputSpec;

/// Shares of a sample outside the range of a model that are worth a warning.
const WORTH_A_WARNING: f64 = 0.001;

/// The models of soil respiration and the laws of heterotrophic respiration of a study.
pub(super) struct Models {
    /// Rs.
    pub(super) respiration: Arc<dyn Kernel>,
    /// Rh.
    pub(super) heterotrophic: Arc<dyn Kernel>,
    /// The pairs whose spread is asked for.
    pub(super) ensemble: Option<Ensemble>,
    /// The draws whose spread is asked for.
    pub(super) draws: Option<Draws>,
    /// Their coefficients, for the table.
    pub(super) drawn: Option<Drawn>,
    /// The coefficients of the chosen model and law, such as `gsmsr.R0`.
    pub(super) coefficients: Vec<(String, f64)>,
    /// Every model and law with the key that names it, each once.
    named: Vec<(&'static str, &'static ModelInfo)>,
}

fn choice_of_model(model: RsModel) -> &'static ModelEntry {
    models::soil_respiration(model.as_str()).unwrap_or(&models::SOIL_RESPIRATION[0])
}

/// Whether a model of soil respiration sums months.
fn reads_months(model: &dyn Kernel) -> bool {
    model
        .inputs()
        .iter()
        .any(|port| port.steps == Steps::Monthly)
}

fn choice_of_law(law: RhModel) -> &'static ModelEntry {
    models::heterotrophic(law.as_str()).unwrap_or(&models::HETEROTROPHIC[0])
}

/// The two that a study chooses come first; a plain symbol is theirs.
fn named(study: &Study) -> Vec<(&'static str, &'static ModelInfo)> {
    let table = &study.respiration;
    let mut named = vec![
        ("respiration.model", &choice_of_model(table.model).model),
        (
            "respiration.heterotrophic",
            &choice_of_law(table.heterotrophic).model,
        ),
    ];
    if let Some(ensemble) = &table.ensemble {
        let models = ensemble.models.iter().map(|&model| choice_of_model(model));
        let laws = ensemble.heterotrophic.iter().map(|&law| choice_of_law(law));
        for choice in models.chain(laws) {
            // Each fraction of an ensemble has its value with it; a coefficient of that name would be of none.
            let is_fraction = choice.model.coefficient("fraction").is_some();
            if !is_fraction
                && !named
                    .iter()
                    .any(|(_, model)| std::ptr::eq(*model, &raw const choice.model))
            {
                named.push(("respiration.ensemble", &choice.model));
            }
        }
    }
    named
}

/// Makes kernels with the coefficients of a study.
struct Maker<'a> {
    study: &'a Study,
    named: &'a [(&'static str, &'static ModelInfo)],
    /// Overrides by place in `named`.
    shared: Vec<Vec<(String, f64)>>,
}

impl Maker<'_> {
    fn overrides(&self, choice: &'static ModelEntry) -> &[(String, f64)] {
        let place = self
            .named
            .iter()
            .position(|(_, model)| std::ptr::eq(*model, &raw const choice.model));
        place.map_or(&[][..], |place| &self.shared[place])
    }

    fn model(
        &self,
        model: RsModel,
        more: &[(String, f64)],
    ) -> Result<Arc<dyn Kernel>, ParameterError> {
        let choice = choice_of_model(model);
        choice.kernel(
            &settings(self.study, self.study.respiration.heterotrophic),
            &[self.overrides(choice), more].concat(),
        )
    }

    /// The law as it follows the model of the study.
    fn law(&self, law: RhModel, more: &[(String, f64)]) -> Result<Arc<dyn Kernel>, ParameterError> {
        let is_of_months = reads_months(&*self.model(self.study.respiration.model, &[])?);
        if is_of_months {
            self.law_with(&settings(self.study, law), law, more)
        } else {
            self.law_of_years(law, more)
        }
    }

    /// The law as it follows a model of years, which knows no days of a month: those of the calendar, then.
    fn law_of_years(
        &self,
        law: RhModel,
        more: &[(String, f64)],
    ) -> Result<Arc<dyn Kernel>, ParameterError> {
        let mut settings = settings(self.study, law);
        // Only the power law takes its days from those of soil respiration; pei reads climate by months itself.
        if matches!(law, RhModel::Power(_)) {
            settings.days = DaysOfMonth::Calendar;
        }
        self.law_with(&settings, law, more)
    }

    fn law_with(
        &self,
        settings: &Settings,
        law: RhModel,
        more: &[(String, f64)],
    ) -> Result<Arc<dyn Kernel>, ParameterError> {
        choice_of_law(law).kernel(settings, &[&self.overrides_of_law(law)[..], more].concat())
    }

    fn ensemble(&self, table: &study::EnsembleTable) -> Result<Ensemble, ParameterError> {
        let models = table
            .models
            .iter()
            .map(|&m| Ok((m.as_str().to_owned(), self.model(m, &[])?)));
        let laws = table.heterotrophic.iter();
        let named = laws.clone().map(|&law| {
            Ok((
                law.name(),
                self.law_with(&settings(self.study, law), law, &[])?,
            ))
        });
        let of_years = laws.map(|&law| self.law_of_years(law, &[]));
        Ok(Ensemble {
            models: models.collect::<Result<_, _>>()?,
            laws: named.collect::<Result<_, _>>()?,
            laws_of_years: of_years.collect::<Result<_, _>>()?,
        })
    }

    /// A fraction has its value in the word of the law; `respiration.parameters` may state another for the chosen one.
    fn overrides_of_law(&self, law: RhModel) -> Vec<(String, f64)> {
        let RhModel::Fraction(fraction) = law else {
            return self.overrides(choice_of_law(law)).to_vec();
        };
        let own = vec![("fraction".to_owned(), fraction)];
        let is_chosen = law == self.study.respiration.heterotrophic;
        if is_chosen {
            [&own[..], self.overrides(choice_of_law(law))].concat()
        } else {
            own
        }
    }
}

impl Models {
    /// The models of `study` with its coefficients.
    ///
    /// # Errors
    ///
    /// A coefficient that none of them has, or a value that makes no sense for it.
    pub(super) fn of(study: &Study) -> Result<Self, Error> {
        let table = &study.respiration;
        let named = named(study);
        let all: Vec<&'static ModelInfo> = named.iter().map(|(_, model)| *model).collect();
        let shared = share_out(&all, &table.parameters)?;
        let maker = Maker {
            study,
            named: &named,
            shared,
        };
        let ensemble = table
            .ensemble
            .as_ref()
            .map(|ensemble| maker.ensemble(ensemble))
            .transpose()?;
        // Before the draws: a value that makes no sense without them is not one of [uncertainty].
        let (respiration, heterotrophic) = (
            maker.model(table.model, &[])?,
            maker.law(table.heterotrophic, &[])?,
        );
        let draws = study
            .uncertainty
            .as_ref()
            .map(|uncertainty| draws(&maker, uncertainty));
        let (draws, drawn) = draws.transpose().map_err(Error::Uncertain)?.unzip();
        let stated = [
            maker.shared[0].clone(),
            maker.overrides_of_law(table.heterotrophic),
        ];
        let values = all.iter().zip(&stated).flat_map(|(model, stated)| {
            let value = |symbol| model.value(symbol, stated).unwrap_or(f64::NAN);
            model
                .coefficients
                .iter()
                .map(move |c| (format!("{}.{}", model.name, c.symbol), value(c.symbol)))
        });
        Ok(Self {
            coefficients: values.collect(),
            respiration,
            heterotrophic,
            ensemble,
            draws,
            drawn,
            named,
        })
    }

    /// What to know of the coefficients.
    pub(super) fn warnings(&self, study: &Study) -> Vec<String> {
        // A study that does not name a model may not even use it.
        let stated = self.named.iter().filter(|(key, _)| study.is_stated(key));
        stated
            .flat_map(|(key, model)| warnings_of(key, model, &study.respiration.parameters))
            .collect()
    }

    /// Whether a sample of an input lies where the models were made for.
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

/// Model and law with the coefficients of every draw.
fn draws(maker: &Maker<'_>, table: &UncertaintyTable) -> Result<(Draws, Drawn), ParameterError> {
    let respiration = &maker.study.respiration;
    let chosen = [maker.named[0].1, maker.named[1].1];
    let stated = [
        maker.overrides(choice_of_model(respiration.model)).to_vec(),
        maker.overrides_of_law(respiration.heterotrophic),
    ];
    let mut drawn = Drawn {
        names: Vec::new(),
        values: vec![Vec::new(); table.draws],
    };
    // Coefficients of the model and of the law, `[draw][coefficient]`.
    let mut of = [vec![Vec::new(); table.draws], vec![Vec::new(); table.draws]];
    for (name, uncertain) in &table.parameters {
        let (place, symbol) = index_of_layer(&chosen, name)?;
        let model = chosen[place];
        let full_name = format!("{}.{symbol}", model.name);
        if drawn.names.contains(&full_name) {
            return Err(ParameterError::Twice {
                model: model.name,
                name: name.clone(),
            });
        }
        let must = model
            .coefficient(symbol)
            .map_or(crate::kernels::coefficients::Constraint::BeFinite, |c| {
                c.must
            });
        let mean = model.value(symbol, &stated[place]).unwrap_or(f64::NAN);
        let distribution = match *uncertain {
            Uncertain::Sd(sd) => Distribution::Normal { mean, sd },
            Uncertain::RelativeSd(sd) => Distribution::Normal {
                mean,
                sd: sd * mean.abs(),
            },
            Uncertain::Range([low, high]) => Distribution::Uniform { low, high },
        };
        for (number, (values, of)) in (1..).zip(drawn.values.iter_mut().zip(&mut of[place])) {
            let value =
                draw(distribution, must, table.seed, &full_name, number).ok_or_else(|| {
                    ParameterError::Distribution {
                        model: model.name,
                        name: symbol.to_owned(),
                        must: must.in_words(),
                    }
                })?;
            values.push(value);
            of.push((symbol.to_owned(), value));
        }
        drawn.names.push(full_name);
    }
    let [of_model, of_law] = of;
    let varies = |of: &[Vec<(String, f64)>]| of.first().is_some_and(|first| !first.is_empty());
    let mut draws = Draws {
        respiration: Vec::new(),
        heterotrophic: Vec::new(),
    };
    if varies(&of_model) {
        let models = of_model
            .iter()
            .map(|values| maker.model(respiration.model, values));
        draws.respiration = models.collect::<Result<_, _>>()?;
    }
    if varies(&of_law) {
        let laws = of_law
            .iter()
            .map(|values| maker.law(respiration.heterotrophic, values));
        draws.heterotrophic = laws.collect::<Result<_, _>>()?;
    }
    Ok((draws, drawn))
}

/// What the models take beside their coefficients.
fn settings(study: &Study, law: RhModel) -> Settings {
    let table = &study.respiration;
    Settings {
        years: study.years,
        min_months: u32::try_from(table.min_months).unwrap_or(12),
        days: table.days,
        denominator: table.denominator,
        power_unit: if let RhModel::Power(unit) = law {
            unit
        } else {
            PowerUnit::default()
        },
    }
}

fn warnings_of(key: &str, model: &ModelInfo, stated: &[(String, f64)]) -> Vec<String> {
    let name = model.name;
    let is_stated = |symbol: &str| {
        let prefixed = format!("{name}.{symbol}");
        stated
            .iter()
            .any(|(stated, _)| stated == symbol || *stated == prefixed)
    };
    let mut warnings = Vec::new();
    match model.trust {
        Provenance::NotVerified if !model.coefficients.iter().all(|c| is_stated(c.symbol)) => warnings.push(format!(
            "{key}: the coefficients of {name} were not verified against the paper ({}); check them, or state your own \
             in respiration.parameters",
            model.source
        )),
        Provenance::Placeholder(symbols) => {
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
    warnings.extend(
        model
            .caution
            .map(|caution| format!("{key}: {name}: {caution}")),
    );
    warnings
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
            "inputs.{input}: {:.1} % of a sample lie outside {least} to {most} {unit}, for which {model} was made; they are \
             computed all the same",
            100.0 * share
        )
    })
}
