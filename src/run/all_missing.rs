//! Respiration that is missing in every pixel and year, though its inputs have values.

use crate::error::Error;
use crate::study::Study;

use super::record::Gathered;

/// Refuses coefficients that leave no respiration anywhere; where the study states none, it is a warning.
///
/// # Errors
///
/// The coefficients that the study states.
pub(super) fn check_respiration(study: &Study, gathered: &mut Gathered) -> Result<(), Error> {
    let series = gathered.series.iter();
    let missing = series.filter(|series| {
        let is_modelled = matches!(series.variable.as_str(), "rs" | "rh");
        is_modelled && series.mean.is_none() && study.input(&series.variable).is_none()
    });
    let missing: Vec<&str> = missing.map(|series| series.variable.as_str()).collect();
    if missing.is_empty() || gathered.pixels_inside == 0 {
        return Ok(());
    }
    let series = missing.join(" and ");
    let stated = &study.respiration.parameters;
    if stated.is_empty() {
        gathered.warnings.push(format!(
            "{series}: missing in every pixel and year; its inputs have no pixel in common, or leave every year \
             incomplete: compare them with doline inspect"
        ));
        return Ok(());
    }
    let stated = stated
        .iter()
        .map(|(name, value)| format!("{name} = {value:e}"));
    Err(Error::NoRespiration {
        series,
        coefficients: stated.collect::<Vec<_>>().join(", "),
    })
}
