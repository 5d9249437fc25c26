//! The measured values of the field data.

use super::columns::{MeasuredColumns, SiteColumns};
use super::error::SitesError;
use super::field_table::FieldTable;
use super::words_of_sites::{SiteVariable, When};
use crate::calendar::days_of_month;
use crate::units::{Conversion, Quantity, convert};

/// What a table of field data is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordRequest {
    /// The names of its columns.
    pub columns: SiteColumns,
    /// Columns with the texts of the rows that are kept; a row must have one of the texts of every column.
    pub keep: Vec<(String, Vec<String>)>,
    /// Unit of the measured values; that of the modelled ones if it is not stated.
    pub unit: Option<String>,
}

/// A measured value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measured {
    /// In gC m-2 yr-1.
    Value(f64),
    /// Nothing was measured: the cell is empty or `NA`.
    Missing,
    /// A text that is no number.
    NotANumber,
}

/// One variable of one row of the field data.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Row of the table, 1 for the first below the header.
    pub row: usize,
    /// Longitude and latitude as written: records with the same ones are of one site.
    pub written: [String; 2],
    /// Longitude and latitude, or x and y of another reference system.
    pub position: Option<[f64; 2]>,
    /// The year as written.
    pub year_written: String,
    /// The calendar year: the year as written, without its fraction.
    pub year: Option<i32>,
    /// The variable as written.
    pub variable_written: String,
    /// What was measured; `None` for a variable that has no model.
    pub variable: Option<SiteVariable>,
    /// Its value.
    pub measured: Measured,
    /// Whether the row is one of those that are kept.
    pub is_kept: bool,
}

/// Numbers of the columns that are read.
struct Places {
    lon: usize,
    lat: usize,
    /// `None` where the year does not matter and the table has none.
    year: Option<usize>,
    measured: MeasuredPlaces,
    keep: Vec<(usize, Vec<String>)>,
}

enum MeasuredPlaces {
    Long { variable: usize, value: usize },
    Wide(Vec<(SiteVariable, usize)>),
}

/// How measured values become gC m-2 yr-1, in years of 365 and 366 days.
struct Units([Conversion; 2]);

impl Units {
    fn new(unit: Option<&str>) -> Result<Self, SitesError> {
        let of = |days: u32| match unit {
            Some(unit) => convert(Quantity::Npp, unit, &[days]),
            None => Ok(Conversion::identity()),
        };
        Ok(Self([of(365)?, of(366)?]))
    }

    fn apply(&self, value: f64, year: Option<i32>) -> f64 {
        let is_leap = year.is_some_and(|year| days_of_month(year, 2) == 29);
        self.0[usize::from(is_leap)].apply(value, 0)
    }
}

/// The measured values of a table, in its order: one record a row, or one for each row and variable where each variable
/// has a column. No row is left out.
///
/// # Errors
///
/// Every column that is missing, and a unit that cannot be converted.
pub fn records(
    table: &FieldTable,
    request: &RecordRequest,
    when: When,
) -> Result<Vec<Record>, Vec<SitesError>> {
    let mut errors = Vec::new();
    let units = Units::new(request.unit.as_deref());
    let units = units.map_err(|error| errors.push(error)).ok();
    let places = places(table, request, when, &mut errors);
    match (units, places) {
        (Some(units), Some(places)) if errors.is_empty() => {
            let rows = table.rows().iter().enumerate();
            let of_row = |(k, row): (usize, &Vec<String>)| {
                Row {
                    table,
                    texts: row,
                    places: &places,
                }
                .records(k + 1, &units)
            };
            Ok(rows.flat_map(of_row).collect())
        }
        _ => Err(errors),
    }
}

fn places(
    table: &FieldTable,
    request: &RecordRequest,
    when: When,
    errors: &mut Vec<SitesError>,
) -> Option<Places> {
    let columns = &request.columns;
    let mut find = |word: &str, column: &str| {
        let found = table.column(&format!("sites.{word}"), column);
        found.map_err(|error| errors.push(error)).ok()
    };
    let lon = find("columns.lon", &columns.lon);
    let lat = find("columns.lat", &columns.lat);
    let year = match when {
        When::Year => find("columns.year", &columns.year).map(Some),
        When::Mean => Some(table.column("", &columns.year).ok()),
    };
    let measured = match &columns.measured {
        MeasuredColumns::Long { variable, value } => {
            let variable = find("columns.variable", variable);
            let value = find("columns.value", value);
            variable
                .zip(value)
                .map(|(variable, value)| MeasuredPlaces::Long { variable, value })
        }
        MeasuredColumns::Wide(columns) => {
            let all = columns.iter().map(|(variable, column)| {
                let place = find(&format!("columns.{variable}"), column);
                place.map(|place| (*variable, place))
            });
            let all: Vec<Option<(SiteVariable, usize)>> = all.collect();
            all.into_iter()
                .collect::<Option<_>>()
                .map(MeasuredPlaces::Wide)
        }
    };
    let keep = request.keep.iter().map(|(column, texts)| {
        let place = find("where", column);
        place.map(|place| (place, texts.clone()))
    });
    let keep: Vec<Option<(usize, Vec<String>)>> = keep.collect();
    Some(Places {
        lon: lon?,
        lat: lat?,
        year: year?,
        measured: measured?,
        keep: keep.into_iter().collect::<Option<_>>()?,
    })
}

/// A row of a table, as it is read.
struct Row<'a> {
    table: &'a FieldTable,
    texts: &'a [String],
    places: &'a Places,
}

impl Row<'_> {
    /// The text of a cell; empty past the end of a short row.
    fn text(&self, column: usize) -> &str {
        self.texts.get(column).map_or("", |text| text.trim())
    }

    fn year(&self) -> Option<i32> {
        let year = self.table.number(self.text(self.places.year?))?.floor();
        #[expect(clippy::cast_possible_truncation, reason = "checked to be a year")]
        (year.abs() < 1e6).then_some(year as i32)
    }

    fn records(&self, number: usize, units: &Units) -> Vec<Record> {
        let of = |variable: Option<SiteVariable>, written: &str, value: usize| {
            let [lon, lat] = [self.places.lon, self.places.lat].map(|k| self.text(k));
            let year = self.year();
            let position = self.table.number(lon).zip(self.table.number(lat));
            let value = self.text(value);
            Record {
                row: number,
                written: [lon.to_owned(), lat.to_owned()],
                position: position.map(|(x, y)| [x, y]),
                year_written: self.places.year.map_or("", |k| self.text(k)).to_owned(),
                year,
                variable_written: written.to_owned(),
                variable,
                measured: match self.table.number(value) {
                    Some(number) => Measured::Value(units.apply(number, year)),
                    None if value.is_empty() || value == "NA" => Measured::Missing,
                    None => Measured::NotANumber,
                },
                is_kept: self.is_kept(),
            }
        };
        match &self.places.measured {
            MeasuredPlaces::Long { variable, value } => {
                let written = self.text(*variable);
                let lower = written.to_lowercase();
                let known = SiteVariable::WORDS.iter().find(|(word, _)| *word == lower);
                vec![of(known.map(|(_, variable)| *variable), written, *value)]
            }
            MeasuredPlaces::Wide(columns) => columns
                .iter()
                .map(|&(variable, value)| of(Some(variable), variable.as_str(), value))
                .collect(),
        }
    }

    fn is_kept(&self) -> bool {
        let mut columns = self.places.keep.iter();
        columns.all(|(column, texts)| texts.iter().any(|text| text.trim() == self.text(*column)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn table(text: &str) -> FieldTable {
        FieldTable::of_bytes(Path::new("field.csv"), text.as_bytes()).expect("a table")
    }

    #[test]
    fn a_long_table_has_a_record_a_row() {
        let table = table(
            "lon,lat,year,variable,value\n104.5,25,2005.99,Rs,377\n104.5,25,x,soil,n.d.\n,25,-0.5,nep,NA\n1,2\n",
        );
        let records = records(&table, &RecordRequest::default(), When::Year).expect("records");
        assert_eq!(records.len(), 4);
        assert_eq!(records[0].position, Some([104.5, 25.0]));
        assert_eq!(records[0].year, Some(2005));
        assert_eq!(records[0].variable, Some(SiteVariable::Rs));
        assert_eq!(records[0].measured, Measured::Value(377.0));
        assert_eq!((records[1].year, records[1].variable), (None, None));
        assert_eq!(records[1].measured, Measured::NotANumber);
        assert_eq!((records[2].position, records[2].year), (None, Some(-1)));
        assert_eq!(records[2].measured, Measured::Missing);
        assert_eq!(
            (records[3].row, records[3].measured),
            (4, Measured::Missing)
        );
    }

    #[test]
    fn a_wide_table_has_a_record_for_each_variable_and_keeps_rows_by_their_texts() {
        let table =
            table("Latitude;Longitude;T;Rs;Rh;M\n25,5;104,25;2004;1,5;;None\n1;2;2003,5;2;3;\n");
        let names = [
            ("lon", "Longitude"),
            ("lat", "Latitude"),
            ("year", "T"),
            ("rs", "Rs"),
            ("rh", "Rh"),
        ];
        let names = names.map(|(word, name)| (word.to_owned(), name.to_owned()));
        let request = RecordRequest {
            columns: SiteColumns::from_names(&names),
            keep: vec![("M".to_owned(), vec!["None".to_owned()])],
            unit: Some("gC m-2 d-1".to_owned()),
        };
        let records = records(&table, &request, When::Year).expect("records");
        let rows: Vec<(usize, &str)> = records
            .iter()
            .map(|r| (r.row, r.variable_written.as_str()))
            .collect();
        assert_eq!(rows, [(1, "rs"), (1, "rh"), (2, "rs"), (2, "rh")]);
        assert_eq!(records[0].position, Some([104.25, 25.5]));
        assert_eq!(
            records[0].measured,
            Measured::Value(1.5 * 366.0),
            "a leap year"
        );
        assert_eq!(records[1].measured, Measured::Missing);
        assert_eq!(records[2].measured, Measured::Value(730.0));
        assert_eq!(records.map_kept(), [true, true, false, false]);
    }

    trait Kept {
        fn map_kept(&self) -> Vec<bool>;
    }

    impl Kept for Vec<Record> {
        fn map_kept(&self) -> Vec<bool> {
            self.iter().map(|record| record.is_kept).collect()
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let table = table("lon,y,variable\n");
        let request = RecordRequest {
            keep: vec![("Manipulation".to_owned(), vec![String::new()])],
            unit: Some("degC".to_owned()),
            ..RecordRequest::default()
        };
        let errors = records(&table, &request, When::Year).expect_err("columns are missing");
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), 5, "{texts:?}");
        for (text, part) in
            texts
                .iter()
                .zip(["sites.units", "`lat`", "`year`", "`value`", "sites.where"])
        {
            assert!(text.contains(part), "{text}");
        }
        let errors = records(&table, &RecordRequest::default(), When::Mean);
        assert_eq!(
            errors.expect_err("lat, value").len(),
            2,
            "the year does not matter"
        );
    }
}
