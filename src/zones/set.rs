//! A set of zones on the study grid.

use crate::grid::CellRule;
use crate::grid::Window;
use crate::zones::error::{ZoneError, ZoneProblem, most_like};
use crate::zones::notes::ZoneNotes;
use crate::zones::part::{NO_ZONE, Part};
use crate::zones::rows::{ZoneRows, to_u32};

/// A set of zones on the study grid.
#[derive(Clone, Debug)]
pub struct ZoneSet {
    /// The name of the set.
    pub name: String,
    /// The label of each zone, by its number. Labels are data: any text.
    pub labels: Vec<String>,
    /// How pixels belong to its zones.
    pub rule: CellRule,
    /// What was seen while it was made.
    pub notes: ZoneNotes,
    rows: ZoneRows,
}

impl ZoneSet {
    pub(super) fn new(
        name: &str,
        labels: Vec<String>,
        rule: CellRule,
        rows: ZoneRows,
        notes: ZoneNotes,
    ) -> Self {
        let pixels = rows.pixels(labels.len());
        Self {
            name: name.to_owned(),
            labels,
            rule,
            notes: ZoneNotes { pixels, ..notes },
            rows,
        }
    }

    /// The zone of each pixel of a window, row by row, and the parts of pixels that zones share.
    ///
    /// A pixel that one zone has as a whole has its number in `codes`. Any other has [`NO_ZONE`] there, and a part
    /// for each zone that covers some of it: none by the rule of centres. What is in `codes` and `parts` is
    /// replaced. Parts are in the order of pixels, and of zones within one.
    pub fn read(&self, window: Window, codes: &mut Vec<u32>, parts: &mut Vec<Part>) {
        codes.clear();
        codes.resize(window.n_pixels(), NO_ZONE);
        parts.clear();
        self.rows.read(window, codes, parts);
    }

    /// The number of the zone with a label.
    ///
    /// # Arguments
    ///
    /// * `key` - of the study, for the message: `control`.
    ///
    /// # Errors
    ///
    /// There is no such zone; with the nearest label.
    pub fn find(&self, label: &str, key: &'static str) -> Result<usize, ZoneError> {
        let found = self.labels.iter().position(|known| known == label);
        found.ok_or_else(|| {
            let problem = ZoneProblem::NoZone {
                key,
                label: label.to_owned(),
                near: most_like(label, &self.labels),
                labels: self.labels.clone(),
            };
            ZoneError {
                set: self.name.clone(),
                path: self.notes.path.clone(),
                problem: Box::new(problem),
            }
        })
    }

    /// Bytes that it keeps in memory for its pixels.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.rows.bytes()
    }

    /// What a reader should know, each a sentence: zones without pixels, outlines that were mended, overlaps.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let notes = &self.notes;
        let name = &self.name;
        let mut said = Vec::new();
        if self.labels.is_empty() {
            said.push(format!("zones.{name} has no zone on the study grid"));
        } else if notes.misses_grid() {
            said.push(format!(
                "zones.{name} misses the study grid: no zone has a pixel"
            ));
        } else {
            let held = match self.rule {
                CellRule::Centre => "holds no pixel centre",
                CellRule::Fraction => "covers no part of a pixel",
            };
            let empty: Vec<usize> = notes.without_pixels().collect();
            said.extend(
                empty
                    .iter()
                    .take(MAX_NAMED)
                    .map(|&zone| format!("zones.{name}: zone {:?} {held}", self.labels[zone])),
            );
            if let Some(more) = empty.len().checked_sub(MAX_NAMED).filter(|n| *n > 0) {
                said.push(format!(
                    "zones.{name}: a further {more} zones are like that"
                ));
            }
        }
        let counted = [
            (notes.unlabelled, "without a label are no zone"),
            (notes.without_shape, "have no shape"),
            (
                notes.mended,
                "have an outline that crosses itself; what it surrounds an odd number of times is inside",
            ),
        ];
        for (n, what) in counted.into_iter().filter(|(n, _)| *n > 0) {
            said.push(format!("zones.{name}: {n} features or codes {what}"));
        }
        if notes.claimed_twice > 0 {
            let how = match self.rule {
                CellRule::Centre => "the last of them has the pixel",
                CellRule::Fraction => "each counts what it covers",
            };
            said.push(format!(
                "zones.{name}: zones overlap in {} pixels; {how}",
                notes.claimed_twice
            ));
        }
        if notes.lost_corners > 0 {
            said.push(format!(
                "zones.{name}: {} corners have no position in the grid's reference system and were left out",
                notes.lost_corners
            ));
        }
        let remarks = notes.remarks.iter();
        said.extend(remarks.map(|remark| format!("zones.{name}: {remark}")));
        said
    }
}

/// Zones without pixels that are named one by one.
const MAX_NAMED: usize = 10;

/// Reads the rows of sets one by one; its buffers are kept.
#[derive(Debug, Default)]
pub(super) struct RowReader {
    pub(super) codes: Vec<u32>,
    pub(super) parts: Vec<Part>,
}

impl RowReader {
    pub(super) fn read(&mut self, set: &ZoneSet, row: usize, width: usize) {
        let window = Window {
            row,
            col: 0,
            height: 1,
            width,
        };
        set.read(window, &mut self.codes, &mut self.parts);
    }

    /// The parts of a column.
    pub(super) fn parts_of(&self, col: usize) -> &[Part] {
        let col = to_u32(col);
        let first = self.parts.partition_point(|part| part.pixel < col);
        let end = self.parts.partition_point(|part| part.pixel <= col);
        &self.parts[first..end]
    }
}
