//! The table of sites.

use std::fmt::Write as _;

use super::words_of_sites::{SiteVariable, Status};
use crate::tables::cells::{cell, quoted};

/// A row of the field data, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteRow {
    /// Row of the field data, 1 for the first below the header.
    pub row: usize,
    /// Longitude and latitude as written: rows with the same ones are of one site.
    pub site: [String; 2],
    /// Longitude and latitude, or x and y of another reference system.
    pub position: Option<[f64; 2]>,
    /// Row and column of the pixel that holds the site.
    pub pixel: Option<[usize; 2]>,
    /// The year as written.
    pub year_written: String,
    /// The calendar year.
    pub year: Option<i32>,
    /// The variable as written.
    pub variable_written: String,
    /// The variable.
    pub variable: Option<SiteVariable>,
    /// The measured value, gC m-2 yr-1.
    pub measured: Option<f64>,
    /// The modelled value, gC m-2 yr-1.
    pub modelled: Option<f64>,
    /// What became of it.
    pub status: Status,
    /// Valid cells that the modelled value is the mean of.
    pub cells: usize,
}

/// Text of `tables/sites.csv`: a row for each record of the field data, in its order. Numbers are as they were read, what
/// is no number as it was written.
#[must_use]
pub fn sites_csv(rows: &[SiteRow]) -> String {
    let mut text = "lon,lat,year,variable,measured,modelled,status,cells,row\n".to_owned();
    for row in rows {
        let number = |of: Option<String>, written: &str| of.unwrap_or_else(|| quoted(written));
        let at = |axis: usize| {
            let position = row.position.map(|position| position[axis].to_string());
            number(position, &row.site[axis])
        };
        let cells = [
            at(0),
            at(1),
            number(row.year.map(|year| year.to_string()), &row.year_written),
            row.variable
                .map_or_else(|| quoted(&row.variable_written), |of| of.to_string()),
            cell(row.measured),
            cell(row.modelled),
            row.status.to_string(),
            row.cells.to_string(),
            row.row.to_string(),
        ];
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", cells.join(","));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_no_numbers_come_back_as_they_were_written() {
        let row = SiteRow {
            row: 7,
            site: ["104,5 E".to_owned(), "25".to_owned()],
            position: None,
            pixel: None,
            year_written: "\"recent\"".to_owned(),
            year: None,
            variable_written: "soil".to_owned(),
            variable: None,
            measured: Some(1.5),
            modelled: None,
            status: Status::NotANumber,
            cells: 0,
        };
        assert_eq!(
            sites_csv(&[row]),
            "lon,lat,year,variable,measured,modelled,status,cells,row\n\
             \"104,5 E\",25,\"\"\"recent\"\"\",soil,1.5,,not a number,0,7\n"
        );
    }
}
