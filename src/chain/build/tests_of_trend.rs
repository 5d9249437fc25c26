//! The tests of trend that a study names: Mann-Kendall and its relatives, change points, persistence.

use std::sync::Arc;

use super::{Builder, FileKind, Operand};
use crate::chain::TrendTest;
use crate::chain::catalogue::{describe_unit_of_slope, long_name};
use crate::kernels::abi::Kernel;
use crate::kernels::statistics::{
    Hurst, Lag1, MannKendall, MkHamedRao, MkPrewhitened, MkSequential, MkTfpw, MkYueWang,
    OlsEffective, Pettitt, TheilSen, TwoSegment,
};

impl Builder<'_> {
    /// The tests of the trend of `name`, beyond ordinary least squares.
    pub(super) fn tests_of_trend(&mut self, name: &str) {
        for test in self.recipe.tests.clone() {
            match test {
                // With its files in `trend`.
                TrendTest::Ols => {}
                TrendTest::Sen => self.theil_sen(name),
                TrendTest::Mk => self.mann_kendall(name),
                TrendTest::Lag1 => self.lag1(name),
                TrendTest::MkPrewhitened
                | TrendTest::MkTfpw
                | TrendTest::MkTfpwSignificant
                | TrendTest::MkHamedRao
                | TrendTest::MkYueWang
                | TrendTest::MkYueWangAll => self.serial_mann_kendall(name, test),
                TrendTest::OlsEffective => self.ols_effective(name),
                TrendTest::Pettitt => self.pettitt(name),
                TrendTest::MkSequential => self.mk_sequential(name),
                TrendTest::TwoSegment => self.two_segment(name),
                TrendTest::Hurst => self.hurst(name),
            }
        }
    }

    /// Layers `stem_WHAT` of the series `name`, then those of the decisions in `f64`.
    fn test_stage(
        &mut self,
        kernel: Arc<dyn Kernel>,
        inputs: Vec<Operand>,
        name: &str,
        stem: &str,
        whats: &[(&str, &str)],
    ) -> Vec<usize> {
        let with_decisions = kernel.outputs().len() > whats.len();
        let decisions: &[(&str, &str)] = if with_decisions {
            &[("margin", "1"), ("flags", "1")]
        } else {
            &[]
        };
        let names = whats
            .iter()
            .chain(decisions)
            .map(|(what, unit)| (format!("{stem}_{what}"), (*unit).to_owned()));
        self.stage(kernel, inputs, name, names.collect())
    }

    /// The layer of the Theil-Sen slope, which many tests take out of the series first.
    fn sen_layers(&mut self, name: &str) -> Vec<usize> {
        let stem = format!("{name}_sen");
        if let Some(first) = self.layers.iter().position(|layer| layer.name == stem) {
            return (first..first + 5).collect();
        }
        let kernel = TheilSen::new(self.recipe.min_years, self.n_years(), self.recipe.alpha);
        let (operand, unit) = self.series[name].clone();
        let per_year = describe_unit_of_slope(&unit);
        let names = vec![
            (stem.clone(), per_year.clone()),
            (format!("{stem}_low"), per_year.clone()),
            (format!("{stem}_high"), per_year),
            (format!("{stem}_intercept"), unit),
            (format!("{stem}_flags"), "1".to_owned()),
        ];
        self.stage(Arc::new(kernel), vec![operand], name, names)
    }

    fn theil_sen(&mut self, name: &str) {
        let outputs = self.sen_layers(name);
        let long = long_name(name);
        let (level, first) = (100.0 * (1.0 - self.recipe.alpha), self.recipe.years.first);
        self.map(
            outputs[0],
            format!(
                "Theil-Sen slope of {long}, the median of the slopes between all pairs of years"
            ),
        );
        self.map(
            outputs[1],
            format!(
                "Lower end of the {level} % confidence interval of the Theil-Sen slope of {long}"
            ),
        );
        self.map(
            outputs[2],
            format!(
                "Upper end of the {level} % confidence interval of the Theil-Sen slope of {long}"
            ),
        );
        self.map(
            outputs[3],
            format!("Value of the Theil-Sen line of {long} in {first}"),
        );
    }

    fn mann_kendall(&mut self, name: &str) {
        let kernel = MannKendall {
            min_years: self.recipe.min_years,
            n_years: self.n_years(),
        };
        let operand = self.series[name].0;
        let names =
            ["s", "z", "p", "tau"].map(|what| (format!("{name}_mk_{what}"), "1".to_owned()));
        let outputs = self.stage(Arc::new(kernel), vec![operand], name, names.to_vec());
        let long = long_name(name);
        self.map(
            outputs[0],
            format!("Mann-Kendall S of {long}: rising pairs of years less falling ones"),
        );
        self.map(outputs[1], format!("Mann-Kendall Z of {long}"));
        self.map(
            outputs[2],
            format!("Two-sided p of the Mann-Kendall test of {long}"),
        );
        self.map(
            outputs[3],
            format!("Kendall's tau-b of {long} with the years"),
        );
    }

    /// A series and its Theil-Sen slope.
    fn with_sen(&mut self, name: &str) -> Vec<Operand> {
        let sen = self.sen_layers(name)[0];
        vec![self.series[name].0, Operand::Layer(sen)]
    }

    fn lag1(&mut self, name: &str) {
        let kernel = Lag1 {
            min_years: self.recipe.min_years,
            n_years: self.n_years(),
        };
        let inputs = self.with_sen(name);
        let stem = format!("{name}_lag1");
        let names = ["", "_margin", "_flags"].map(|what| (format!("{stem}{what}"), "1".to_owned()));
        let outputs = self.stage(Arc::new(kernel), inputs, name, names.to_vec());
        let long = long_name(name);
        self.map(
            outputs[0],
            format!("Correlation of {long} with the year before, without its Theil-Sen trend"),
        );
    }

    /// Mann-Kendall for years that are not independent, in one of its forms.
    fn serial_mann_kendall(&mut self, name: &str, test: TrendTest) {
        let (min_years, n_years) = (self.recipe.min_years, self.n_years());
        let min_factor = self.recipe.trend_options.min_variance_factor;
        let tfpw = |only_if_significant| MkTfpw {
            min_years,
            n_years,
            only_if_significant,
        };
        let yue_wang = |all_lags| MkYueWang {
            min_years,
            n_years,
            all_lags,
            min_factor,
        };
        let (kernel, what): (Arc<dyn Kernel>, &str) = match test {
            TrendTest::MkPrewhitened => (
                Arc::new(MkPrewhitened { min_years, n_years }),
                "after pre-whitening",
            ),
            TrendTest::MkTfpw => (Arc::new(tfpw(false)), "after trend-free pre-whitening"),
            TrendTest::MkTfpwSignificant => (
                Arc::new(tfpw(true)),
                "after trend-free pre-whitening where the autocorrelation is significant",
            ),
            TrendTest::MkHamedRao => (
                Arc::new(MkHamedRao {
                    min_years,
                    n_years,
                    min_factor,
                }),
                "with the variance of Hamed and Rao",
            ),
            TrendTest::MkYueWangAll => (
                Arc::new(yue_wang(true)),
                "with the variance of Yue and Wang, all lags (unsafe: rejects white noise)",
            ),
            _ => (
                Arc::new(yue_wang(false)),
                "with the variance of Yue and Wang, first lag",
            ),
        };
        let inputs = if kernel.inputs().len() == 1 {
            vec![self.series[name].0]
        } else {
            self.with_sen(name)
        };
        let stem = format!("{name}_{}", test.as_str().replace('-', "_"));
        let outputs = self.test_stage(kernel, inputs, name, &stem, &[("z", "1"), ("p", "1")]);
        let long = long_name(name);
        self.map(outputs[0], format!("Mann-Kendall Z of {long} {what}"));
        self.map(
            outputs[1],
            format!("Two-sided p of the Mann-Kendall test of {long} {what}"),
        );
    }

    fn ols_effective(&mut self, name: &str) {
        let kernel = OlsEffective {
            min_years: self.recipe.min_years,
            n_years: self.n_years(),
        };
        let inputs = vec![self.series[name].0];
        let stem = format!("{name}_effective");
        let outputs = self.test_stage(
            Arc::new(kernel),
            inputs,
            name,
            &stem,
            &[("n", "1"), ("p", "1")],
        );
        let long = long_name(name);
        self.map(
            outputs[0],
            format!(
                "Independent years that tell as much of the trend of {long} as its valid years"
            ),
        );
        self.map(
            outputs[1],
            format!("Two-sided p of the linear trend of {long} with the effective number of years"),
        );
    }

    fn pettitt(&mut self, name: &str) {
        let first_year = self.recipe.years.first;
        let kernel = Pettitt {
            min_years: self.recipe.min_years,
            n_years: self.n_years(),
            first_year,
        };
        let inputs = vec![self.series[name].0];
        let stem = format!("{name}_pettitt");
        let outputs = self.test_stage(
            Arc::new(kernel),
            inputs,
            name,
            &stem,
            &[("year", "year"), ("p", "1")],
        );
        let long = long_name(name);
        self.map(
            outputs[0],
            format!("Last year of the first part of {long}, by Pettitt's change point"),
        );
        self.map(
            outputs[1],
            format!("Approximate p of Pettitt's change point of {long}"),
        );
    }

    fn mk_sequential(&mut self, name: &str) {
        let first_year = self.recipe.years.first;
        let kernel = MkSequential {
            min_years: self.recipe.min_years,
            n_years: self.n_years(),
            first_year,
        };
        let inputs = vec![self.series[name].0];
        let stem = format!("{name}_mk");
        let whats = [
            "uf",
            "ub",
            "sequential_year",
            "sequential_margin",
            "sequential_flags",
        ];
        let unit = |what: &str| if what.ends_with("year") { "year" } else { "1" }.to_owned();
        let names = whats.map(|what| (format!("{stem}_{what}"), unit(what)));
        let outputs = self.stage(Arc::new(kernel), inputs, name, names.to_vec());
        let long = long_name(name);
        let curves = [
            (
                outputs[0],
                "Sequential Mann-Kendall of the years up to each",
                "uf",
            ),
            (
                outputs[1],
                "Sequential Mann-Kendall of the years from each on",
                "ub",
            ),
        ];
        for (layer, what, curve) in curves {
            self.file(
                format!("stacks/{stem}_{curve}"),
                layer,
                format!("{what}, {long}"),
                FileKind::Values,
            );
        }
        self.map(
            outputs[2],
            format!("First year in which the sequential Mann-Kendall curves of {long} meet within 1.96 of 0"),
        );
    }

    fn two_segment(&mut self, name: &str) {
        let first_year = self.recipe.years.first;
        let kernel = TwoSegment {
            min_years: self.recipe.min_years,
            n_years: self.n_years(),
            first_year,
        };
        let (operand, unit) = self.series[name].clone();
        let per_year = describe_unit_of_slope(&unit);
        let whats = [
            ("year", "year"),
            ("slope_before", &*per_year),
            ("slope_after", &*per_year),
            ("p", "1"),
        ];
        let outputs = self.test_stage(
            Arc::new(kernel),
            vec![operand],
            name,
            &format!("{name}_segment"),
            &whats,
        );
        let long = long_name(name);
        self.map(
            outputs[0],
            format!("Year in which the trend of {long} changes, by the best line of two segments"),
        );
        self.map(outputs[1], format!("Slope of {long} before that year"));
        self.map(outputs[2], format!("Slope of {long} after that year"));
        self.map(
            outputs[3],
            format!("Naive p of the second segment of {long}: the year is searched for, so that p is too small"),
        );
    }

    fn hurst(&mut self, name: &str) {
        let rule = self.recipe.trend_options.hurst;
        let kernel = Hurst::new(self.recipe.min_years, self.n_years(), rule);
        let inputs = vec![self.series[name].0];
        let stem = format!("{name}_hurst");
        let names = ["", "_null", "_p", "_margin", "_flags"]
            .map(|what| (format!("{stem}{what}"), "1".to_owned()));
        let outputs = self.stage(Arc::new(kernel), inputs, name, names.to_vec());
        let long = long_name(name);
        self.map(
            outputs[0],
            format!(
                "Hurst exponent of {long} by rescaled ranges; compare it with {stem}_null, not 0.5"
            ),
        );
        self.map(
            outputs[1],
            "Hurst exponent that 95 of 100 series of white noise of as many years stay under"
                .to_owned(),
        );
        self.map(
            outputs[2],
            format!(
                "Share of white noise of as many years with at least the Hurst exponent of {long}"
            ),
        );
    }
}
