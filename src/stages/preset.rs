//! Calendars of stages that many studies share.

use crate::calendar::Years;
use crate::words::words;

words! {
    /// A calendar of stages, `stages.preset` of a study file.
    Preset {
        /// Between the national rounds of monitoring rocky desertification: 2001-2005, 2006-2011, 2012-2016,
        /// 2017-2020; also called monitoring.
        MonitoringRounds = "monitoring-rounds",
        /// China's five-year plans: 2001-2005, 2006-2010, 2011-2015, 2016-2020.
        FiveYearPlans = "five-year-plans",
    }
}

impl Preset {
    /// A stage of fewer years has no trend.
    pub const MIN_YEARS: usize = 3;

    /// All stages of the calendar, first and last year.
    fn calendar(self) -> [(i32, i32); 4] {
        match self {
            Self::MonitoringRounds => [(2001, 2005), (2006, 2011), (2012, 2016), (2017, 2020)],
            Self::FiveYearPlans => [(2001, 2005), (2006, 2010), (2011, 2015), (2016, 2020)],
        }
    }

    /// The stages with the years that a study has of them, each named by these years, such as
    /// `2006-2011`. A stage of which the study has fewer than three years is left out.
    #[must_use]
    pub fn stages(self, study: Years) -> Vec<(String, Years)> {
        let inside = self.calendar().map(|(first, last)| Years {
            first: first.max(study.first),
            last: last.min(study.last),
        });
        inside
            .into_iter()
            .filter(|years| years.count() >= Self::MIN_YEARS)
            .map(|years| (format!("{}-{}", years.first, years.last), years))
            .collect()
    }

    /// The stages of which the study has some years, but too few: first and last year of the calendar, and how many
    /// the study has.
    #[must_use]
    pub fn too_short(self, study: Years) -> Vec<([i32; 2], usize)> {
        let n_inside = |&(first, last): &(i32, i32)| {
            let years = (first..=last).filter(|year| (study.first..=study.last).contains(year));
            years.count()
        };
        let stages = self.calendar().into_iter();
        stages
            .map(|stage| ([stage.0, stage.1], n_inside(&stage)))
            .filter(|(_, n)| (1..Self::MIN_YEARS).contains(n))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(preset: Preset, first: i32, last: i32) -> Vec<String> {
        let stages = preset.stages(Years { first, last });
        stages.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn a_calendar_is_cut_to_the_study() {
        assert_eq!(
            names(Preset::MonitoringRounds, 2001, 2020),
            ["2001-2005", "2006-2011", "2012-2016", "2017-2020"]
        );
        assert_eq!(
            names(Preset::FiveYearPlans, 2003, 2017),
            ["2003-2005", "2006-2010", "2011-2015"]
        );
        assert_eq!(names(Preset::FiveYearPlans, 1982, 2000), [""; 0]);
        assert_eq!(names(Preset::FiveYearPlans, 1990, 2030).len(), 4);
        let study = Years {
            first: 2005,
            last: 2017,
        };
        assert_eq!(
            Preset::MonitoringRounds.too_short(study),
            [([2001, 2005], 1), ([2017, 2020], 1)]
        );
    }

    #[test]
    fn its_stages_follow_each_other_without_a_gap() {
        for (_, preset) in Preset::WORDS {
            let stages = preset.calendar();
            assert!(stages.windows(2).all(|pair| pair[0].1 + 1 == pair[1].0));
            assert_eq!(stages[3].1 - stages[0].0, 19);
        }
    }
}
