//! What drivers explain of annual series in memory, and the split of its trend.

use std::collections::BTreeMap;

use ndarray::ArrayView3;

use super::compute::{compute, input_of, min_years_of};
use super::element::Element;
use super::error::ArraysError;
use super::layers::{Layers, SERIES};
use super::on::On;
use super::tiles::Level;
use super::wanted::chain_of;
use crate::calendar::Years;
use crate::chain::{Correlation, Recipe, Sensitivity, TrendTest};
use crate::tile::Decoding;

/// Regression of series in memory on drivers, their partial correlations, and the trend split into what the drivers explain
/// and the rest.
///
/// ```
/// use doline::arrays::DriversOf;
/// use doline::calendar::Years;
/// use ndarray::Array3;
///
/// let years = Years { first: 2001, last: 2020 };
/// let rain = Array3::from_shape_fn((20, 1, 2), |(year, _, _)| ((year * 7) % 11) as f64);
/// let noise = |year: usize| ((year * year * 5) % 13) as f64 - 6.0;
/// let series = Array3::from_shape_fn((20, 1, 2), |(year, y, x)| 3.0 * rain[[year, y, x]] + noise(year));
/// let found = DriversOf::new(years).run(&series.view(), &[("rain", rain.view())], &mut |_| true)?;
/// assert!((found.map("coef_rain").expect("the regression")[[0, 1]] - 3.0).abs() < 0.5);
/// assert!(found.map("raw/slope_human").is_some());
/// # Ok::<(), doline::arrays::ArraysError>(())
/// ```
#[derive(Clone, Debug)]
pub struct DriversOf {
    /// The years of the first axis, one after the other.
    pub years: Years,
    /// Valid years that a series needs; three quarters of the years by default.
    pub min_years: Option<u32>,
    /// Which partial correlation.
    pub correlation: Correlation,
    /// How the attribution learns the sensitivities; `raw` and `detrended` by default.
    pub sensitivities: Vec<Sensitivity>,
    /// Units of the drivers by name, and of the series as `series`, from which those of the results follow; `1` where there is none.
    pub units: BTreeMap<String, String>,
    /// The results that are made, by name; all where none are named.
    pub wanted: Option<Vec<String>>,
    /// What computes.
    pub on: On,
}

impl DriversOf {
    /// Those of a study that states nothing, on the CPU.
    #[must_use]
    pub fn new(years: Years) -> Self {
        Self {
            years,
            min_years: None,
            correlation: Correlation::Pearson,
            sensitivities: Sensitivity::DEFAULT.to_vec(),
            units: BTreeMap::new(),
            wanted: None,
            on: On::default(),
        }
    }

    /// What `drivers` explain of `series`; all are `[year, y, x]` and of one shape.
    ///
    /// # Arguments
    ///
    /// * `drivers` - with the names that results have, such as `partial_rain`.
    /// * `goes_on` - gets the share of pixels that is done, and says whether to go on.
    ///
    /// # Errors
    ///
    /// Arrays differ in their shape or their years, there are too few years, a name is not possible, there are more drivers than
    /// the kernels take, a result is not made, or the engine fails.
    pub fn run<T: Element>(
        &self,
        series: &ArrayView3<'_, T>,
        drivers: &[(&str, ArrayView3<'_, T>)],
        goes_on: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Layers, ArraysError> {
        let identity = Decoding::identity();
        let mut inputs = vec![input_of(SERIES, series, self.years, &identity)?];
        let mut arrays = vec![series.view()];
        for (name, driver) in drivers {
            if name.is_empty()
                || name.contains('/')
                || inputs.iter().any(|known| known.name == *name)
            {
                return Err(ArraysError::Name((*name).to_owned()));
            }
            inputs.push(input_of(name, driver, self.years, &identity)?);
            arrays.push(driver.view());
        }
        for input in &mut inputs {
            if let Some(unit) = self.units.get(&input.name) {
                input.unit.clone_from(unit);
            }
        }
        let names = drivers.iter().map(|(name, _)| (*name).to_owned());
        let recipe = Recipe::of_series(self.years, inputs);
        let recipe = Recipe {
            trend_of: Some(vec![SERIES.to_owned()]),
            tests: vec![TrendTest::Ols],
            response: SERIES.to_owned(),
            predictors: Some(names.collect()),
            correlation: self.correlation,
            sensitivities: self.sensitivities.clone(),
            attribution_stated: !self.sensitivities.is_empty(),
            min_years: min_years_of(self.min_years, recipe.min_years, self.years)?,
            ..recipe
        };
        let chain = chain_of(&recipe, self.wanted.as_deref())?;
        compute(chain, &arrays, Level::TakenOut, &self.on, goes_on)
    }
}
