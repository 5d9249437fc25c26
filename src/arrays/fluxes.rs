//! Soil and heterotrophic respiration of series in memory.

use std::sync::Arc;

use ndarray::ArrayView3;

use super::compute::{compute, input_in_steps};
use super::element::Element;
use super::error::ArraysError;
use super::layers::Layers;
use super::on::On;
use super::tiles::Level;
use super::wanted::chain_of;
use crate::calendar::{Steps, Years};
use crate::chain::Recipe;
use crate::kernels::models::{ModelEntry, Settings, rh_models, rs_models};
use crate::tile::{Decoding, InputSpec};

/// Which flux a model gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flux {
    /// Soil respiration.
    Rs,
    /// Heterotrophic respiration.
    Rh,
}

impl Flux {
    fn name(self) -> &'static str {
        match self {
            Self::Rs => "rs",
            Self::Rh => "rh",
        }
    }
}

/// Respiration of each year by one model, in gC m-2 yr-1.
///
/// ```
/// use doline::arrays::FluxesOf;
/// use doline::calendar::Years;
/// use ndarray::Array3;
///
/// let years = Years { first: 2001, last: 2002 };
/// let rs = Array3::from_elem((2, 1, 1), 800.0_f32);
/// let model = FluxesOf::heterotrophic(years, "bond-lamberty-2004")?;
/// let found = model.run(&[("rs", rs.view())], &mut |_| true)?;
/// let rh = found.steps("rh").expect("what was asked for");
/// assert!(rh[[0, 0, 0]] > 300.0 && rh[[0, 0, 0]] < 600.0);
/// # Ok::<(), doline::arrays::ArraysError>(())
/// ```
#[derive(Clone, Debug)]
pub struct FluxesOf {
    flux: Flux,
    model: ModelEntry,
    /// What the model takes beside its coefficients, and the years.
    pub settings: Settings,
    /// Coefficients by their symbols, in place of those of the model.
    pub parameters: Vec<(String, f64)>,
    /// What computes.
    pub on: On,
}

impl FluxesOf {
    /// Soil respiration by the model of this word in a study file, such as `gsmsr`.
    ///
    /// # Errors
    ///
    /// There is no such model.
    pub fn soil_respiration(years: Years, word: &str) -> Result<Self, ArraysError> {
        let models: Vec<ModelEntry> = rs_models().collect();
        Self::of(Flux::Rs, &models, years, word)
    }

    /// Heterotrophic respiration by the model of this word in a study file, such as `bond-lamberty-2004`.
    ///
    /// # Errors
    ///
    /// There is no such model.
    pub fn heterotrophic(years: Years, word: &str) -> Result<Self, ArraysError> {
        let models: Vec<ModelEntry> = rh_models().collect();
        Self::of(Flux::Rh, &models, years, word)
    }

    fn of(
        flux: Flux,
        models: &[ModelEntry],
        years: Years,
        word: &str,
    ) -> Result<Self, ArraysError> {
        let Some(model) = models.iter().find(|model| model.word() == word) else {
            let known = models.iter().map(ModelEntry::word);
            return Err(ArraysError::Model {
                name: word.to_owned(),
                known: known.collect::<Vec<_>>().join(", "),
            });
        };
        Ok(Self {
            flux,
            model: *model,
            settings: Settings::new(years),
            parameters: Vec::new(),
            on: On::default(),
        })
    }

    /// The names of what the model reads, with how often.
    ///
    /// # Errors
    ///
    /// A coefficient is not possible.
    pub fn reads(&self) -> Result<Vec<(String, Steps)>, ArraysError> {
        let kernel = self.model.kernel(&self.settings, &self.parameters)?;
        let ports = kernel.inputs().into_iter();
        Ok(ports.map(|port| (port.name.clone(), port.steps)).collect())
    }

    /// The flux of each year, `rs` or `rh`, of arrays `[step, y, x]`: temperature in degC, precipitation in mm, soil carbon in
    /// kgC m-2, respiration in gC m-2 yr-1.
    ///
    /// # Arguments
    ///
    /// * `arrays` - what the model [`reads`](Self::reads), by name.
    /// * `goes_on` - gets the share of pixels that is done, and says whether to go on.
    ///
    /// # Errors
    ///
    /// An array is missing, of another shape or number of steps, or not read; a coefficient is not possible, or the engine
    /// fails.
    pub fn run<T: Element>(
        &self,
        arrays: &[(&str, ArrayView3<'_, T>)],
        goes_on: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Layers, ArraysError> {
        let reads = self.reads()?;
        let (mut inputs, mut views): (Vec<InputSpec>, Vec<ArrayView3<'_, T>>) = Default::default();
        for (name, steps) in &reads {
            let Some((_, array)) = arrays.iter().find(|(given, _)| given == name) else {
                break;
            };
            let (years, identity) = (self.settings.years, Decoding::identity());
            inputs.push(input_in_steps(name, array, years, *steps, &identity)?);
            views.push(array.view());
        }
        if inputs.len() != reads.len() || arrays.len() != reads.len() {
            let in_a_row = |names: Vec<&str>| names.join(", ");
            return Err(ArraysError::Inputs {
                model: self.model.word().to_owned(),
                reads: in_a_row(reads.iter().map(|(name, _)| name.as_str()).collect()),
                got: in_a_row(arrays.iter().map(|(name, _)| *name).collect()),
            });
        }
        let wanted = [self.flux.name().to_owned()];
        let chain = chain_of(&self.recipe(inputs)?, Some(&wanted))?;
        compute(chain, &views, Level::Kept, &self.on, goes_on)
    }

    fn recipe(&self, inputs: Vec<InputSpec>) -> Result<Recipe, ArraysError> {
        let kernel = self.model.kernel(&self.settings, &self.parameters)?;
        let recipe = Recipe {
            trend_of: Some(Vec::new()),
            sensitivities: Vec::new(),
            predictors: Some(Vec::new()),
            ..Recipe::of_series(self.settings.years, inputs)
        };
        Ok(match self.flux {
            Flux::Rs => Recipe {
                respiration: Some(kernel),
                ..recipe
            },
            Flux::Rh => Recipe {
                heterotrophic: Arc::clone(&kernel),
                ..recipe
            },
        })
    }
}
