//! The table of a calibration as a file.

use std::fmt::Write as _;

use super::calibration::Calibration;

/// Text of `tables/calibration.csv`: `variable`, `noise`, `lag1` (mean), `slope_sd_per_decade`, `test`,
/// `alpha`, `series`, `rate`, `standard_error`.
#[must_use]
pub fn calibration_csv(calibrations: &[Calibration]) -> String {
    let mut text =
        "variable,noise,lag1,slope_sd_per_decade,test,alpha,series,rate,standard_error\n"
            .to_owned();
    for calibration in calibrations {
        let variable = calibration.of.as_deref().unwrap_or_default();
        for rate in &calibration.rates {
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{variable},{},{:.4},{},{},{},{},{:.6},{:.6}",
                rate.noise,
                rate.lag1,
                rate.slope_sd_per_decade,
                rate.test,
                calibration.alpha,
                rate.series,
                rate.rate,
                rate.standard_error
            );
        }
    }
    text
}
