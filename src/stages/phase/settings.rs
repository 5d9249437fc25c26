//! What a search for the phase of fastest rise looks for.

use crate::calendar::Years;

/// Settings of the search, `[phase]` of a study file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhaseSettings {
    /// Steps from year to year of the shortest phase, at least 1.
    pub min_steps: usize,
    /// Steps of the longest phase.
    pub max_steps: usize,
    /// Series that are simulated for p.
    pub replicates: u32,
    /// Another seed makes other series.
    pub seed: u32,
    /// Valid years that a series needs; with fewer it has no phase.
    pub min_years: usize,
}

impl PhaseSettings {
    /// The defaults: phases of 3 steps to half the steps of the study, rounded up, and 999 replicates.
    ///
    /// # Arguments
    ///
    /// * `min_years` - as for a trend over the study.
    #[must_use]
    pub fn of_study(years: Years, min_years: usize) -> Self {
        Self {
            min_steps: 3,
            max_steps: years.count().saturating_sub(1).div_ceil(2),
            replicates: 999,
            seed: 1,
            min_years,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_phase_is_half_the_study() {
        let longest = |first, last| PhaseSettings::of_study(Years { first, last }, 15).max_steps;
        assert_eq!(longest(2001, 2020), 10);
        assert_eq!(longest(2001, 2021), 10);
        assert_eq!(longest(2001, 2001), 0);
    }
}
