//! Warming, wetting and brightening, by the climate that the study has.

use std::sync::Arc;

use crate::chain::error::ChainError;
use crate::chain::stage::Operand;
use crate::kernels::attribution::{ClimateRegime, regime_bits};
use crate::kernels::trend_tests::TrendTest;

use super::builder::Builder;
use super::outputs::Subject;

impl Builder<'_> {
    /// The signs of the linear trends of temperature, precipitation and radiation.
    pub(super) fn climate_regime(&mut self) -> Result<(), ChainError> {
        let mut there = regime_bits().to_vec();
        there.retain(|(name, _)| self.series.contains_key(*name));
        if there.is_empty() {
            return Ok(());
        }
        let (mut slopes, mut r2) = (Vec::new(), Vec::new());
        for (name, _) in &there {
            let line = self.test_of_trend(TrendTest::Ols, name)?;
            slopes.push(Operand::Layer(line["slope"]));
            r2.push(Operand::Layer(line["r2"]));
        }
        let kernel = ClimateRegime {
            bits: there.iter().map(|(_, bit)| *bit).collect(),
        };
        let subject = Subject::series("climate").with_stem("climate_regime".to_owned());
        let outputs = self.stage(Arc::new(kernel), [slopes, r2].concat(), subject);
        self.file(&outputs, "class");
        Ok(())
    }
}
