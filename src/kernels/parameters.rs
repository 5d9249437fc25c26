//! Parameters of a kernel by their names, from which a row of the
//! [registry](super::registry) makes the kernel.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::calendar::Years;

use super::twin::Kernel;

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameter {
    /// A number, whole or not.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// Numbers.
    List(Vec<f64>),
    /// Rows of numbers.
    Rows(Vec<Vec<f64>>),
}

impl From<f64> for Parameter {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Parameter {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<usize> for Parameter {
    fn from(number: usize) -> Self {
        Self::Number(number as f64)
    }
}

impl From<bool> for Parameter {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// A kernel needs a parameter that it was not given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a kernel needs {name:?}, which is {needs}; give it that parameter")]
pub struct MissingParameter {
    /// The parameter.
    pub name: String,
    /// What it must be.
    pub needs: &'static str,
}

impl MissingParameter {
    pub(super) fn named(name: &str, needs: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            needs,
        }
    }
}

/// A kernel, or the parameter that it lacks.
pub type Made = Result<Arc<dyn Kernel>, MissingParameter>;

/// Makes a kernel.
pub type Make = fn(&Parameters) -> Made;

/// A kernel that lacks nothing.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the last line of every row, which has the type of a row"
)]
pub(super) fn made(kernel: impl Kernel + 'static) -> Made {
    Ok(Arc::new(kernel))
}

/// Years and named parameters. A kernel takes those that it has and leaves the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    /// Years of the study.
    pub years: Years,
    named: BTreeMap<String, Parameter>,
}

impl Parameters {
    /// No parameter but the years.
    #[must_use]
    pub fn new(years: Years) -> Self {
        Self {
            years,
            named: BTreeMap::new(),
        }
    }

    /// The same and one more parameter, in place of one of this name.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Parameter>) -> Self {
        self.named.insert(name.to_owned(), value.into());
        self
    }

    /// How many years there are.
    #[must_use]
    pub fn n_years(&self) -> usize {
        self.years.count()
    }

    /// A number.
    ///
    /// # Errors
    ///
    /// There is none of this name.
    pub fn number(&self, name: &str) -> Result<f64, MissingParameter> {
        match self.named.get(name) {
            Some(Parameter::Number(number)) => Ok(*number),
            _ => Err(MissingParameter::named(name, "a number")),
        }
    }

    /// A whole number, 0 or more.
    ///
    /// # Errors
    ///
    /// There is none of this name.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked"
    )]
    pub fn whole(&self, name: &str) -> Result<u32, MissingParameter> {
        self.number(name)
            .ok()
            .filter(|x| x.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(x))
            .map(|x| x as u32)
            .ok_or_else(|| MissingParameter::named(name, "a whole number, 0 or more"))
    }

    /// A whole number, as a size.
    ///
    /// # Errors
    ///
    /// There is none of this name.
    pub fn size(&self, name: &str) -> Result<usize, MissingParameter> {
        self.whole(name).map(|n| n as usize)
    }

    /// Yes or no.
    ///
    /// # Errors
    ///
    /// There is none of this name.
    pub fn flag(&self, name: &str) -> Result<bool, MissingParameter> {
        match self.named.get(name) {
            Some(Parameter::Flag(flag)) => Ok(*flag),
            _ => Err(MissingParameter::named(name, "true or false")),
        }
    }

    /// Numbers.
    ///
    /// # Errors
    ///
    /// There are none of this name.
    pub fn list(&self, name: &str) -> Result<&[f64], MissingParameter> {
        match self.named.get(name) {
            Some(Parameter::List(numbers)) => Ok(numbers),
            _ => Err(MissingParameter::named(name, "a list of numbers")),
        }
    }

    /// Rows of numbers.
    ///
    /// # Errors
    ///
    /// There are none of this name.
    pub fn rows(&self, name: &str) -> Result<&[Vec<f64>], MissingParameter> {
        match self.named.get(name) {
            Some(Parameter::Rows(rows)) => Ok(rows),
            _ => Err(MissingParameter::named(name, "rows of numbers")),
        }
    }
}
