//! Products that many use: how their numbers are stored, and where that is written.
//!
//! `product = "MOD17A3HGF"` in an input's table replaces the keys that are in [`PRODUCTS`]; keys that the study
//! states win over them. Plain data: nothing here opens a file.

mod table;

use serde::Serialize;

use crate::calendar::Steps;

pub use table::PRODUCTS;

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

/// Why a product cannot be taken for an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPreset {
    /// It has several quantities and none of them is plainly meant: their variables.
    WhichVariable(Vec<&'static str>),
    /// It has no such variable: those that it has.
    NoSuchVariable(Vec<&'static str>),
}

/// The product of this name, in whatever case.
#[must_use]
pub fn find(name: &str) -> Option<&'static Product> {
    PRODUCTS
        .iter()
        .find(|product| product.name.eq_ignore_ascii_case(name.trim()))
}

/// The quantity of `product` that the input `input` is.
///
/// # Errors
///
/// Several would do, or none is called `variable`.
pub fn preset(
    product: &'static Product,
    input: &str,
    variable: Option<&str>,
) -> Result<Preset, NoPreset> {
    let variables = || {
        product
            .layers
            .iter()
            .filter_map(|layer| layer.variable)
            .collect()
    };
    let layer = match variable {
        Some(wanted) => {
            let named = product
                .layers
                .iter()
                .find(|layer| layer.variable == Some(wanted));
            named.ok_or_else(|| NoPreset::NoSuchVariable(variables()))?
        }
        None => match (
            product
                .layers
                .iter()
                .find(|layer| layer.inputs.contains(&input)),
            product.layers,
        ) {
            (Some(layer), _) | (None, [layer]) => layer,
            _ => return Err(NoPreset::WhichVariable(variables())),
        },
    };
    Ok(Preset { product, layer })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_are_unique() {
        assert_eq!(
            find("mod17a3hgf").map(|product| product.name),
            Some("MOD17A3HGF")
        );
        assert_eq!(find("MOD17A3"), None);
        let mut names: Vec<String> = PRODUCTS
            .iter()
            .map(|product| product.name.to_lowercase())
            .collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), PRODUCTS.len());
    }

    #[test]
    fn every_number_has_a_source() {
        for product in PRODUCTS {
            assert!(
                product.source.contains("http") || product.source.contains("doi"),
                "{}",
                product.name
            );
            assert!(
                !product.layers.is_empty()
                    && !product.title.is_empty()
                    && !product.version.is_empty()
            );
            for layer in product.layers {
                assert!(
                    layer
                        .scale
                        .is_none_or(|scale| scale.is_finite() && scale != 0.0)
                );
                assert!(layer.valid_range.is_none_or(|[low, high]| low < high));
                let fits = |fill: &Fill| {
                    layer
                        .valid_range
                        .is_none_or(|[low, high]| !(low..=high).contains(&fill.code))
                };
                assert!(
                    layer.fill.iter().all(fits),
                    "{}: a fill code inside the valid range",
                    product.name
                );
            }
        }
    }

    #[test]
    fn the_input_or_the_variable_tells_the_quantity() {
        let of = |product: &str, input: &str, variable: Option<&str>| {
            preset(find(product).unwrap(), input, variable).map(|preset| preset.name())
        };
        assert_eq!(
            of("MOD17A3HGF", "npp", None),
            Ok("MOD17A3HGF Npp_500m".to_owned())
        );
        assert_eq!(
            of("ERA5-Land", "precipitation", None),
            Ok("ERA5-Land tp".to_owned())
        );
        assert_eq!(
            of("ERA5-Land", "warmth", Some("t2m")),
            Ok("ERA5-Land t2m".to_owned())
        );
        assert_eq!(
            of("TerraClimate", "temperature", None),
            Err(NoPreset::WhichVariable(vec!["ppt", "srad", "tmax", "tmin"]))
        );
        assert_eq!(
            of("CRU-TS", "temperature", Some("vap")),
            Err(NoPreset::NoSuchVariable(vec!["tmp", "pre"]))
        );
        let preset = preset(find("MOD17A3HGF").unwrap(), "npp", None).unwrap();
        assert_eq!(preset.meaning(32_762.0), Some("urban or built-up land"));
        assert_eq!(preset.meaning(1.0), None);
    }
}
