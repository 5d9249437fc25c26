//! Modelled values at the pixels of field data, and how well both agree.

use std::path::Path;
use std::sync::OnceLock;

use crate::run::plan::Plan;
use crate::run::record::{Gathered, SitesRecord};
use crate::run::sites::SitesOnGrid;
use crate::run::tile::TileView;
use crate::sites::{
    Level, Samples, SiteRow, SiteVariable, Validation, pair, sites_csv, validate, validation_csv,
    wanted_pixels,
};
use crate::tables::ZoneNames;

use super::collector::{Collector, Table};
use super::places::TileZones;
use super::state::{StateError, loaded, saved};

/// The series at the pixels that sites need.
pub(super) struct SiteValues {
    samples: Samples,
    /// Each variable with the index of its series.
    series: Vec<(SiteVariable, usize)>,
    found: OnceLock<Found>,
}

/// What is made of the values after the last tile.
struct Found {
    rows: Vec<SiteRow>,
    validation: Validation,
}

impl SiteValues {
    /// No tile yet; `None` for a study without field data.
    pub(super) fn new(plan: &Plan) -> Option<Self> {
        let sites = plan.sites.as_ref()?;
        let series = sites.series(&plan.chain);
        let variables = series.iter().map(|(variable, _)| *variable).collect();
        let pixels = wanted_pixels(&sites.places, sites.matching.window, &plan.grid);
        Some(Self {
            samples: Samples::new(pixels, variables, plan.chain.years.count()),
            series,
            found: OnceLock::new(),
        })
    }

    fn found(&self, sites: &SitesOnGrid) -> &Found {
        self.found.get_or_init(|| {
            let matching = &sites.matching;
            let rows = pair(&sites.records, &sites.places, &self.samples, matching);
            Found {
                validation: validate(&rows, matching.when, sites.merge),
                rows,
            }
        })
    }
}

impl Collector for SiteValues {
    fn take(&mut self, _plan: &Plan, tile: &TileView<'_>, _zones: &TileZones) {
        let window = tile.window();
        let here: Vec<(usize, usize)> = self.samples.pixels_in(window).collect();
        for (sample, pixel) in here {
            let inside = tile.output.inside.as_deref();
            let is_inside = inside.is_none_or(|inside| inside[pixel]);
            self.samples.set_inside(sample, is_inside);
            if tile.is_one_for_all() {
                // All is missing, and missing is what a value is until it is set.
                continue;
            }
            for &(variable, index) in &self.series {
                let years = tile.series(index).iter().skip(pixel);
                let years = years.step_by(window.n_pixels());
                for (year, value) in years.enumerate() {
                    self.samples.set(variable, sample, year, *value);
                }
            }
        }
    }

    /// A pixel is inside the mask or not, whether it has values or not.
    fn counts_missing(&self) -> bool {
        true
    }

    fn state(&mut self, _is_durable: bool) -> Result<Vec<u8>, StateError> {
        saved(&self.samples)
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.samples = loaded(state)?;
        Ok(())
    }

    fn merge(&mut self, state: &[u8], _files: &Path) -> Result<(), StateError> {
        self.samples.merge(&loaded(state)?);
        Ok(())
    }

    fn tables(&self, plan: &Plan, _zones: &ZoneNames) -> Vec<Table> {
        let Some(sites) = &plan.sites else {
            return Vec::new();
        };
        let found = self.found(sites);
        vec![
            Table {
                name: "tables/sites.csv",
                text: sites_csv(&found.rows),
            },
            Table {
                name: "tables/validation.csv",
                text: validation_csv(&found.validation.rows),
            },
        ]
    }

    fn record(&self, plan: &Plan, _zones: &ZoneNames, gathered: &mut Gathered) {
        let Some(sites) = &plan.sites else {
            return;
        };
        let validation = &self.found(sites).validation;
        let notes = validation.notes.iter().map(ToString::to_string);
        gathered.notes.extend(notes);
        let rows = validation.rows.iter();
        let of_all = rows.filter(|row| row.level == Level::All);
        gathered.sites.extend(of_all.map(|row| SitesRecord {
            variable: row.variable.to_string(),
            n: row.agreement.n,
            sites: row.intervals.sites,
            r: row.agreement.r,
            bias: row.agreement.bias,
            rmse: row.agreement.rmse,
        }));
    }
}
