//! The models that a study names, with its coefficients.

use std::sync::Arc;

use crate::chain::{Draws, Ensemble};
use crate::error::Error;
use crate::kernels::twin::Kernel;
use crate::study::{InputTable, Study};
use crate::tables::uncertainty::Drawn;

use super::draws::draws;
use super::model_maker::{Maker, Named};

/// The models of soil and heterotrophic respiration of a study.
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
    /// The coefficients of the two chosen models, such as `gsmsr.R0`.
    pub(super) coefficients: Vec<(String, f64)>,
    /// Every model with the key that names it, each once.
    pub(super) named: Vec<Named>,
}

impl Models {
    /// The models of `study` with its coefficients.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the coefficients: names that no model has, those that must be stated and are
    /// not, and values that make no sense.
    pub(super) fn of(study: &Study) -> Result<Self, Error> {
        let table = &study.respiration;
        let maker = Maker::of(study)?;
        let ensemble = table.ensemble.as_ref();
        let ensemble = ensemble.map(|table| maker.ensemble(table)).transpose()?;
        // Before the draws: a value that makes no sense without them is no fault of [uncertainty].
        let respiration = maker.rs(table.model, &[])?;
        let heterotrophic = maker.rh(&table.heterotrophic, &[])?;
        let draws = study.uncertainty.as_ref().map(|table| draws(&maker, table));
        let (draws, drawn) = draws.transpose().map_err(Error::Uncertain)?.unzip();
        Ok(Self {
            respiration,
            heterotrophic,
            ensemble,
            draws,
            drawn,
            coefficients: maker.coefficients(),
            named: maker.named,
        })
    }

    /// The inputs among `tables` that a model with all of its inputs reads, and NPP where there is one.
    pub(super) fn reads(&self, tables: &[InputTable]) -> Vec<String> {
        let is_there = |name: &str| tables.iter().any(|table| table.name == name);
        let ensemble = self.ensemble.iter();
        let of_ensemble = ensemble.flat_map(|pairs| pairs.models.iter().chain(&pairs.rh_models));
        let kernels = [&self.respiration, &self.heterotrophic].into_iter();
        let mut names: Vec<String> = Vec::new();
        for kernel in kernels.chain(of_ensemble.map(|(_, kernel)| kernel)) {
            let ports = kernel.inputs().into_iter().map(|port| port.name);
            let ports: Vec<String> = ports.filter(|name| name != "rs").collect();
            if ports.iter().all(|name| is_there(name)) {
                names.extend(ports);
            }
        }
        if !names.is_empty() && is_there("npp") {
            names.push("npp".to_owned());
        }
        names.sort();
        names.dedup();
        names
    }

    /// Refuses months of another year, and departures, for what a model reads.
    ///
    /// # Errors
    ///
    /// [`Error::Shifted`] for each such input.
    pub(super) fn check_seasons(&self, study: &Study) -> Result<(), Error> {
        let read = self.reads(&study.inputs);
        let tables = study.inputs.iter();
        let errors = tables
            .filter(|table| read.contains(&table.name))
            .filter_map(|table| {
                let key = match (table.season, table.baseline) {
                    (season, _) if season.lag > 0 => "lag",
                    (season, _) if season.crosses_new_year() => "months",
                    (_, Some(_)) => "anomaly",
                    _ => return None,
                };
                Some(Error::Shifted {
                    input: table.name.clone(),
                    key,
                })
            });
        Error::of(errors.collect()).map_or(Ok(()), Err)
    }
}
