//! Every model of soil and heterotrophic respiration, by its word in study files.

use std::fmt;
use std::sync::Arc;

use super::coefficients::{ModelInfo, ParameterError};
use super::heterotrophic::{FixedFraction, LogLog, Pei, Power, Subke2006};
use super::model::Model;
use super::respiration::{
    Gsmsr, Hashimoto2015, LloydTaylor, Q10, Raich, RaichSchlesinger1992, Tpc,
};
pub use super::settings::Settings;
use super::twin::Kernel;

/// The equations of soil respiration.
static SOIL_RESPIRATION: [Equation; 7] = [
    Equation::of::<Gsmsr>(),
    Equation::of::<Tpc>(),
    Equation::of::<Raich>(),
    Equation::of::<RaichSchlesinger1992>(),
    Equation::of::<Hashimoto2015>(),
    Equation::of::<LloydTaylor>(),
    Equation::of::<Q10>(),
];

/// The equations of heterotrophic respiration.
static HETEROTROPHIC: [Equation; 5] = [
    Equation::of::<LogLog>(),
    Equation::of::<Subke2006>(),
    Equation::of::<Power>(),
    Equation::of::<Pei>(),
    Equation::of::<FixedFraction>(),
];

/// The model of soil respiration of a study that names none.
pub const DEFAULT_RS: ModelEntry = ModelEntry::first_of::<Gsmsr>();
/// The model of heterotrophic respiration of a study that names none.
pub const DEFAULT_RH: ModelEntry = ModelEntry::first_of::<LogLog>();
/// Rh as a fixed part of Rs. A study states the part, not the word alone: `{ fraction = 0.55 }`.
pub const FRACTION: ModelEntry = ModelEntry::first_of::<FixedFraction>();
/// The power law, the only model that has a unit to choose.
pub const POWER: ModelEntry = ModelEntry::first_of::<Power>();

/// Makes a kernel from a row, settings and stated coefficients.
type Make =
    fn(&'static ModelInfo, &Settings, &[(String, f64)]) -> Result<Arc<dyn Kernel>, ParameterError>;

/// An equation with its published sets of coefficients.
struct Equation {
    rows: &'static [ModelInfo],
    make: Make,
}

impl Equation {
    const fn of<M: Model>() -> Self {
        Self {
            rows: M::ROWS,
            make: make::<M>,
        }
    }

    fn entries(&'static self) -> impl Iterator<Item = ModelEntry> {
        self.rows.iter().map(|info| ModelEntry {
            info,
            make: self.make,
        })
    }
}

fn make<M: Model>(
    row: &'static ModelInfo,
    settings: &Settings,
    stated: &[(String, f64)],
) -> Result<Arc<dyn Kernel>, ParameterError> {
    Ok(Arc::new(M::of_row(row, settings, stated)?))
}

/// A model that a study can choose: an equation with one published set of coefficients.
#[derive(Clone, Copy)]
pub struct ModelEntry {
    /// What is known of it.
    pub info: &'static ModelInfo,
    make: Make,
}

impl ModelEntry {
    const fn first_of<M: Model>() -> Self {
        Self {
            info: &M::ROWS[0],
            make: make::<M>,
        }
    }

    /// The kernel with the values of its row, replaced by those of `stated` where named by their symbols.
    ///
    /// # Errors
    ///
    /// As [`Model::of_row`].
    pub fn kernel(
        &self,
        settings: &Settings,
        stated: &[(String, f64)],
    ) -> Result<Arc<dyn Kernel>, ParameterError> {
        (self.make)(self.info, settings, stated)
    }

    /// The word of the study file.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.info.name
    }
}

impl PartialEq for ModelEntry {
    fn eq(&self, other: &Self) -> bool {
        self.info == other.info
    }
}

impl fmt::Debug for ModelEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Every model of soil respiration, in the order of the manual.
pub fn rs_models() -> impl Iterator<Item = ModelEntry> {
    SOIL_RESPIRATION.iter().flat_map(Equation::entries)
}

/// Every model of heterotrophic respiration, in the order of the manual.
pub fn rh_models() -> impl Iterator<Item = ModelEntry> {
    HETEROTROPHIC.iter().flat_map(Equation::entries)
}

/// The first model of every equation.
pub fn equations() -> impl Iterator<Item = ModelEntry> {
    let all = SOIL_RESPIRATION.iter().chain(&HETEROTROPHIC);
    all.filter_map(|equation| equation.entries().next())
}

/// The model of soil respiration of this word.
#[must_use]
pub fn soil_respiration(word: &str) -> Option<ModelEntry> {
    rs_models().find(|model| model.word() == word)
}

/// The model of heterotrophic respiration of this word; `fraction` for a fixed part.
#[must_use]
pub fn heterotrophic(word: &str) -> Option<ModelEntry> {
    rh_models().find(|model| model.word() == word)
}

/// The models of soil respiration with their words.
#[must_use]
pub fn soil_respiration_words() -> Vec<(&'static str, ModelEntry)> {
    rs_models().map(|model| (model.word(), model)).collect()
}

/// The models of heterotrophic respiration that a word alone names, with their words.
#[must_use]
pub fn heterotrophic_words() -> Vec<(&'static str, ModelEntry)> {
    let named = rh_models().filter(|model| *model != FRACTION);
    named.map(|model| (model.word(), model)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{Steps, Years};

    const YEARS: Years = Years {
        first: 2001,
        last: 2004,
    };

    fn all() -> impl Iterator<Item = ModelEntry> {
        rs_models().chain(rh_models())
    }

    /// A table with one entry more or fewer than the kernel takes would leave a NaN.
    #[test]
    fn every_model_has_a_kernel_with_finite_coefficients() -> Result<(), ParameterError> {
        for model in all() {
            let kernel = model.kernel(&Settings::new(YEARS), &model.info.example())?;
            assert_eq!(kernel.recorded_as(), model.info.recorded_as);
            assert_eq!(kernel.title(), model.info.title);
            for word in kernel.params().chunks_exact(4) {
                let number = f32::from_le_bytes([word[0], word[1], word[2], word[3]]);
                assert!(number.is_finite(), "{model:?}: {number}");
            }
        }
        Ok(())
    }

    #[test]
    fn every_coefficient_can_be_stated_by_its_symbol_and_then_matters() -> Result<(), ParameterError>
    {
        for model in all() {
            let settings = Settings::new(YEARS);
            let example = model.info.example();
            let params = model.kernel(&settings, &example)?.params();
            for c in model.info.coefficients {
                let other = [(c.symbol.to_owned(), 0.93 * c.value)];
                let other = model.kernel(&settings, &[&example[..], &other].concat())?;
                assert_ne!(other.params(), params, "{} of {model:?}", c.symbol);
            }
        }
        Ok(())
    }

    #[test]
    fn a_word_names_one_model_of_each_kind() {
        for words in [soil_respiration_words(), heterotrophic_words()] {
            for (index, (word, model)) in words.iter().enumerate() {
                assert!(
                    words[..index].iter().all(|(before, _)| before != word),
                    "{word}"
                );
                assert_eq!(*word, model.word());
            }
        }
        assert_eq!(DEFAULT_RS.word(), "gsmsr");
        assert_eq!(DEFAULT_RH.word(), "bond-lamberty-2004");
    }

    /// A model for annual sums applied to months gives more Rh than Rs. None can be: each reads soil respiration a
    /// year, or, `pei`, climate and no soil respiration at all.
    #[test]
    fn no_model_reads_soil_respiration_by_months() -> Result<(), ParameterError> {
        for model in rh_models() {
            let kernel = model.kernel(&Settings::new(YEARS), &model.info.example())?;
            for port in kernel.inputs() {
                assert!(
                    port.name != "rs" || port.steps == Steps::Annual,
                    "{model:?}"
                );
            }
        }
        Ok(())
    }
}
