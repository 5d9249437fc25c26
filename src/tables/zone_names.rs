//! The names of zones and of their sets.

use super::cells::{ALL, quoted};
use super::tile_pixels::ALL_ZONE;

/// One zone in the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneName {
    /// The set.
    pub set: String,
    /// The zone; any text.
    pub zone: String,
}

/// All zones by their number: `all` first, then those of every set.
#[derive(Clone, Debug)]
pub struct ZoneNames {
    names: Vec<ZoneName>,
    /// The first two cells of a row.
    cells: Vec<String>,
}

impl Default for ZoneNames {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl ZoneNames {
    /// The zones of some sets, each a name and its labels.
    #[must_use]
    pub fn new(sets: &[(&str, &[String])]) -> Self {
        let name = |set: &str, zone: &str| ZoneName {
            set: set.to_owned(),
            zone: zone.to_owned(),
        };
        let of_sets = sets
            .iter()
            .flat_map(|(set, labels)| labels.iter().map(move |label| name(set, label)));
        let names: Vec<ZoneName> = std::iter::once(name(ALL, ALL)).chain(of_sets).collect();
        let cells = names.iter();
        Self {
            cells: cells
                .map(|name| format!("{},{}", quoted(&name.set), quoted(&name.zone)))
                .collect(),
            names,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// The names of a zone.
    #[must_use]
    pub fn of(&self, zone: usize) -> &ZoneName {
        &self.names[zone]
    }

    /// The first two cells of a zone's rows.
    #[must_use]
    pub fn cells(&self, zone: usize) -> &str {
        &self.cells[zone]
    }

    /// Whether a zone of this area has no row: it holds no pixel. `all` always has one.
    #[must_use]
    pub fn is_left_out(&self, zone: usize, area_km2: f64) -> bool {
        zone != ALL_ZONE && area_km2 <= 0.0
    }

    /// Each zone with the first two cells of its rows.
    pub fn rows(&self) -> impl Iterator<Item = (usize, &str)> {
        self.cells.iter().map(String::as_str).enumerate()
    }
}
