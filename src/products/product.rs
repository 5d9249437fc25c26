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

/// Why decoded values cannot be those of a product.
#[derive(Clone, Debug, PartialEq)]
pub struct OutOfRange {
    /// What was seen, and what the product has.
    pub seen: String,
    /// The likely cause, and the key to change.
    pub hint: &'static str,
}

const SCALED_ALREADY: &str = "the files seem to be scaled already, by another program: state scale = 1 and their own \
                              valid_range";
const OTHER_SCALE: &str = "what the study states of scale, offset, valid_range or nodata does not fit these files: leave \
                           it out to use what the product has, or leave out product";

/// The part of a range by which values may be outside of it: files that were resampled overshoot.
const OVERSHOOT: f64 = 0.05;

/// Values that a sample needs to be judged by its largest ones.
const MIN_SAMPLE: usize = 30;

impl Layer {
    /// The least and the largest quantity in its unit, where the product has a range and a scale.
    #[must_use]
    pub fn range(&self) -> Option<[f64; 2]> {
        let (range, scale) = (self.valid_range?, self.scale?);
        Some(range.map(|stored| stored * scale))
    }
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

    /// Why a sample of decoded values in the unit of the product cannot be of it; `None` where it can, or nothing is
    /// known. A fiftieth of the values may be fill values, of which the user is warned elsewhere.
    #[must_use]
    pub fn contradiction(&self, sample: &[f64]) -> Option<OutOfRange> {
        let ([low, high], scale) = (self.layer.range()?, self.layer.scale?);
        if sample.len() < MIN_SAMPLE {
            return None;
        }
        let mut sorted = sample.to_vec();
        sorted.sort_by(f64::total_cmp);
        let name = self.name();
        let outside = sorted.len() / 50;
        let (least, largest) = (sorted[outside], sorted[sorted.len() - 1 - outside]);
        let slack = OVERSHOOT * (high - low);
        if least < low - slack || largest > high + slack {
            return Some(OutOfRange {
                seen: format!("values from {least} to {largest}, while {name} has {low} to {high}"),
                hint: OTHER_SCALE,
            });
        }
        // Stored numbers that are whole and positive are 1 at least; scaled once more, all of them are below.
        let most = sorted[sorted.len() - 1].abs().max(sorted[0].abs());
        let is_tiny = most > 0.0 && most < 2.0 * scale && most < 0.01 * high;
        is_tiny.then(|| OutOfRange {
            seen: format!("no value over {most}, while {name} has {low} to {high}"),
            hint: SCALED_ALREADY,
        })
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
    use crate::products::{find, preset};

    /// NDVI of MOD13A3: stored -2000 to 10,000, by 0.0001.
    fn contradiction(sample: &[f64]) -> Option<&'static str> {
        let preset = preset(find("MOD13A3").unwrap(), "ndvi", None).unwrap();
        assert_eq!(preset.layer.range(), Some([-0.2, 1.0]));
        preset.contradiction(sample).map(|found| found.hint)
    }

    fn up_to(high: f64) -> Vec<f64> {
        (1..=100).map(|k| high * f64::from(k) / 100.0).collect()
    }

    #[test]
    fn values_of_a_product_lie_in_its_range() {
        assert_eq!(contradiction(&up_to(0.9)), None);
        // Overshoot of cubic convolution, and a few fill values.
        assert_eq!(contradiction(&up_to(1.04)), None);
        let mut some_fill = up_to(0.9);
        some_fill[99] = -0.3;
        assert_eq!(contradiction(&some_fill), None);
        assert_eq!(contradiction(&[0.0; 100]), None);
        assert_eq!(contradiction(&[8000.0; 5]), None);
    }

    #[test]
    fn another_scale_than_that_of_the_files_is_seen() {
        let stored = contradiction(&up_to(8000.0)).unwrap();
        assert!(stored.contains("leave it out"), "{stored}");
        let scaled_twice = contradiction(&up_to(0.000_09)).unwrap();
        assert!(scaled_twice.contains("scale = 1"), "{scaled_twice}");
        assert_eq!(
            contradiction(&[-0.9; 100]),
            contradiction(&up_to(8000.0)),
            "below the range"
        );
    }
}
