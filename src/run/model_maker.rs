//! Makes the kernels of a study's models, each with the coefficients that the study states of it.

use std::sync::Arc;

use crate::calendar::Steps;
use crate::chain::Ensemble;
use crate::error::Error;
use crate::kernels::coefficients::{ModelInfo, ParameterError};
use crate::kernels::models::{ModelEntry, Settings};
use crate::kernels::parameter_names::{name_of, share_out};
use crate::kernels::settings::DaysOfMonth;
use crate::kernels::twin::Kernel;
use crate::study::{EnsembleTable, RespirationTable, RhChoice, Study};

/// A model with the key that names it.
pub(super) type Named = (&'static str, &'static ModelInfo);

/// Makes kernels with the coefficients of a study.
pub(super) struct Maker<'a> {
    study: &'a Study,
    /// The chosen model of Rs, that of Rh, and those of the ensemble.
    pub(super) named: Vec<Named>,
    /// What the study states, by index in `named`.
    stated: Vec<Vec<(String, f64)>>,
}

/// The two that a study chooses come first; a plain symbol is theirs.
fn named(table: &RespirationTable) -> Vec<Named> {
    let mut named = vec![
        ("respiration.model", table.model.info),
        ("respiration.heterotrophic", table.heterotrophic.model.info),
    ];
    let Some(ensemble) = &table.ensemble else {
        return named;
    };
    let rh = ensemble.heterotrophic.iter();
    // A choice that states its coefficient itself, as a fraction does, takes none from `respiration.parameters`.
    let rh = rh.filter(|choice| choice.stated.is_empty());
    let models = ensemble.models.iter().map(|model| model.info);
    for info in models.chain(rh.map(|choice| choice.model.info)) {
        if !named.iter().any(|(_, known)| *known == info) {
            named.push(("respiration.ensemble", info));
        }
    }
    named
}

impl<'a> Maker<'a> {
    /// Gives each model of `study` what the study states of it.
    ///
    /// # Errors
    ///
    /// Every name that no model has, and every model of which something must be stated and is not.
    pub(super) fn of(study: &'a Study) -> Result<Self, Error> {
        let table = &study.respiration;
        let named = named(table);
        let infos: Vec<&'static ModelInfo> = named.iter().map(|(_, info)| *info).collect();
        let (mut stated, mut errors) = share_out(&infos, &table.parameters);
        // `respiration.parameters` may replace what the chosen model of Rh states itself.
        stated[1].splice(0..0, table.heterotrophic.stated.iter().cloned());
        for (index, info) in infos.iter().enumerate() {
            let missing: Vec<_> = info.unstated(&stated[index]).collect();
            if !missing.is_empty() {
                let name = |symbol: &str| name_of(&infos, index, symbol);
                errors.push(info.not_stated(&missing, name));
            }
        }
        match Error::of(errors.into_iter().map(Error::from).collect()) {
            Some(error) => Err(error),
            None => Ok(Self {
                study,
                named,
                stated,
            }),
        }
    }

    /// The chosen models of Rs and Rh, each with what the study states.
    pub(super) fn chosen(&self) -> [(&'static ModelInfo, &[(String, f64)]); 2] {
        [0, 1].map(|index| (self.named[index].1, &self.stated[index][..]))
    }

    /// The table of respiration of the study.
    pub(super) fn table(&self) -> &RespirationTable {
        &self.study.respiration
    }

    /// The values of the coefficients of both chosen models, with the name of each before its model's.
    pub(super) fn coefficients(&self) -> Vec<(String, f64)> {
        let of = |(info, stated): (&'static ModelInfo, &[(String, f64)])| {
            let named = info.coefficients.iter().map(|c| {
                let value = info.value(c.symbol, stated).unwrap_or(f64::NAN);
                (format!("{}.{}", info.name, c.symbol), value)
            });
            named.collect::<Vec<_>>()
        };
        self.chosen().into_iter().flat_map(of).collect()
    }

    fn stated(&self, info: &ModelInfo) -> &[(String, f64)] {
        let index = self.named.iter().position(|(_, known)| *known == info);
        index.map_or(&[][..], |index| &self.stated[index])
    }

    /// What the study states of a model of Rh, with its choice and in `respiration.parameters`.
    fn stated_of_rh(&self, choice: &RhChoice) -> Vec<(String, f64)> {
        let is_chosen = *choice == self.table().heterotrophic;
        if choice.stated.is_empty() || is_chosen {
            self.stated(choice.model.info).to_vec()
        } else {
            choice.stated.clone()
        }
    }

    /// A model of Rs, with `more` coefficients over what the study states.
    pub(super) fn rs(
        &self,
        model: ModelEntry,
        more: &[(String, f64)],
    ) -> Result<Arc<dyn Kernel>, ParameterError> {
        let settings = self.settings(&self.table().heterotrophic);
        model.kernel(&settings, &[self.stated(model.info), more].concat())
    }

    /// A model of Rh as it follows the chosen model of Rs.
    pub(super) fn rh(
        &self,
        choice: &RhChoice,
        more: &[(String, f64)],
    ) -> Result<Arc<dyn Kernel>, ParameterError> {
        if reads_months(&*self.rs(self.table().model, &[])?) {
            self.rh_with(&self.settings(choice), choice, more)
        } else {
            self.rh_of_years(choice, more)
        }
    }

    /// A model of Rh as it follows a model of years, which knows no days of a month: those of the calendar, then.
    /// One that reads months itself keeps the days of the study.
    fn rh_of_years(
        &self,
        choice: &RhChoice,
        more: &[(String, f64)],
    ) -> Result<Arc<dyn Kernel>, ParameterError> {
        let settings = self.settings(choice);
        let kernel = self.rh_with(&settings, choice, more)?;
        if reads_months(&*kernel) {
            return Ok(kernel);
        }
        let settings = Settings {
            days: DaysOfMonth::Calendar,
            ..settings
        };
        self.rh_with(&settings, choice, more)
    }

    fn rh_with(
        &self,
        settings: &Settings,
        choice: &RhChoice,
        more: &[(String, f64)],
    ) -> Result<Arc<dyn Kernel>, ParameterError> {
        let stated = self.stated_of_rh(choice);
        choice.model.kernel(settings, &[&stated[..], more].concat())
    }

    /// The pairs of an ensemble.
    pub(super) fn ensemble(&self, table: &EnsembleTable) -> Result<Ensemble, ParameterError> {
        let rs = table.models.iter().map(|&model| {
            let kernel = self.rs(model, &[])?;
            Ok((model.word().to_owned(), kernel))
        });
        let rh = table.heterotrophic.iter().map(|choice| {
            let kernel = self.rh_with(&self.settings(choice), choice, &[])?;
            Ok((choice.name(), kernel))
        });
        let rh_of_years = table.heterotrophic.iter();
        let rh_of_years = rh_of_years.map(|choice| self.rh_of_years(choice, &[]));
        Ok(Ensemble {
            models: rs.collect::<Result<_, _>>()?,
            rh_models: rh.collect::<Result<_, _>>()?,
            rh_models_of_years: rh_of_years.collect::<Result<_, _>>()?,
        })
    }

    /// What models take beside their coefficients.
    fn settings(&self, choice: &RhChoice) -> Settings {
        let table = self.table();
        Settings {
            years: self.study.years,
            min_months: u32::try_from(table.min_months).unwrap_or(12),
            days: table.days,
            denominator: table.denominator,
            power_unit: choice.power_unit,
        }
    }
}

/// Whether a model sums months.
fn reads_months(model: &dyn Kernel) -> bool {
    let ports = model.inputs();
    ports.iter().any(|port| port.steps == Steps::Monthly)
}
