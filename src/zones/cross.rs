//! Combinations of sets: every one that occurs is a zone.

use std::collections::HashMap;

use crate::grid::CellRule;
use crate::grid::Grid;
use crate::zones::error::{ZoneError, ZoneProblem};
use crate::zones::notes::ZoneNotes;
use crate::zones::part::NO_ZONE;
use crate::zones::rows::{ColumnPart, ZoneRows, to_u32};
use crate::zones::set::{RowReader, ZoneSet};

/// What stands between the labels of a combination.
const BETWEEN: &str = " x ";

/// The combinations of the zones of some sets, in the order of the sets and of their zones.
///
/// A pixel without a zone in one of the sets is in no combination. One of the sets may have pixels by fractions:
/// then each part goes to its combination with the zones that the others have for the whole pixel.
pub(super) fn cross(
    name: &str,
    members: &[String],
    sets: &[ZoneSet],
    grid: &Grid,
    room: usize,
) -> Result<ZoneSet, ZoneError> {
    let members = members_of(name, members, sets)?;
    let has_parts = |set: &&ZoneSet| set.rule == CellRule::Fraction;
    let rule = if members.iter().any(has_parts) {
        CellRule::Fraction
    } else {
        CellRule::Centre
    };
    let combined = combine(&members, grid, room);
    let (labels, rows) = combined.ok_or_else(|| {
        let problem = ZoneProblem::TooLarge {
            most_bytes: room,
            has_parts: rule == CellRule::Fraction,
        };
        ZoneError::of_set(name, problem)
    })?;
    Ok(ZoneSet::new(name, labels, rule, rows, ZoneNotes::default()))
}

fn members_of<'a>(
    name: &str,
    members: &[String],
    sets: &'a [ZoneSet],
) -> Result<Vec<&'a ZoneSet>, ZoneError> {
    let find = |member: &String| {
        let found = sets.iter().find(|set| set.name == *member);
        found.ok_or_else(|| {
            let problem = ZoneProblem::NoMember {
                member: member.clone(),
                sets: sets.iter().map(|set| set.name.clone()).collect(),
            };
            ZoneError::of_set(name, problem)
        })
    };
    let members: Vec<&ZoneSet> = members.iter().map(find).collect::<Result<_, _>>()?;
    let mut parted = members.iter().filter(|set| set.rule == CellRule::Fraction);
    if let (Some(first), Some(second)) = (parted.next(), parted.next()) {
        let problem = ZoneProblem::TwoFractions {
            first: first.name.clone(),
            second: second.name.clone(),
        };
        return Err(ZoneError::of_set(name, problem));
    }
    Ok(members)
}

/// Labels and rows; `None` where these take more than `room` bytes.
fn combine(members: &[&ZoneSet], grid: &Grid, room: usize) -> Option<(Vec<String>, ZoneRows)> {
    let mut found = Combinations::default();
    let mut rows = ZoneRows::new(grid.width);
    let mut readers: Vec<RowReader> = members.iter().map(|_| RowReader::default()).collect();
    let mut codes = vec![NO_ZONE; grid.width];
    let mut parts = Vec::new();
    let mut zones = vec![NO_ZONE; members.len()];
    let parted = members
        .iter()
        .position(|set| set.rule == CellRule::Fraction);
    for row in 0..grid.height {
        for (set, reader) in members.iter().zip(&mut readers) {
            reader.read(set, row, grid.width);
        }
        parts.clear();
        for (col, code) in codes.iter_mut().enumerate() {
            for (zone, reader) in zones.iter_mut().zip(&readers) {
                *zone = reader.codes[col];
            }
            *code = found.number_of(&zones);
            let Some(parted) = parted.filter(|&set| zones[set] == NO_ZONE) else {
                continue;
            };
            for part in readers[parted].parts_of(col) {
                zones[parted] = part.zone;
                let zone = found.number_of(&zones);
                if zone != NO_ZONE {
                    parts.push(ColumnPart {
                        col: to_u32(col),
                        zone,
                        share: part.share,
                    });
                }
            }
        }
        rows.push_codes(&codes, &parts);
        if rows.used_bytes() > room {
            return None;
        }
    }
    rows.shrink();
    let (labels, numbers) = found.in_order(members);
    rows.rename(numbers);
    Some((labels, rows))
}

/// Combinations in the order in which they were found.
#[derive(Default)]
struct Combinations {
    numbers: HashMap<Box<[u32]>, u32>,
    last: (Vec<u32>, u32),
}

impl Combinations {
    fn number_of(&mut self, zones: &[u32]) -> u32 {
        if zones.contains(&NO_ZONE) {
            return NO_ZONE;
        }
        if self.last.0 == zones {
            return self.last.1;
        }
        let next = to_u32(self.numbers.len());
        let number = match self.numbers.get(zones) {
            Some(&number) => number,
            None => *self.numbers.entry(zones.into()).or_insert(next),
        };
        self.last.0.clear();
        self.last.0.extend_from_slice(zones);
        self.last.1 = number;
        number
    }

    /// Labels in the order of the zones of the sets, and the place of each combination among them.
    fn in_order(self, members: &[&ZoneSet]) -> (Vec<String>, Vec<u32>) {
        let mut found: Vec<(Box<[u32]>, u32)> = self.numbers.into_iter().collect();
        found.sort();
        let mut numbers = vec![NO_ZONE; found.len()];
        let mut labels = Vec::with_capacity(found.len());
        for (place, (zones, number)) in found.iter().enumerate() {
            numbers[*number as usize] = to_u32(place);
            let named = zones.iter().zip(members);
            let words: Vec<&str> = named
                .map(|(&zone, set)| set.labels[zone as usize].as_str())
                .collect();
            labels.push(words.join(BETWEEN));
        }
        (labels, numbers)
    }
}
