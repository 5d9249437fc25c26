//! What is known of a model: its coefficients with symbols, units and values, where they come from, and
//! what a study may put in their place.

pub use super::parameter_error::{ParameterError, Unstated};

/// One coefficient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coefficient {
    /// Its symbol, the name by which a study overrides it.
    pub symbol: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// The value of the source, or the one in circulation, or an example: see [`Provenance`].
    pub value: f64,
    /// What a value must be to make sense.
    pub must: Constraint,
}

impl Coefficient {
    /// A coefficient; used in tables of models alone.
    #[must_use]
    pub(in crate::kernels) const fn new(
        symbol: &'static str,
        unit: &'static str,
        value: f64,
        must: Constraint,
    ) -> Self {
        Self {
            symbol,
            unit,
            value,
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

/// How far the values of a model can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// Read in a source, or fitted again to its data.
    Verified,
    /// In wide use with these values; the page of the paper with them could not be read.
    InWideUse,
    /// In wide use with these values, which come from no paper that we know. A run says so.
    OfUnknownSource,
    /// In circulation, and checked against the paper by nobody here. They are no defaults: a study states each.
    Unchecked,
    /// These belong to a site or a region, and the source gives none; ours are examples. A study states each.
    OfASite(&'static [&'static str]),
}

/// The values of an input for which a model was made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValidRange {
    /// The input, such as `precipitation`.
    pub input: &'static str,
    /// Least and largest value, in the unit of the engine.
    pub range: [f64; 2],
}

/// What is known of a model of soil or heterotrophic respiration: one published set of coefficients of an equation.
#[derive(Debug, PartialEq)]
pub struct ModelInfo {
    /// Its word in study files.
    pub name: &'static str,
    /// Its name in the metadata of files and in `run.json`.
    pub recorded_as: &'static str,
    /// What it computes, in a few words.
    pub title: &'static str,
    /// Its coefficients.
    pub coefficients: &'static [Coefficient],
    /// Where it comes from.
    pub source: &'static str,
    /// How far the values can be relied on.
    pub provenance: Provenance,
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

impl ModelInfo {
    /// The coefficient of this symbol.
    #[must_use]
    pub fn coefficient(&self, symbol: &str) -> Option<&'static Coefficient> {
        self.coefficients.iter().find(|c| c.symbol == symbol)
    }

    /// Whether a study must state the coefficient of this symbol, because there is no value to rely on.
    #[must_use]
    pub fn must_be_stated(&self, symbol: &str) -> bool {
        match self.provenance {
            Provenance::Verified | Provenance::InWideUse | Provenance::OfUnknownSource => false,
            Provenance::Unchecked => true,
            Provenance::OfASite(symbols) => symbols.contains(&symbol),
        }
    }

    /// The coefficients that a study must state and that `stated` lacks.
    pub fn unstated<'a>(
        &'a self,
        stated: &'a [(String, f64)],
    ) -> impl Iterator<Item = &'static Coefficient> + 'a {
        self.coefficients.iter().filter(|c| {
            self.must_be_stated(c.symbol) && !stated.iter().any(|(name, _)| name == c.symbol)
        })
    }

    /// Every value of the table as a study would state it: for tests, and to show the form.
    #[must_use]
    pub fn example(&self) -> Vec<(String, f64)> {
        let stated = |c: &Coefficient| (c.symbol.to_owned(), c.value);
        self.coefficients.iter().map(stated).collect()
    }

    /// The value of one coefficient with what a study states; `None` where it must be stated and is not.
    #[must_use]
    pub fn value(&self, symbol: &str, stated: &[(String, f64)]) -> Option<f64> {
        let last = stated.iter().rev().find(|(name, _)| name == symbol);
        let default = || {
            let coefficient = self.coefficient(symbol)?;
            (!self.must_be_stated(symbol)).then_some(coefficient.value)
        };
        last.map(|(_, value)| *value).or_else(default)
    }

    /// The error of a study that lacks `missing`; `name_of` gives a symbol as the study names it.
    #[must_use]
    pub fn not_stated(
        &self,
        missing: &[&Coefficient],
        name_of: impl Fn(&str) -> String,
    ) -> ParameterError {
        let unstated = |c: &&Coefficient| Unstated {
            name: name_of(c.symbol),
            unit: c.unit,
            value: c.value,
        };
        ParameterError::NotStated {
            model: self.name,
            source_of_model: self.source,
            missing: missing.iter().map(unstated).collect(),
            is_of_a_site: matches!(self.provenance, Provenance::OfASite(_)),
        }
    }

    /// The values of the table, replaced by those of `stated` where named, in the order of the table.
    ///
    /// # Errors
    ///
    /// A name that the model does not have, a coefficient that must be stated and is not, or a value that makes no
    /// sense for it.
    pub fn values<const N: usize>(
        &self,
        stated: &[(String, f64)],
    ) -> Result<[f64; N], ParameterError> {
        let unknown = stated
            .iter()
            .find(|(name, _)| self.coefficient(name).is_none());
        if let Some((name, _)) = unknown {
            return Err(ParameterError::Unknown {
                models: self.name.to_owned(),
                name: name.clone(),
                known: self
                    .coefficients
                    .iter()
                    .map(|c| c.symbol.to_owned())
                    .collect(),
            });
        }
        let missing: Vec<&Coefficient> = self.unstated(stated).collect();
        if !missing.is_empty() {
            return Err(self.not_stated(&missing, str::to_owned));
        }
        let mut values = [f64::NAN; N];
        for (value, coefficient) in values.iter_mut().zip(self.coefficients) {
            *value = self.value(coefficient.symbol, stated).unwrap_or(f64::NAN);
            if !coefficient.must.holds(*value) {
                return Err(ParameterError::OutOfRange {
                    model: self.name,
                    name: coefficient.symbol.to_owned(),
                    value: *value,
                    must: coefficient.must.in_words(),
                });
            }
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: ModelInfo = ModelInfo {
        name: "model",
        recorded_as: "model",
        title: "",
        coefficients: &[
            Coefficient::new("K", "cm", 2.0, Constraint::BePositive),
            Coefficient::new("a", "1", 0.5, Constraint::BeAShare),
            Coefficient::new("c", "degC-1", 1.5, Constraint::NotBeNegative),
        ],
        source: "Nobody (1999), J. Doubt 1, 2-3",
        provenance: Provenance::Verified,
        valid: &[],
        caution: None,
    };

    fn set(name: &str, value: f64) -> Vec<(String, f64)> {
        vec![(name.to_owned(), value)]
    }

    #[test]
    fn a_value_that_makes_no_sense_is_refused() {
        for (name, value) in [("K", 0.0), ("a", 1.5), ("c", -0.1), ("c", f64::INFINITY)] {
            let refused = MODEL.values::<3>(&set(name, value));
            assert!(
                matches!(refused, Err(ParameterError::OutOfRange { .. })),
                "{name} = {value}: {refused:?}"
            );
        }
        assert_eq!(MODEL.values(&set("c", 0.0)), Ok([2.0, 0.5, 0.0]));
    }

    #[test]
    fn what_nobody_checked_is_no_default() {
        let unchecked = ModelInfo {
            provenance: Provenance::Unchecked,
            ..MODEL
        };
        let stated = [set("K", 3.0), set("a", 0.25)].concat();
        let told = unchecked.values::<3>(&stated).err().map(|e| e.to_string());
        let expected = "model needs c (degC-1), and there is no default: we could not check the \
            values in circulation against the paper (Nobody (1999), J. Doubt 1, 2-3). Take it \
            from the paper, or state parameters = { c = 1.5 }, the values in circulation, and \
            check it against the paper before you publish";
        assert_eq!(told.as_deref(), Some(expected));
        assert_eq!(unchecked.value("c", &stated), None);
        let all = [stated, set("c", 1.0)].concat();
        assert_eq!(unchecked.values(&all), Ok([3.0, 0.25, 1.0]));
        assert_eq!(unchecked.values(&unchecked.example()), Ok([2.0, 0.5, 1.5]));
    }

    #[test]
    fn what_belongs_to_a_site_is_no_default() {
        let of_a_site = ModelInfo {
            provenance: Provenance::OfASite(&["K", "a"]),
            ..MODEL
        };
        let told = of_a_site.values::<3>(&[]).err().map(|e| e.to_string());
        let told = told.unwrap_or_default();
        assert!(told.contains("needs K (cm), a (1),"), "{told}");
        assert!(told.contains("parameters = { K = 2, a = 0.5 }"), "{told}");
        let stated = [set("K", 1.0), set("a", 1.0)].concat();
        assert_eq!(of_a_site.values(&stated), Ok([1.0, 1.0, 1.5]));
    }
}
