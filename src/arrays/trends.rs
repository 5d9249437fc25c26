//! Trends of annual series in memory.

use ndarray::ArrayView3;

use super::compute::{compute, input_of, min_years_of};
use super::element::Element;
use super::error::ArraysError;
use super::layers::{Layers, SERIES};
use super::on::On;
use super::tiles::Level;
use super::wanted::chain_of;
use crate::calendar::Years;
use crate::chain::{Recipe, TrendOptions, TrendTest};
use crate::tile::{Decoding, InputSpec};

/// Which trends of series in memory.
///
/// ```
/// use doline::arrays::TrendsOf;
/// use doline::calendar::Years;
/// use ndarray::Array3;
///
/// // Twenty years of 2 x 3 pixels that rise by 0.5 a year, near 300.
/// let series = Array3::from_shape_fn((20, 2, 3), |(year, _, _)| 300.0 + 0.5 * year as f64);
/// let years = Years { first: 2001, last: 2020 };
/// let trends = TrendsOf::new(years).run(&series.view(), &mut |_| true)?;
/// let slope = trends.map("slope").expect("least squares are a default");
/// assert!((slope[[1, 2]] - 0.5).abs() < 1e-6);
/// assert!((trends.map("mean").expect("with the slope")[[0, 0]] - 304.75).abs() < 1e-4);
/// # Ok::<(), doline::arrays::ArraysError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TrendsOf {
    /// The years of the first axis, one after the other; a year without data is a year of NaN.
    pub years: Years,
    /// Tests and estimates; least squares, Theil-Sen and Mann-Kendall by default.
    pub tests: Vec<TrendTest>,
    /// Their options.
    pub options: TrendOptions,
    /// Valid years that a series needs; three quarters of the years by default.
    pub min_years: Option<u32>,
    /// One minus the level of confidence intervals.
    pub alpha: f64,
    /// The unit of the series, from which those of the results follow; `1` by default.
    pub unit: String,
    /// What stored numbers mean; the identity for values.
    pub decoding: Decoding,
    /// The results that are made, by name; all where none are named.
    pub wanted: Option<Vec<String>>,
    /// What computes.
    pub on: On,
}

impl TrendsOf {
    /// Those of the default tests, on the CPU.
    #[must_use]
    pub fn new(years: Years) -> Self {
        Self {
            years,
            tests: TrendTest::DEFAULT.to_vec(),
            options: TrendOptions::default(),
            min_years: None,
            alpha: 0.05,
            unit: "1".to_owned(),
            decoding: Decoding::identity(),
            wanted: None,
            on: On::default(),
        }
    }

    /// The trends of `series`, `[year, y, x]`, in any order in memory; NaN and infinities are missing.
    ///
    /// # Arguments
    ///
    /// * `goes_on` - gets the share of pixels that is done, and says whether to go on.
    ///
    /// # Errors
    ///
    /// The first axis is not the years, there are too few of them, an array of `f64` has a decoding, a result is not made, or
    /// the engine fails.
    pub fn run<T: Element>(
        &self,
        series: &ArrayView3<'_, T>,
        goes_on: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Layers, ArraysError> {
        let input = InputSpec {
            unit: self.unit.clone(),
            ..input_of(SERIES, series, self.years, &self.decoding)?
        };
        let recipe = Recipe::of_series(self.years, vec![input]);
        let recipe = Recipe {
            trend_of: Some(vec![SERIES.to_owned()]),
            tests: self.tests.clone(),
            trend_options: self.options,
            alpha: self.alpha,
            min_years: min_years_of(self.min_years, recipe.min_years, self.years)?,
            ..recipe
        };
        let chain = chain_of(&recipe, self.wanted.as_deref())?;
        compute(chain, &[series.view()], Level::TakenOut, &self.on, goes_on)
    }
}
