//! The coefficients of a model or a law: their symbols, units and published values, and what a study
//! may put in their place.

/// One coefficient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coefficient {
    /// Its symbol, the name by which a study overrides it.
    pub symbol: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// The value of the source.
    pub published: f64,
    /// What a value must be to make sense.
    pub must: Constraint,
}

impl Coefficient {
    /// A coefficient; used in tables of models alone.
    #[must_use]
    pub(in crate::kernels) const fn new(
        symbol: &'static str,
        unit: &'static str,
        published: f64,
        must: Constraint,
    ) -> Self {
        Self {
            symbol,
            unit,
            published,
            must,
        }
    }
}

/// What the value of a coefficient must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// Any finite number.
    BeFinite,
    /// Above 0, because a logarithm is taken of it or it keeps a denominator from 0.
    BePositive,
    /// 0 or more, because an amount cannot be negative.
    NotBeNegative,
    /// 0 or more, because the model subtracts it: with a sign of its own it would be added.
    BeSubtracted,
    /// 0 to 1, a share.
    BeAShare,
    /// Below -40 degC, where respiration ends before a denominator does.
    BeBelowMinus40,
}

impl Constraint {
    /// Whether `value` is that.
    #[must_use]
    pub fn holds(self, value: f64) -> bool {
        value.is_finite()
            && match self {
                Self::BeFinite => true,
                Self::BePositive => value > 0.0,
                Self::NotBeNegative | Self::BeSubtracted => value >= 0.0,
                Self::BeAShare => (0.0..=1.0).contains(&value),
                Self::BeBelowMinus40 => value < -40.0,
            }
    }

    /// The same in words.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::BeFinite => "a finite number",
            Self::BePositive => "positive",
            Self::NotBeNegative => "0 or more",
            Self::BeSubtracted => "0 or more, without a minus sign: the model subtracts it",
            Self::BeAShare => "0 to 1",
            Self::BeBelowMinus40 => "below -40",
        }
    }
}

/// How far the published values can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// Read in a source, or fitted again to its data.
    Verified,
    /// In wide use with these values; the paper itself could not be read.
    InWideUse,
    /// Not held against the paper: check them before you publish.
    NotVerified,
    /// The source gives a form without values for these: ours are placeholders, to be replaced by your own.
    Placeholder(&'static [&'static str]),
}

/// The values of an input for which a model was made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValidRange {
    /// The input, such as `precipitation`.
    pub input: &'static str,
    /// Least and largest value, in the unit of the engine.
    pub range: [f64; 2],
}

/// What is known of a model of soil respiration or a law of heterotrophic respiration.
#[derive(Debug, PartialEq)]
pub struct ModelInfo {
    /// Its word in study files.
    pub name: &'static str,
    /// Its coefficients.
    pub coefficients: &'static [Coefficient],
    /// Where it comes from.
    pub source: &'static str,
    /// How far the published values can be relied on.
    pub trust: Provenance,
    /// The values of inputs for which it was made.
    pub valid: &'static [ValidRange],
    /// What else a user must know of it.
    pub caution: Option<&'static str>,
}

/// Mean monthly climate and soil carbon for which models of soil respiration are meant.
pub(in crate::kernels) const T_P_SOC: &[ValidRange] = &[
    ValidRange {
        input: "temperature",
        range: [-30.0, 35.0],
    },
    ValidRange {
        input: "precipitation",
        range: [0.0, 1000.0],
    },
    ValidRange {
        input: "soc",
        range: [0.0, 30.0],
    },
];
/// The same without soil carbon.
pub(in crate::kernels) const T_P: &[ValidRange] = &[
    ValidRange {
        input: "temperature",
        range: [-30.0, 35.0],
    },
    ValidRange {
        input: "precipitation",
        range: [0.0, 1000.0],
    },
];
/// Temperature alone.
pub(in crate::kernels) const T: &[ValidRange] = &[ValidRange {
    input: "temperature",
    range: [-30.0, 35.0],
}];

/// A coefficient that a study may not use.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ParameterError {
    /// No model of the study has a coefficient of this name.
    #[error("{models} has no coefficient {name:?}; its coefficients are {}", known.join(", "))]
    Unknown {
        /// The models.
        models: String,
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A distribution that hardly holds a value which makes sense for the coefficient.
    #[error("{name} of {model} must be {must}, and hardly a value of its distribution is")]
    Distribution {
        /// The model.
        model: &'static str,
        /// The coefficient.
        name: String,
        /// What a value must be.
        must: &'static str,
    },
    /// A coefficient that is named twice, once with the name of its model.
    #[error("{name} names a coefficient of {model} that is named already")]
    Twice {
        /// The model.
        model: &'static str,
        /// What was named the second time.
        name: String,
    },
    /// A value that makes no sense for the coefficient.
    #[error("{name} = {value} of {model} must be {must}")]
    OutOfRange {
        /// The model.
        model: &'static str,
        /// The coefficient.
        name: String,
        /// Its value.
        value: f64,
        /// What it must be.
        must: &'static str,
    },
}

impl ModelInfo {
    /// The coefficient of this symbol.
    #[must_use]
    pub fn coefficient(&self, symbol: &str) -> Option<&'static Coefficient> {
        self.coefficients.iter().find(|c| c.symbol == symbol)
    }

    /// The published values, replaced by `overrides` where named, in the order of the table.
    ///
    /// # Errors
    ///
    /// A name that the model does not have, or a value that makes no sense for it.
    pub fn values<const N: usize>(
        &self,
        overrides: &[(String, f64)],
    ) -> Result<[f64; N], ParameterError> {
        let mut values = [f64::NAN; N];
        for (value, coefficient) in values.iter_mut().zip(self.coefficients) {
            *value = coefficient.published;
        }
        for (name, value) in overrides {
            let Some(place) = self.coefficients.iter().position(|c| c.symbol == name) else {
                return Err(unknown(&[self], name));
            };
            values[place] = *value;
        }
        for (value, coefficient) in values.iter().zip(self.coefficients) {
            if !coefficient.must.holds(*value) {
                let (model, name, must) = (
                    self.name,
                    coefficient.symbol.to_owned(),
                    coefficient.must.in_words(),
                );
                return Err(ParameterError::OutOfRange {
                    model,
                    name,
                    value: *value,
                    must,
                });
            }
        }
        Ok(values)
    }
}

impl ModelInfo {
    /// The value of one coefficient with the overrides of a study.
    #[must_use]
    pub fn value(&self, symbol: &str, overrides: &[(String, f64)]) -> Option<f64> {
        let stated = overrides
            .iter()
            .rev()
            .find(|(name, _)| name == symbol)
            .map(|(_, value)| *value);
        stated.or_else(|| self.coefficient(symbol).map(|c| c.published))
    }
}

fn unknown(models: &[&ModelInfo], name: &str) -> ParameterError {
    let mut known: Vec<String> = Vec::new();
    for (place, model) in models.iter().enumerate() {
        for Coefficient { symbol, .. } in model.coefficients {
            let is_hidden = models[..place]
                .iter()
                .any(|before| before.coefficient(symbol).is_some());
            known.push(if is_hidden {
                format!("{}.{symbol}", model.name)
            } else {
                (*symbol).to_owned()
            });
        }
    }
    let models = models
        .iter()
        .map(|model| model.name)
        .collect::<Vec<_>>()
        .join(" with ");
    ParameterError::Unknown {
        models,
        name: name.to_owned(),
        known,
    }
}

/// The place among `models` of the one that a name of a study file belongs to, and its symbol there.
///
/// A plain symbol belongs to the first model that has it; with the name of a model in front, as in
/// `pei.a`, to that one.
///
/// # Errors
///
/// No model has it.
pub fn index_of_layer<'n>(
    models: &[&'static ModelInfo],
    name: &'n str,
) -> Result<(usize, &'n str), ParameterError> {
    let has = |model: &ModelInfo, symbol: &str| model.coefficient(symbol).is_some();
    let prefixed = name.split_once('.').and_then(|(front, symbol)| {
        let place = models
            .iter()
            .position(|model| model.name == front && has(model, symbol))?;
        Some((place, symbol))
    });
    let plain = || Some((models.iter().position(|model| has(model, name))?, name));
    prefixed.or_else(plain).ok_or_else(|| unknown(models, name))
}

/// The overrides of a study as each of `models` takes them, by the rule of [`index_of_layer`].
///
/// # Errors
///
/// A name that none of them has.
pub fn share_out(
    models: &[&'static ModelInfo],
    overrides: &[(String, f64)],
) -> Result<Vec<Vec<(String, f64)>>, ParameterError> {
    let mut shared = vec![Vec::new(); models.len()];
    for (name, value) in overrides {
        let (place, symbol) = index_of_layer(models, name)?;
        shared[place].push((symbol.to_owned(), *value));
    }
    Ok(shared)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: ModelInfo = ModelInfo {
        name: "first",
        coefficients: &[
            Coefficient::new("K", "cm", 2.0, Constraint::BePositive),
            Coefficient::new("F", "1", 3.0, Constraint::BeFinite),
        ],
        source: "",
        trust: Provenance::Verified,
        valid: &[],
        caution: None,
    };
    const SECOND: ModelInfo = ModelInfo {
        name: "second",
        coefficients: &[
            Coefficient::new("K", "1", 0.5, Constraint::BeAShare),
            Coefficient::new("c", "1", 1.0, Constraint::NotBeNegative),
        ],
        ..FIRST
    };
    static MODELS: [&ModelInfo; 2] = [&FIRST, &SECOND];

    fn set(name: &str, value: f64) -> Vec<(String, f64)> {
        vec![(name.to_owned(), value)]
    }

    #[test]
    fn a_plain_symbol_is_the_models_and_a_prefixed_one_the_laws() {
        let shared = share_out(
            &MODELS,
            &[set("K", 4.0), set("second.K", 0.25), set("c", 7.0)].concat(),
        );
        let shared = shared.unwrap_or_default();
        assert_eq!(shared[0], set("K", 4.0));
        assert_eq!(shared[1], [set("K", 0.25), set("c", 7.0)].concat());
        assert_eq!(FIRST.values::<2>(&shared[0]), Ok([4.0, 3.0]));
        assert_eq!(SECOND.values::<2>(&shared[1]), Ok([0.25, 7.0]));
    }

    #[test]
    fn an_unknown_name_is_told_all_right_ones() {
        let told = share_out(&MODELS, &set("second.F", 1.0))
            .err()
            .map(|error| error.to_string());
        let expected = "first with second has no coefficient \"second.F\"; its coefficients are K, F, second.K, c";
        assert_eq!(told.as_deref(), Some(expected));
    }

    #[test]
    fn a_value_that_makes_no_sense_is_refused() {
        for (model, name, value) in [
            (&FIRST, "K", 0.0),
            (&SECOND, "K", 1.5),
            (&SECOND, "c", -0.1),
            (&FIRST, "F", f64::INFINITY),
        ] {
            let refused = model.values::<2>(&set(name, value));
            assert!(
                matches!(refused, Err(ParameterError::OutOfRange { .. })),
                "{name} = {value}: {refused:?}"
            );
        }
    }
}
