//! A product of a data centre, and how its numbers are stored.

use serde::Serialize;

use crate::calendar::Steps;

/// A product of a data centre.
#[derive(Debug, PartialEq, Serialize)]
pub struct Product {
    /// Its short name, as in `product = "..."`.
    pub name: &'static str,
    /// What it is.
    pub title: &'static str,
    /// The version that the numbers are of.
    pub version: &'static str,
    /// Where they are written.
    pub source: &'static str,
    /// What a user should know.
    pub note: &'static str,
    /// The quantities in it.
    pub layers: &'static [Layer],
}

/// One quantity of a product.
#[derive(Debug, PartialEq, Serialize)]
pub struct Layer {
    /// What it is.
    pub title: &'static str,
    /// The inputs of a study that it is taken for without `variable`.
    pub inputs: &'static [&'static str],
    /// Variable or subdataset, where its files have several; else the part of the file name that identifies it.
    pub variable: Option<&'static str>,
    /// Unit after scale and offset.
    pub unit: Option<&'static str>,
    /// Units that its files may state without contradicting `unit`.
    pub file_units: &'static [&'static str],
    /// Factor on stored numbers, where the files do not state it, or state it otherwise than GDAL reads it.
    pub scale: Option<f64>,
    /// Stored numbers outside are missing.
    pub valid_range: Option<[f64; 2]>,
    /// Stored numbers that mean missing, and why.
    pub fill: &'static [Fill],
    /// How often there is a value.
    pub cadence: Cadence,
    /// How it differs from the quantity of an input, if it does; the user is warned.
    pub caution: Option<&'static str>,
}

/// A stored number that means missing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Fill {
    /// The number.
    pub code: f64,
    /// Why there is no value.
    pub meaning: &'static str,
}

/// How often a product has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cadence {
    /// One value a year.
    Annual,
    /// One value a month.
    Monthly,
    /// One value for all years.
    Static,
    /// Finer than months, which Doline does not read: how fine.
    Finer(&'static str),
    /// Not a quantity: what its raster contains instead.
    NoQuantity(&'static str),
}

impl Cadence {
    /// The steps of an input of this product, where it can be one as it is.
    #[must_use]
    pub fn steps(self) -> Option<Steps> {
        match self {
            Self::Annual => Some(Steps::Annual),
            Self::Monthly => Some(Steps::Monthly),
            Self::Static => Some(Steps::Static),
            Self::Finer(_) | Self::NoQuantity(_) => None,
        }
    }
}

impl std::fmt::Display for Cadence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Annual => "annual",
            Self::Monthly => "monthly",
            Self::Static => "static",
            Self::Finer(how) => how,
            Self::NoQuantity(_) => "no quantity",
        })
    }
}

/// A product and the quantity of it that an input is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// The product.
    pub product: &'static Product,
    /// The quantity.
    pub layer: &'static Layer,
}

impl Preset {
    /// Product and quantity, such as `MOD17A3HGF Npp_500m`.
    #[must_use]
    pub fn name(&self) -> String {
        match self.layer.variable {
            Some(variable) => format!("{} {variable}", self.product.name),
            None => self.product.name.to_owned(),
        }
    }

    /// The meaning of a stored number that is no value.
    #[must_use]
    pub fn meaning(&self, code: f64) -> Option<&'static str> {
        self.layer
            .fill
            .iter()
            .find(|fill| fill.code == code)
            .map(|fill| fill.meaning)
    }
}
