//! Field sites: where they lie and what is measured there, with errors.

use std::fmt::Write as _;

use super::fields::{PixelYears, Region, pixel_degrees};
use super::options::SynthOptions;
use super::region::{EXTENT, N_YEARS, NORTH_WEST, YEARS};
use super::stream;

/// Number of sites, where the grid has room for them.
const N_SITES: usize = 60;
/// Places that are tried at most.
const N_TRIES: i64 = 600;
/// How many years each site has at most.
const MAX_YEARS: usize = 6;
/// Errors of NPP, Rs and Rh as shares of the value: of the site in all years, and of each year.
const ERRORS: [(&str, [f64; 2]); 3] = [
    ("npp", [0.06, 0.04]),
    ("rs", [0.12, 0.06]),
    ("rh", [0.15, 0.08]),
];

/// One place that is tried.
struct Candidate<'a> {
    region: &'a Region,
    number: i64,
}

impl Candidate<'_> {
    fn draw(&self, k: u32) -> f64 {
        self.region.noise.uniform(stream::FIELD + k, self.number, 3)
    }

    fn normal(&self, k: u32, place: i64) -> f64 {
        self.region
            .noise
            .normal(stream::FIELD + k, self.number, place)
    }

    /// Degrees east and south of the north-west corner, to five digits.
    fn place(&self) -> [f64; 2] {
        [0, 1].map(|k: usize| {
            let draw = self.draw(u32::from(k == 1));
            (EXTENT[k] * draw * 1e5).floor() / 1e5
        })
    }

    /// The first year and the number of years.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "twenty years"
    )]
    fn years(&self) -> std::ops::Range<usize> {
        let n_years = 1 + (self.draw(2) * MAX_YEARS as f64) as usize;
        let first = (self.draw(3) * (N_YEARS - n_years) as f64) as usize;
        first..first + n_years
    }

    fn push_rows(&self, csv: &mut String, truth: &PixelYears, npp_gc_m2: &[f64; N_YEARS]) {
        let [x, y] = self.place();
        let (lon, lat) = (NORTH_WEST[0] + x, NORTH_WEST[1] - y);
        let quantities = [npp_gc_m2, &truth.rs_gc_m2, &truth.rh_gc_m2];
        for ((variable, [of_site, of_year]), values) in ERRORS.iter().zip(quantities) {
            let variable_key = i64::from(variable.as_bytes()[1]);
            let site_error = of_site * self.normal(4, variable_key);
            for year in self.years() {
                let key = 1000 * (1 + i64::try_from(year).unwrap_or(0)) + variable_key;
                let error = site_error + of_year * self.normal(4, key);
                let calendar = YEARS.first + i32::try_from(year).unwrap_or(0);
                // Writing to a string cannot fail.
                let _ = writeln!(
                    csv,
                    "{lon:.5},{lat:.5},{calendar},{variable},{:.1}",
                    values[year] * (1.0 + error)
                );
            }
        }
    }
}

/// `field.csv`: sites on pixels whose NPP is known, some years of NPP, Rs and Rh each.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places are inside the grid"
)]
pub(super) fn csv(region: &Region, options: &SynthOptions) -> String {
    let mut csv = "lon,lat,year,variable,value\n".to_owned();
    let mut n_sites = 0;
    let side = pixel_degrees(options);
    for number in 0..N_TRIES {
        let candidate = Candidate { region, number };
        let [col, row] = candidate.place().map(|degrees| (degrees / side) as usize);
        if n_sites == N_SITES || col >= options.width || row >= options.height {
            continue;
        }
        let truth = region.pixel_years(row, col);
        if let Some(npp_gc_m2) = &truth.npp_gc_m2 {
            candidate.push_rows(&mut csv, &truth, npp_gc_m2);
            n_sites += 1;
        }
    }
    csv
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_lie_in_the_grid_and_measure_what_is_true_within_errors() {
        let options = SynthOptions {
            width: 80,
            height: 60,
            ..SynthOptions::default()
        };
        let region = Region::new(&options);
        let csv = csv(&region, &options);
        let rows: Vec<Vec<&str>> = csv
            .lines()
            .skip(1)
            .map(|line| line.split(',').collect())
            .collect();
        assert!(rows.len() > 3 * N_SITES, "{}", rows.len());
        let side = pixel_degrees(&options);
        for row in rows {
            let number = |k: usize| row[k].parse::<f64>().expect("a number");
            let place = [
                (number(0) - NORTH_WEST[0]) / side,
                (NORTH_WEST[1] - number(1)) / side,
            ];
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "small"
            )]
            let [col, line] = place.map(|p| (p + 1e-9) as usize);
            let truth = region.pixel_years(line, col);
            let values = match row[3] {
                "npp" => truth.npp_gc_m2.expect("is known"),
                "rs" => truth.rs_gc_m2,
                _ => truth.rh_gc_m2,
            };
            let year = row[2].parse::<usize>().expect("a year") - 2001;
            assert!((number(4) / values[year] - 1.0).abs() < 0.9, "{row:?}");
        }
    }
}
