//! What was not a value in the inputs. The readers count it while they read; it is only fetched here.

use std::path::Path;

use crate::run::plan::Plan;
use crate::run::record::{FillRecord, Gathered};
use crate::run::tile::TileView;
use crate::sources::{OpenedInput, UnreadableBlocks};
use crate::tables::ZoneNames;

use super::collector::Collector;
use super::places::TileZones;
use super::state::StateError;

/// Counts of fill values and of suspicious zeros, by input.
pub(super) struct InputCounts;

impl Collector for InputCounts {
    /// The readers have counted already.
    fn take(&mut self, _plan: &Plan, _tile: &TileView<'_>, _zones: &TileZones) {}

    fn counts_missing(&self) -> bool {
        false
    }

    fn state(&mut self, _is_durable: bool) -> Result<Vec<u8>, StateError> {
        // What the readers have counted goes with the tiles that they read: see `ReaderState`.
        Ok(Vec::new())
    }

    fn restore(&mut self, _state: &[u8]) -> Result<(), StateError> {
        Ok(())
    }

    fn merge(&mut self, _state: &[u8], _files: &Path) -> Result<(), StateError> {
        Ok(())
    }

    fn record(&self, plan: &Plan, _zones: &ZoneNames, gathered: &mut Gathered) {
        for input in plan.stacks.inputs() {
            let counts = input.fill_counts().into_iter().map(FillRecord::from);
            gathered
                .fill_codes
                .insert(input.name.clone(), counts.collect());
            gathered.warnings.extend(warning_of_zeros(input));
            gathered.warnings.extend(warning_of_unreadable(input));
        }
    }
}

/// A warning where the zeros of an input look like a fill value.
fn warning_of_zeros(input: &OpenedInput) -> Option<String> {
    let found = input.suspect_zeros()?;
    Some(format!(
        "inputs.{}: {} raw values ({:.1} %) are 0, and all others are at least {}: 0 looks \
         like a fill value that is not declared; if it is one, set nodata = [0]",
        input.name,
        found.zeros,
        100.0 * found.share,
        found.least
    ))
}

/// A warning where blocks could not be read and were left out.
fn warning_of_unreadable(input: &OpenedInput) -> Option<String> {
    let UnreadableBlocks {
        blocks,
        values,
        first,
    } = input.unreadable()?;
    Some(format!(
        "inputs.{}: {blocks} block{} of {values} values cannot be read and count as missing, the first in {first}",
        input.name,
        if blocks == 1 { "" } else { "s" },
    ))
}
