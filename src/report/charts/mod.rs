//! Charts: each with its table, which stands alone where there is no script, and its numbers for the script.

mod attribution;
mod chart;
mod measures;
mod region;
mod validation;

pub(super) use chart::Chart;

use super::folder::Folder;

/// The charts of a run, in the order of the page.
pub(super) fn charts(folder: &Folder) -> Vec<Chart> {
    // Narrow ones follow each other, so that two stand side by side.
    let all = [
        region::series(folder),
        attribution::by_zone(folder),
        region::stages(folder),
        measures::ranking(folder),
        measures::events(folder),
        validation::sites(folder),
        validation::calibration(folder),
    ];
    all.into_iter().flatten().collect()
}
