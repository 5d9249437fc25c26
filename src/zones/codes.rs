//! Which zone a stored number of a raster is.

use std::collections::HashMap;

use crate::zones::error::ZoneProblem;
use crate::zones::labels::{Labels, labels_of_breaks};
use crate::zones::part::NO_ZONE;
use crate::zones::rows::to_u32;
use crate::zones::spec::ZoneFile;

/// Different codes above which a raster without `labels` is taken for a quantity.
const MOST_CODES: usize = 1 << 16;

/// Codes from 0 on whose zones are looked up in a table.
const N_SMALL: usize = 1 << 12;

/// Which zone a stored number is.
#[derive(Debug)]
pub(super) struct Codes {
    kind: Kind,
    nodata: Option<f64>,
    /// Zones of small whole numbers, once they are known.
    small: Vec<Option<u32>>,
}

#[derive(Debug)]
enum Kind {
    /// Codes with labels; others are no zone.
    Labelled(HashMap<i64, u32>),
    /// Every code but 0, in the order in which they are found.
    All(HashMap<i64, u32>),
    /// Classes of a quantity, stored by scale and offset.
    Classes {
        breaks: Vec<f64>,
        scale: f64,
        offset: f64,
    },
}

impl Codes {
    /// By what the study says of the file; labels of zones that are known already, and codes with a blank label.
    pub(super) fn new(
        file: &ZoneFile,
        nodata: Option<f64>,
        scale: f64,
        offset: f64,
    ) -> (Self, Vec<String>, u64) {
        let mut n_blank = 0;
        let (kind, labels) = if !file.breaks.is_empty() {
            let kind = Kind::Classes {
                breaks: file.breaks.clone(),
                scale,
                offset,
            };
            (kind, labels_of_breaks(&file.breaks))
        } else if file.labels.is_empty() {
            (Kind::All(HashMap::new()), Vec::new())
        } else {
            let mut labels = Labels::default();
            let mut zones = HashMap::new();
            for (code, label) in &file.labels {
                match labels.zone_of(label) {
                    Some(zone) => {
                        zones.insert(*code, zone);
                    }
                    None => n_blank += 1,
                }
            }
            (Kind::Labelled(zones), labels.into_texts())
        };
        let codes = Self {
            kind,
            nodata,
            small: vec![None; N_SMALL],
        };
        (codes, labels, n_blank)
    }

    /// The zone of a stored number; [`NO_ZONE`] for what is missing, 0, or not labelled.
    pub(super) fn zone_of(&mut self, stored: f64) -> u32 {
        let place = small(stored);
        if let Some(zone) = place.and_then(|place| self.small[place]) {
            return zone;
        }
        let zone = if stored.is_nan() || Some(stored) == self.nodata {
            NO_ZONE
        } else {
            self.kind.zone_of(stored)
        };
        if let Some(place) = place {
            self.small[place] = Some(zone);
        }
        zone
    }

    /// Refuses a raster of too many codes to be zones.
    pub(super) fn check(&self) -> Result<(), ZoneProblem> {
        match &self.kind {
            Kind::All(zones) if zones.len() > MOST_CODES => Err(ZoneProblem::Quantity {
                kind: format!("it has more than {MOST_CODES} different numbers"),
            }),
            _ => Ok(()),
        }
    }

    /// Where every code is a zone: labels by rising code, and the place of each zone among them.
    pub(super) fn in_order(self) -> Option<(Vec<String>, Vec<u32>)> {
        let Kind::All(zones) = self.kind else {
            return None;
        };
        let mut codes: Vec<(i64, u32)> = zones.into_iter().collect();
        codes.sort_unstable();
        let mut numbers = vec![NO_ZONE; codes.len()];
        for (place, (_, zone)) in codes.iter().enumerate() {
            numbers[*zone as usize] = to_u32(place);
        }
        let labels = codes.iter().map(|(code, _)| code.to_string()).collect();
        Some((labels, numbers))
    }
}

impl Kind {
    fn zone_of(&mut self, stored: f64) -> u32 {
        match self {
            Self::Classes {
                breaks,
                scale,
                offset,
            } => {
                let x = stored * *scale + *offset;
                to_u32(breaks.partition_point(|limit| *limit <= x))
            }
            Self::Labelled(zones) => {
                let code = whole(stored);
                code.and_then(|code| zones.get(&code).copied())
                    .unwrap_or(NO_ZONE)
            }
            Self::All(zones) => {
                let next = to_u32(zones.len());
                match whole(stored) {
                    // Beyond the most codes the raster is refused.
                    Some(code) if code != 0 && zones.len() <= MOST_CODES => {
                        *zones.entry(code).or_insert(next)
                    }
                    _ => NO_ZONE,
                }
            }
        }
    }
}

/// The place of a small whole number in the table.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "checked to be the same number"
)]
fn small(x: f64) -> Option<usize> {
    let place = x as usize;
    (place < N_SMALL && place as f64 == x).then_some(place)
}

/// A whole number, as codes are.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a whole number below 2^53 stays what it is"
)]
fn whole(x: f64) -> Option<i64> {
    const MOST: f64 = 9_007_199_254_740_992.0;
    (x.fract() == 0.0 && x.abs() <= MOST).then_some(x as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones(file: &ZoneFile, stored: &[f64]) -> (Vec<u32>, Codes) {
        let (mut codes, ..) = Codes::new(file, Some(-9.0), 1.0, 0.0);
        let zones = stored.iter().map(|&x| codes.zone_of(x)).collect();
        (zones, codes)
    }

    #[test]
    fn a_class_holds_its_lower_limit() {
        let file = ZoneFile {
            breaks: vec![300.0, 600.0],
            ..ZoneFile::default()
        };
        let stored = [299.9, 300.0, 599.9, 600.0, 0.0, -9.0, f64::NAN];
        let (zones, _) = zones(&file, &stored);
        assert_eq!(zones, [0, 1, 1, 2, 0, NO_ZONE, NO_ZONE]);
    }

    #[test]
    fn every_code_but_0_is_a_zone_by_rising_code() {
        let stored = [300.0, -5.0, 0.0, 300.0, 7.0, -9.0];
        let (zones, codes) = zones(&ZoneFile::default(), &stored);
        assert_eq!(zones, [0, 1, NO_ZONE, 0, 2, NO_ZONE]);
        let (labels, numbers) = codes.in_order().expect("all are zones");
        assert_eq!(labels, ["-5", "7", "300"]);
        assert_eq!(numbers, [2, 0, 1]);
    }

    #[test]
    fn codes_of_one_label_are_one_zone_and_others_none() {
        let label = |code: i64, text: &str| (code, text.to_owned());
        let file = ZoneFile {
            labels: vec![label(1, "a"), label(3, "b"), label(4, "a"), label(5, " ")],
            ..ZoneFile::default()
        };
        let (zones, _) = zones(&file, &[1.0, 2.0, 3.0, 4.0, 5.0, 3.5]);
        assert_eq!(zones, [0, NO_ZONE, 1, 0, NO_ZONE, NO_ZONE]);
    }
}
