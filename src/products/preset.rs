//! The layer of a product that an input is.

use super::product::{Preset, Product};
use super::table::PRODUCTS;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::products::Fill;

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
