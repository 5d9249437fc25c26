//! A table of field data as it is in its file.

use std::path::{Path, PathBuf};

use super::csv_text::read_csv;
use super::error::SitesError;

/// Rows of texts under names of columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldTable {
    path: PathBuf,
    separator: char,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// How unlike a name may be to be the one that was meant: letters by which they differ, a third of the longer one.
const UNLIKE_SHARE: usize = 3;

impl FieldTable {
    /// Reads a file of comma-, semicolon- or tab-separated text.
    ///
    /// # Errors
    ///
    /// It cannot be read, is no text, has no header, or a quote that is never closed.
    pub fn open(path: &Path) -> Result<Self, SitesError> {
        let bytes = std::fs::read(path).map_err(|reason| SitesError::Read {
            path: path.to_owned(),
            reason,
        })?;
        Self::of_bytes(path, &bytes)
    }

    /// Reads the contents of a file, whose path is for messages. Bytes that are no UTF-8, as in old files with names in
    /// other encodings, become a replacement character: numbers have none.
    ///
    /// # Errors
    ///
    /// As [`FieldTable::open`], once it is read.
    pub fn of_bytes(path: &Path, bytes: &[u8]) -> Result<Self, SitesError> {
        let not_text = |found| SitesError::NotText {
            path: path.to_owned(),
            found,
        };
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err(not_text("UTF-16"));
        }
        if bytes.contains(&0) {
            return Err(not_text("bytes of 0, as in a spreadsheet or a database"));
        }
        let text = read_csv(&String::from_utf8_lossy(bytes)).map_err(|line| SitesError::Quote {
            path: path.to_owned(),
            line,
        })?;
        let mut records = text.records.into_iter();
        let header = records.next().ok_or_else(|| SitesError::Empty {
            path: path.to_owned(),
        })?;
        Ok(Self {
            path: path.to_owned(),
            separator: text.separator,
            header: header.iter().map(|name| name.trim().to_owned()).collect(),
            rows: records.collect(),
        })
    }

    /// The rows below the header, each with a text for some or all of the columns.
    #[must_use]
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// The number of a column: that of exactly this name, or the only one that differs in capitals alone.
    ///
    /// # Arguments
    ///
    /// * `key` - the key of the study file that names it, for the message.
    ///
    /// # Errors
    ///
    /// No column, or several, have the name.
    pub fn column(&self, key: &str, column: &str) -> Result<usize, SitesError> {
        let places = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
            let names = self.header.iter().enumerate();
            names.filter(|(_, name)| is(name)).map(|(k, _)| k).collect()
        };
        let wanted = column.trim();
        let lower = wanted.to_lowercase();
        let exact = places(&|name| name == wanted);
        let found = if exact.is_empty() {
            places(&|name| name.to_lowercase() == lower)
        } else {
            exact
        };
        match found[..] {
            [one] => Ok(one),
            [] => Err(SitesError::Column {
                path: self.path.clone(),
                column: column.to_owned(),
                hint: self.hint(&lower),
                key: key.to_owned(),
            }),
            _ => Err(SitesError::SeveralColumns {
                path: self.path.clone(),
                column: column.to_owned(),
                n: found.len(),
            }),
        }
    }

    /// The nearest name, in words.
    fn hint(&self, wanted: &str) -> String {
        let letters = |text: &str| text.chars().count();
        let distances = self.header.iter().map(|name| {
            let distance = strsim::damerau_levenshtein(wanted, &name.to_lowercase());
            let part = name.to_lowercase().contains(wanted) && letters(wanted) > 1;
            let is_near = distance * UNLIKE_SHARE <= letters(wanted).max(letters(name)) || part;
            (!is_near, distance, name)
        });
        match distances.min() {
            Some((false, _, name)) => format!("; did you mean `{name}`?"),
            _ if self.header.len() <= 12 => format!("; there are: {}", self.header.join(", ")),
            _ => String::new(),
        }
    }

    /// A number as the file writes it: with a decimal comma where commas do not separate cells. `None` for a text that
    /// is no finite number.
    #[must_use]
    pub fn number(&self, text: &str) -> Option<f64> {
        let text = text.trim().replace('\u{2212}', "-");
        let has_comma = self.separator != ',' && !text.contains('.');
        let text = if has_comma {
            text.replacen(',', ".", 1)
        } else {
            text
        };
        text.parse().ok().filter(|number: &f64| number.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> FieldTable {
        FieldTable::of_bytes(Path::new("field.csv"), text.as_bytes()).expect("a table")
    }

    #[test]
    fn numbers_are_read_as_the_file_writes_them() {
        let comma = table("lon,lat\n");
        let semicolon = table("lon;lat\n");
        assert_eq!(comma.number(" 104.50 "), Some(104.5));
        assert_eq!(comma.number("104,5"), None);
        assert_eq!(semicolon.number("104,5"), Some(104.5));
        assert_eq!(semicolon.number("104.5"), Some(104.5));
        assert_eq!(semicolon.number("1,104,5"), None);
        assert_eq!(comma.number("\u{2212}1.5e2"), Some(-150.0));
        for text in ["", "NA", "NaN", "inf", "12 a"] {
            assert_eq!(comma.number(text), None, "{text}");
        }
    }

    #[test]
    fn a_column_is_found_by_its_name() {
        let table = table(" Lon ,lat,Rs_annual,rs_err,Year,year,x,x\n");
        let of = |name: &str| table.column("sites.columns.rs", name);
        assert_eq!(of("lon").ok(), Some(0), "capitals");
        assert_eq!(of("year").ok(), Some(5), "exactly");
        let text = |name: &str| of(name).expect_err(name).to_string();
        assert_eq!(
            text("rs_anual"),
            "the field data field.csv have no column `rs_anual`; did you mean `Rs_annual`?; sites.columns.rs names it"
        );
        assert!(text("annual").contains("did you mean `Rs_annual`?"));
        assert!(text("species").contains("there are: Lon, lat, Rs_annual,"));
        assert!(text("x").contains("have 2 columns `x`"));
        assert!(text("YEAR").contains("have 2 columns `YEAR`"));
    }

    #[test]
    fn files_that_are_no_table_are_refused() {
        let refused = |bytes: &[u8]| {
            let table = FieldTable::of_bytes(Path::new("f.csv"), bytes);
            table.expect_err("no table").to_string()
        };
        assert!(refused(&[0xff, 0xfe, b'a', 0]).contains("UTF-16"));
        assert!(refused(b"PK\x03\x04\x00").contains("spreadsheet"));
        assert!(refused(b"\n \n").contains("are empty"));
        assert!(refused(b"a,\"b\n").contains("line 1"));
        assert!(FieldTable::of_bytes(Path::new("f.csv"), b"a\nS\xe3o\n").is_ok());
    }
}
