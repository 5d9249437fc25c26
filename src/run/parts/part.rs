//! The number of a part among all parts of a run.

use std::fmt;
use std::str::FromStr;

/// So many parts may a run have.
pub(super) const MOST_PARTS: usize = 100_000;

/// A part of a run: `7/64` is the eighth of 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its number, from 0.
    pub index: usize,
    /// Parts in all.
    pub of: usize,
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/');
        let numbers = numbers.and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((index, of)) if index < of && of <= MOST_PARTS => Ok(Self { index, of }),
            Some((_, of)) if of > MOST_PARTS => {
                Err(format!("a run has {MOST_PARTS} parts at most"))
            }
            Some((_, of)) if of > 0 => {
                Err(format!("the parts of {of} are 0/{of} to {}/{of}", of - 1))
            }
            _ => Err("a part is its number from 0 and how many there are, such as 7/64".to_owned()),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_from_0() {
        assert_eq!("7/64".parse(), Ok(Part { index: 7, of: 64 }));
        assert_eq!(
            "0/1".parse::<Part>().map(|part| part.to_string()),
            Ok("0/1".to_owned())
        );
        for wrong in [
            "", "7", "64/64", "-1/4", "1/0", "0/0", "a/b", "1/2/3", "0/100001",
        ] {
            assert!(wrong.parse::<Part>().is_err(), "{wrong}");
        }
        assert!(
            "4/4"
                .parse::<Part>()
                .is_err_and(|text| text.contains("0/4 to 3/4"))
        );
    }
}
