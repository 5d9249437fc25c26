//! The field data of a study, read before its chain is built and placed on its grid.

use std::path::Path;

use crate::chain::Chain;
use crate::grid::Grid;
use crate::sites::{
    FieldTable, Matching, Merge, Record, RecordRequest, SiteVariable, SitesError, pixel_of, records,
};
use crate::sources::{bytes_on_server, points_on_grid};
use crate::study::{SitesTable, Study};

use super::problems::Problems;

/// Field data on the grid of a study.
#[derive(Debug)]
pub(super) struct SitesOnGrid {
    /// The measured values.
    pub(super) records: Vec<Record>,
    /// Row and column of the pixel of each record; `None` outside the grid.
    pub(super) places: Vec<Option<[usize; 2]>>,
    /// What they are compared with.
    pub(super) matching: Matching,
    /// What becomes of several of them in one pixel.
    pub(super) merge: Merge,
}

/// Reads the field data of a study, where it has any.
pub(super) fn open_sites(study: &Study, problems: &mut Problems) -> Option<Vec<Record>> {
    let table = study.sites.as_ref()?;
    match read(study, table) {
        Ok(records) => Some(records),
        Err(errors) => {
            for error in errors {
                problems.take(Err::<(), _>(error));
            }
            None
        }
    }
}

fn read(study: &Study, table: &SitesTable) -> Result<Vec<Record>, Vec<SitesError>> {
    let file = field_table(&study.resolve(&table.file)).map_err(|error| vec![error])?;
    let request = RecordRequest {
        columns: table.columns.clone(),
        keep: table.filters.clone(),
        unit: Some(table.units.clone()),
    };
    records(&file, &request, table.when)
}

/// Opens the table, also one on a server.
fn field_table(path: &Path) -> Result<FieldTable, SitesError> {
    match bytes_on_server(path) {
        None => FieldTable::open(path),
        Some(Ok(bytes)) => FieldTable::of_bytes(path, &bytes),
        Some(Err(reason)) => Err(SitesError::Read {
            path: path.to_owned(),
            reason,
        }),
    }
}

/// Finds the pixel of each record.
pub(super) fn place_sites(
    study: &Study,
    records: Vec<Record>,
    grid: &Grid,
    warnings: &mut Vec<String>,
    problems: &mut Problems,
) -> Option<SitesOnGrid> {
    let table = study.sites.as_ref()?;
    let positions = records.iter().map(|record| record.position);
    let mut points: Vec<[f64; 2]> = positions.map(|at| at.unwrap_or([f64::NAN; 2])).collect();
    let moved = points_on_grid("sites.crs", &table.crs, grid, &mut points);
    if !problems.take(moved)? {
        warnings.push(format!(
            "the study grid has no reference system: the coordinates of the field data {} are taken for its own, and \
             sites.crs is not used",
            table.file
        ));
    }
    let places = points.into_iter().map(|point| pixel_of(grid, point));
    let sites = SitesOnGrid {
        places: places.collect(),
        records,
        matching: Matching {
            when: table.when,
            window: table.window,
            years: study.years,
            min_years: study.trend.min_years,
        },
        merge: table.merge,
    };
    warnings.extend(sites.nothing_to_compare(&table.file));
    Some(sites)
}

impl SitesOnGrid {
    /// Why no record at all can be compared, in a sentence.
    fn nothing_to_compare(&self, file: &str) -> Option<String> {
        let n = self.records.len();
        let kept = self.records.iter().zip(&self.places);
        let kept = kept.filter(|(record, _)| record.is_kept);
        let what = if n == 0 {
            "have no row below the header".to_owned()
        } else if kept.clone().next().is_none() {
            "have no row with the texts of sites.where".to_owned()
        } else if kept.clone().all(|(_, place)| place.is_none()) {
            "have no site on the study grid; look at sites.crs, and at the columns of longitude and latitude".to_owned()
        } else {
            return None;
        };
        Some(format!("the field data {file} {what}"))
    }

    /// The series of the chain that sites are compared with.
    pub(super) fn series(&self, chain: &Chain) -> Vec<(SiteVariable, usize)> {
        let index = |variable: SiteVariable| {
            let mut series = chain.series.iter();
            series.position(|series| series.name == variable.as_str())
        };
        let variables = self.variables();
        let modelled = variables.filter_map(|variable| Some((variable, index(variable)?)));
        modelled.collect()
    }

    /// A sentence on each variable that was measured and that the chain does not make.
    pub(super) fn not_modelled(&self, chain: &Chain) -> Vec<String> {
        let modelled = self.series(chain);
        let is_modelled = |of: &SiteVariable| modelled.iter().any(|(variable, _)| variable == of);
        let others = self.variables().filter(|variable| !is_modelled(variable));
        others
            .map(|variable| {
                format!(
                    "[sites] has measurements of {variable}, which this study does not make: they are paired with nothing"
                )
            })
            .collect()
    }

    /// Everything that was measured, in the order of the manual.
    fn variables(&self) -> impl Iterator<Item = SiteVariable> {
        let is_measured = |of: &SiteVariable| self.records.iter().any(|r| r.variable == Some(*of));
        let all = SiteVariable::WORDS.iter().map(|(_, variable)| *variable);
        all.filter(is_measured).collect::<Vec<_>>().into_iter()
    }
}
