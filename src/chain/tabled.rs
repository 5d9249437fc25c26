//! What goes from a chain into the tables of a run: series, members and attributions.

use super::sensitivity::{BootstrapOptions, Sensitivity};
use super::stage::Operand;

/// An annual series. Its area means go into the tables.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesSpec {
    /// Its name, such as `nep`.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// The input or layer with its values.
    pub operand: Operand,
}

/// A map of a quantity whose values go into a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapSpec {
    /// Its path under `maps/`, such as `nep_slope`.
    pub name: String,
    /// The layer with its values.
    pub layer: usize,
}

/// A layer with a step for each member of an ensemble, or for each draw of a Monte Carlo run. The
/// area means of its steps go into a table.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleSpec {
    /// `ensemble` or `uncertainty`.
    pub name: &'static str,
    /// The layer, NEP in gC m-2 yr-1.
    pub layer: usize,
    /// Each member: the words of its model and its Rh model, or the number of the draw.
    pub members: Vec<[String; 2]>,
}

/// The attribution by one sensitivity; all but the first are layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributionLayers {
    /// The sensitivity.
    pub sensitivity: Sensitivity,
    /// Trend that the drivers explain.
    pub climate: usize,
    /// Trend that they do not explain.
    pub human: usize,
    /// Part of each driver.
    pub parts: Vec<usize>,
    /// The scenario, 0 to 6.
    pub class: usize,
    /// The dominant part: 1 climate, 2 people, 0 neither.
    pub dominant: usize,
    /// The attribution in years drawn with replacement, where the study asks for that.
    pub replicates: Option<ReplicateLayers>,
}

/// Layers with a step for each replicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplicateLayers {
    /// Trend that the drivers explain.
    pub climate: usize,
    /// Trend that they do not explain.
    pub human: usize,
    /// Human share of the trend, in per cent.
    pub share: usize,
}

/// The attributions of a run, for the tables; numbers are indices of layers.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributionSpec {
    /// The series whose trend is attributed.
    pub response: String,
    /// Unit of the trends.
    pub unit: String,
    /// The drivers.
    pub predictors: Vec<String>,
    /// The observed trend.
    pub observed: usize,
    /// By each sensitivity.
    pub by: Vec<AttributionLayers>,
    /// The climate regime, where the study has precipitation and radiation.
    pub regime: Option<usize>,
    /// Whether the sensitivities agree, if there are several.
    pub agreement: Option<usize>,
    /// How the replicates were drawn, where there are any.
    pub bootstrap: Option<BootstrapOptions>,
}

impl AttributionSpec {
    /// The indices of its layers.
    pub fn layers(&self) -> impl Iterator<Item = usize> {
        let by = self.by.iter().flat_map(|by| {
            let replicates = by
                .replicates
                .iter()
                .flat_map(|r| [r.climate, r.human, r.share]);
            let own = [by.climate, by.human, by.class, by.dominant];
            own.into_iter()
                .chain(by.parts.iter().copied())
                .chain(replicates)
        });
        std::iter::once(self.observed)
            .chain(by)
            .chain(self.regime)
            .chain(self.agreement)
    }

    /// The indices of its layers, to be numbered anew.
    pub(super) fn layers_mut(&mut self) -> impl Iterator<Item = &mut usize> {
        let by = self.by.iter_mut().flat_map(|by| {
            let replicates = by
                .replicates
                .iter_mut()
                .flat_map(|r| [&mut r.climate, &mut r.human, &mut r.share]);
            let own = [
                &mut by.climate,
                &mut by.human,
                &mut by.class,
                &mut by.dominant,
            ];
            own.into_iter().chain(&mut by.parts).chain(replicates)
        });
        std::iter::once(&mut self.observed)
            .chain(by)
            .chain(&mut self.regime)
            .chain(&mut self.agreement)
    }
}
