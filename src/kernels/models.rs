//! Every model of soil respiration and every law of heterotrophic respiration, by its word in study files.

use std::sync::Arc;

use super::abi::Kernel;
use super::carbon::{
    BondLamberty2004, BondLamberty2010, FixedFraction, Hashimoto2015Rh, Pei, Power, Subke2006,
};
use super::coefficients::{ModelInfo, ParameterError};
use super::respiration::{Gsmsr, Hashimoto2015, LloydTaylor, Q10, Raich2002, RaichPotter1995, Tpc};
pub use super::settings::Settings;

/// Makes a kernel from settings and coefficients.
type Make = fn(&Settings, &[(String, f64)]) -> Result<Arc<dyn Kernel>, ParameterError>;

/// A model or a law that a study can choose.
#[derive(Debug)]
pub struct ModelEntry {
    /// What is known of it.
    pub model: ModelInfo,
    make: Make,
}

impl ModelEntry {
    /// The kernel with the published coefficients, replaced by `overrides` where named by their symbols.
    ///
    /// # Errors
    ///
    /// A symbol that it does not have, or a value that makes no sense for it.
    pub fn kernel(
        &self,
        settings: &Settings,
        overrides: &[(String, f64)],
    ) -> Result<Arc<dyn Kernel>, ParameterError> {
        (self.make)(settings, overrides)
    }
}

/// The models of soil respiration.
pub static SOIL_RESPIRATION: [ModelEntry; 7] = [
    ModelEntry {
        model: Gsmsr::MODEL,
        make: |s, o| {
            Ok(Arc::new(
                Gsmsr::new(s.years, s.min_months, s.denominator, o)?.with_days(s.days),
            ))
        },
    },
    ModelEntry {
        model: Tpc::MODEL,
        make: |_, o| Ok(Arc::new(Tpc::new(o)?)),
    },
    ModelEntry {
        model: RaichPotter1995::MODEL,
        make: |s, o| Ok(Arc::new(RaichPotter1995::new(s.months(), o)?)),
    },
    ModelEntry {
        model: Raich2002::MODEL,
        make: |s, o| Ok(Arc::new(Raich2002::new(s.months(), o)?)),
    },
    ModelEntry {
        model: Hashimoto2015::MODEL,
        make: |s, o| Ok(Arc::new(Hashimoto2015::new(s.months(), o)?)),
    },
    ModelEntry {
        model: LloydTaylor::MODEL,
        make: |s, o| Ok(Arc::new(LloydTaylor::new(s.months(), o)?)),
    },
    ModelEntry {
        model: Q10::MODEL,
        make: |s, o| Ok(Arc::new(Q10::new(s.months(), o)?)),
    },
];

/// The laws of heterotrophic respiration.
pub static HETEROTROPHIC: [ModelEntry; 7] = [
    ModelEntry {
        model: BondLamberty2004::MODEL,
        make: |_, o| Ok(Arc::new(BondLamberty2004::new(o)?)),
    },
    ModelEntry {
        model: BondLamberty2010::MODEL,
        make: |_, o| Ok(Arc::new(BondLamberty2010::new(o)?)),
    },
    ModelEntry {
        model: Subke2006::MODEL,
        make: |_, o| Ok(Arc::new(Subke2006::new(o)?)),
    },
    ModelEntry {
        model: Power::MODEL,
        make: |s, o| Ok(Arc::new(Power::new(s.months(), s.power_unit, o)?)),
    },
    ModelEntry {
        model: Pei::MODEL,
        make: |s, o| Ok(Arc::new(Pei::new(s.months(), o)?)),
    },
    ModelEntry {
        model: Hashimoto2015Rh::MODEL,
        make: |_, o| Ok(Arc::new(Hashimoto2015Rh::new(o)?)),
    },
    ModelEntry {
        model: FixedFraction::MODEL,
        make: |_, o| Ok(Arc::new(FixedFraction::new(o)?)),
    },
];

/// The model of soil respiration of this word.
#[must_use]
pub fn soil_respiration(word: &str) -> Option<&'static ModelEntry> {
    SOIL_RESPIRATION
        .iter()
        .find(|choice| choice.model.name == word)
}

/// The law of heterotrophic respiration of this word; `fraction` for a fixed part.
#[must_use]
pub fn heterotrophic(word: &str) -> Option<&'static ModelEntry> {
    HETEROTROPHIC
        .iter()
        .find(|choice| choice.model.name == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{Steps, Years};

    const YEARS: Years = Years {
        first: 2001,
        last: 2004,
    };

    fn all() -> impl Iterator<Item = &'static ModelEntry> {
        SOIL_RESPIRATION.iter().chain(&HETEROTROPHIC)
    }

    /// A table with one entry more or fewer than the kernel takes would leave a NaN.
    #[test]
    fn every_choice_has_a_kernel_with_finite_coefficients() -> Result<(), ParameterError> {
        for ModelEntry { model, .. } in all() {
            let choice = soil_respiration(model.name).filter(|c| &c.model == model);
            let choice = choice.or_else(|| heterotrophic(model.name));
            let kernel = choice
                .map(|c| c.kernel(&Settings::new(YEARS), &[]))
                .transpose()?;
            let params = kernel.map(|kernel| kernel.params()).unwrap_or_default();
            for word in params.chunks_exact(4) {
                let number = f32::from_le_bytes([word[0], word[1], word[2], word[3]]);
                assert!(number.is_finite(), "{}: {number}", model.name);
            }
        }
        Ok(())
    }

    #[test]
    fn every_coefficient_can_be_overridden_by_its_symbol_and_then_matters()
    -> Result<(), ParameterError> {
        for choice in all() {
            let settings = Settings::new(YEARS);
            let published = choice.kernel(&settings, &[])?.params();
            for c in choice.model.coefficients {
                let other =
                    choice.kernel(&settings, &[(c.symbol.to_owned(), 0.93 * c.published)])?;
                assert_ne!(
                    other.params(),
                    published,
                    "{} of {}",
                    c.symbol,
                    choice.model.name
                );
            }
        }
        Ok(())
    }

    /// Science note 2.1: a law for annual sums applied to months gives more Rh than Rs. No law can be: each
    /// reads soil respiration a year, or, `pei`, climate and no soil respiration at all.
    #[test]
    fn no_law_reads_soil_respiration_by_months() -> Result<(), ParameterError> {
        for law in &HETEROTROPHIC {
            for port in law.kernel(&Settings::new(YEARS), &[])?.inputs() {
                assert!(
                    port.name != "rs" || port.steps == Steps::Annual,
                    "{}",
                    law.model.name
                );
            }
        }
        Ok(())
    }
}
