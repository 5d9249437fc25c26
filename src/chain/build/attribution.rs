//! How much of the response's trend its drivers explain, by each sensitivity.

use std::fmt::Write as _;
use std::sync::Arc;

use super::drivers::Regressed;
use super::{AttributionSpec, Builder, ChainError, FileKind, Kernel, Operand, Sensitivity};
use crate::chain::AttributionLayers;
use crate::chain::catalogue::{describe_unit_of_slope, long_name, unit_of_quotient};
use crate::kernels::attribution::{
    AGREEMENT_CLASSES, Agreement, Attribution, ClimateRegime, DOMINANT_CLASSES, DRIVER_CLASSES,
    DriverSlopes, SensitivityBaseline, SensitivityDetrended, SensitivityFirstDifference,
    least_baseline_years, regime_bits,
};
use crate::kernels::statistics::Ols;
use crate::kernels::statistics::ols::port;

/// Layers of the coefficients, of the variance inflations and of the flags of a sensitivity.
struct Fitted {
    coef: Vec<usize>,
    vif: Vec<usize>,
    flags: usize,
}

/// Layers of the trends over complete years.
struct Trends {
    /// The observed trend, of all valid years.
    observed: usize,
    response: usize,
    half_range: usize,
    drivers: Vec<usize>,
}

impl Builder<'_> {
    /// Attributes the trend of the response by every sensitivity of the study.
    pub(super) fn attribution(&mut self, regression: Option<Regressed>) -> Result<(), ChainError> {
        let Some(regression) = regression else {
            return self.explain_no_attribution();
        };
        self.check_baseline(regression.predictors.len())?;
        let response = self.recipe.response.clone();
        let unit = describe_unit_of_slope(&regression.unit);
        let trends = self.trends_of_complete_years(&regression, &response);
        let weights = self.bootstrap_weights()?;
        let mut by = Vec::new();
        let mut margins = Vec::new();
        for sensitivity in self.recipe.sensitivities.clone() {
            let fit = self.sensitivity(sensitivity, &regression, &response);
            let (mut layers, margin) =
                self.attribution_by(sensitivity, &regression.predictors, &trends, &fit, &unit);
            if let Some(weights) = weights.as_ref().filter(|_| sensitivity.has_bootstrap()) {
                layers.replicates = Some(self.replicates(sensitivity, &regression, weights, &unit));
            }
            by.push(layers);
            margins.push(margin);
        }
        let agreement = self.agreement(&by, &margins, &response);
        let regime = self.layer("climate_regime").filter(|_| {
            let is_there = |name: &str| self.series.contains_key(name);
            is_there("precipitation") && is_there("radiation")
        });
        let predictors = regression.predictors;
        let bootstrap = self
            .recipe
            .bootstrap
            .filter(|_| by.iter().any(|by| by.replicates.is_some()));
        let observed = trends.observed;
        self.attribution = Some(AttributionSpec {
            response,
            unit,
            predictors,
            observed,
            by,
            regime,
            agreement,
            bootstrap,
        });
        Ok(())
    }

    /// Nothing where the study did not ask; where it did, what is lacking.
    fn explain_no_attribution(&self) -> Result<(), ChainError> {
        if !self.recipe.attribution_stated && self.recipe.bootstrap.is_none() {
            return Ok(());
        }
        let response = &self.recipe.response;
        let problem = match self.require("attribution.sensitivity", response) {
            Err(ChainError::LacksInput { missing, .. }) => format!(
                "needs the trend of {response:?}, which needs {}; add [inputs.{}] to the study, or name another drivers.response",
                missing.join(" and "),
                missing[0]
            ),
            Err(other) => return Err(other),
            Ok(_) => {
                "needs a driver: add [inputs.temperature], [inputs.precipitation] or [inputs.radiation] to the study, \
                      or name inputs in drivers.predictors"
                    .to_owned()
            }
        };
        Err(ChainError::Attribution { problem })
    }

    /// A baseline too short for a regression on all drivers would leave every map empty.
    fn check_baseline(&self, n_predictors: usize) -> Result<(), ChainError> {
        for sensitivity in &self.recipe.sensitivities {
            let Sensitivity::Baseline(years) = *sensitivity else {
                continue;
            };
            let least = least_baseline_years(years, n_predictors);
            if years.count() < least {
                let problem = format!(
                    "has a baseline of {} years, {} to {}; a regression on {n_predictors} drivers needs at least {least}",
                    years.count(),
                    years.first,
                    years.last
                );
                return Err(ChainError::Attribution { problem });
            }
        }
        Ok(())
    }

    /// The place of a layer by its name.
    pub(super) fn layer(&self, name: &str) -> Option<usize> {
        self.layers.iter().position(|layer| layer.name == name)
    }

    /// Layers of the linear trend of `name`: as the study asks for it, or made here without files.
    fn ols_layers(&mut self, name: &str) -> [usize; 2] {
        let what = ["slope", "r2"];
        if let [Some(slope), Some(r2)] = what.map(|what| self.layer(&format!("{name}_{what}"))) {
            return [slope, r2];
        }
        let (operand, unit) = self.series[name].clone();
        let names = ["slope", "intercept", "r2", "p", "n", "class", "flags"]
            .into_iter()
            .map(|what| {
                let unit = match what {
                    "slope" => describe_unit_of_slope(&unit),
                    "intercept" => unit.clone(),
                    _ => "1".to_owned(),
                };
                (format!("{name}_{what}"), unit)
            });
        let names = names.collect();
        let kernel = Ols {
            min_years: self.recipe.min_years,
            n_years: self.n_years(),
        };
        let outputs = self.stage(Arc::new(kernel), vec![operand], name, names);
        [outputs[port::SLOPE], outputs[port::R2]]
    }

    fn trends_of_complete_years(&mut self, regression: &Regressed, response: &str) -> Trends {
        let [observed, _] = self.ols_layers(response);
        let n_predictors = regression.predictors.len();
        let slope = |name: &str, unit: &str| {
            (
                format!("complete/{name}_slope"),
                describe_unit_of_slope(unit),
            )
        };
        let names = std::iter::once(slope(response, &regression.unit))
            .chain(
                regression
                    .predictors
                    .iter()
                    .map(|d| slope(d, &self.series[d].1)),
            )
            .chain([(
                format!("complete/{response}_half_range"),
                regression.unit.clone(),
            )])
            .collect();
        let kernel = DriverSlopes {
            min_years: self.recipe.min_years,
            n_predictors,
        };
        let outputs = self.stage(Arc::new(kernel), regression.inputs.clone(), response, names);
        Trends {
            observed,
            response: outputs[0],
            half_range: outputs[n_predictors + 1],
            drivers: outputs[1..=n_predictors].to_vec(),
        }
    }

    /// The coefficients by a sensitivity; the raw ones are those of the regression.
    fn sensitivity(
        &mut self,
        sensitivity: Sensitivity,
        regression: &Regressed,
        response: &str,
    ) -> Fitted {
        let n_predictors = regression.predictors.len();
        let (years, min_years) = (self.recipe.years, self.recipe.min_years);
        let kernel: Arc<dyn Kernel> = match sensitivity {
            Sensitivity::Raw => {
                let Regressed {
                    coef, vif, flags, ..
                } = regression;
                return Fitted {
                    coef: coef.clone(),
                    vif: vif.clone(),
                    flags: *flags,
                };
            }
            Sensitivity::Detrended => Arc::new(SensitivityDetrended {
                min_years,
                n_predictors,
            }),
            Sensitivity::FirstDifference => Arc::new(SensitivityFirstDifference {
                min_years,
                n_predictors,
            }),
            Sensitivity::Baseline(baseline) => Arc::new(SensitivityBaseline {
                years,
                baseline,
                n_predictors,
            }),
        };
        let folder = sensitivity.folder();
        let name = |what: &str, d: &str| format!("{folder}/{response}_{what}_{d}");
        let coef = regression.predictors.iter().map(|d| {
            (
                name("coef", d),
                unit_of_quotient(&regression.unit, &self.series[d].1),
            )
        });
        let names: Vec<(String, String)> = coef
            .chain(
                regression
                    .predictors
                    .iter()
                    .map(|d| (name("vif", d), "1".to_owned())),
            )
            .chain([(
                format!("{folder}/{response}_sensitivity_flags"),
                "1".to_owned(),
            )])
            .collect();
        let outputs = self.stage(kernel, regression.inputs.clone(), response, names);
        let (long, how) = (long_name(response), sensitivity.describe());
        for (d, &layer) in regression.predictors.iter().zip(&outputs) {
            self.map(
                layer,
                format!("Change of {long} with {}; {how}", long_name(d)),
            );
        }
        Fitted {
            coef: outputs[..n_predictors].to_vec(),
            vif: outputs[n_predictors..2 * n_predictors].to_vec(),
            flags: outputs[2 * n_predictors],
        }
    }

    /// The attribution by one sensitivity, and how near its classes are to others.
    fn attribution_by(
        &mut self,
        sensitivity: Sensitivity,
        predictors: &[String],
        trends: &Trends,
        fit: &Fitted,
        unit: &str,
    ) -> (AttributionLayers, usize) {
        let response = self.recipe.response.clone();
        let folder = sensitivity.folder();
        let k = predictors.len();
        let first = [
            trends.observed,
            trends.response,
            trends.half_range,
            fit.flags,
        ];
        let inputs = first
            .iter()
            .chain(&fit.coef)
            .chain(&fit.vif)
            .chain(&trends.drivers);
        let inputs: Vec<Operand> = inputs.map(|&layer| Operand::Layer(layer)).collect();
        let named =
            |what: &str, unit: &str| (format!("{folder}/{response}_{what}"), unit.to_owned());
        let names = ["climate", "human"]
            .into_iter()
            .chain(predictors.iter().map(String::as_str))
            .map(|part| named(&format!("slope_{part}"), unit))
            .chain([
                named("driver_class", "1"),
                named("share_climate", "%"),
                named("share_human", "%"),
                named("dominant", "1"),
                named("dominant_factor", "1"),
                named("attribution_margin", "1"),
                named("attribution_flags", "1"),
            ])
            .collect();
        let outputs = self.stage(
            Arc::new(Attribution { n_predictors: k }),
            inputs,
            &response,
            names,
        );
        self.attribution_maps(sensitivity, predictors, &outputs);
        let class = 2 + k;
        let layers = AttributionLayers {
            sensitivity,
            climate: outputs[0],
            human: outputs[1],
            parts: outputs[2..class].to_vec(),
            class: outputs[class],
            dominant: outputs[class + 3],
            replicates: None,
        };
        (layers, outputs[class + 5])
    }

    /// The maps of an attribution, in the folder of its sensitivity.
    fn attribution_maps(
        &mut self,
        sensitivity: Sensitivity,
        predictors: &[String],
        outputs: &[usize],
    ) {
        let how = sensitivity.describe();
        let long = long_name(&self.recipe.response);
        let class = 2 + predictors.len();
        self.map(
            outputs[0],
            format!("Trend of {long} that the drivers explain; {how}"),
        );
        self.map(
            outputs[1],
            format!("Trend of {long} that the drivers do not explain; {how}"),
        );
        for (d, &layer) in predictors.iter().zip(&outputs[2..]) {
            self.map(
                layer,
                format!("Trend of {long} that {} explains; {how}", long_name(d)),
            );
        }
        self.map(
            outputs[class + 1],
            format!("Share of the drivers in the trend of {long}; {how}"),
        );
        self.map(
            outputs[class + 2],
            format!("Share of people in the trend of {long}; {how}"),
        );
        let mut classes = |place: usize, what: &str, kind: FileKind| {
            let path = format!("maps/{}", self.layers[outputs[place]].name);
            self.file(path, outputs[place], format!("{what}; {how}"), kind);
        };
        classes(
            class,
            &format!("What moves the trend of {long}"),
            FileKind::Classes(&DRIVER_CLASSES),
        );
        classes(
            class + 3,
            &format!("What has more than half of the trend of {long}: 1 climate, 2 people"),
            FileKind::Classes(&DOMINANT_CLASSES),
        );
        let names = (1..).zip(predictors).map(|(place, d)| (place, d.clone()));
        let labels = std::iter::once((0, "none".to_owned()))
            .chain(names)
            .collect();
        classes(
            class + 4,
            &format!("The driver with the largest part in the trend of {long}"),
            FileKind::Labelled(labels),
        );
    }

    /// Whether all sensitivities name the same dominant part, where there are several.
    fn agreement(
        &mut self,
        by: &[AttributionLayers],
        margins: &[usize],
        response: &str,
    ) -> Option<usize> {
        if by.len() < 2 {
            return None;
        }
        let layers = by
            .iter()
            .map(|by| by.dominant)
            .chain(margins.iter().copied());
        let inputs: Vec<Operand> = layers.map(Operand::Layer).collect();
        let names = ["agreement", "agreement_margin", "agreement_flags"]
            .map(|what| (format!("{response}_attribution_{what}"), "1".to_owned()))
            .to_vec();
        let kernel = Agreement {
            n_sensitivities: by.len(),
        };
        let outputs = self.stage(Arc::new(kernel), inputs, response, names);
        let words: Vec<&str> = by.iter().map(|by| by.sensitivity.folder()).collect();
        let description = format!(
            "What has more than half of the trend of {} by {}: 1 climate by all, 2 people by all, 3 they contradict each other",
            long_name(response),
            words.join(", ")
        );
        let path = format!("maps/{response}_attribution_agreement");
        self.file(
            path,
            outputs[0],
            description,
            FileKind::Classes(&AGREEMENT_CLASSES),
        );
        Some(outputs[0])
    }

    /// Warming, wetting and brightening, by the climate that the study has.
    pub(super) fn climate_regime(&mut self) {
        let (there, lacking): (Vec<_>, Vec<_>) = regime_bits()
            .into_iter()
            .partition(|(name, _)| self.series.contains_key(*name));
        if there.is_empty() {
            return;
        }
        let (slopes, r2): (Vec<usize>, Vec<usize>) = there
            .iter()
            .map(|(name, _)| {
                let [slope, r2] = self.ols_layers(name);
                (slope, r2)
            })
            .unzip();
        let inputs = slopes.into_iter().chain(r2).map(Operand::Layer).collect();
        let names = ["", "_least_r2", "_flags"]
            .map(|what| (format!("climate_regime{what}"), "1".to_owned()));
        let kernel = ClimateRegime {
            bits: there.iter().map(|(_, bit)| *bit).collect(),
        };
        let outputs = self.stage(Arc::new(kernel), inputs, "climate", names.to_vec());
        let mut description =
            "Signs of the linear trends of the climate: 1 warming + 2 wetting + 4 brightening"
                .to_owned();
        for (name, bit) in &lacking {
            // Writing to a String cannot fail.
            let _ = write!(description, "; {name} is not in this study, bit {bit} is 0");
        }
        let labels = FileKind::Labelled(regime_labels(&there));
        self.file(
            "maps/climate_regime".to_owned(),
            outputs[0],
            description,
            labels,
        );
    }

    /// Leaves the attributions of which a map is wanted, and none where none is.
    pub(super) fn keep_wanted_attributions(&mut self) {
        let Some(spec) = &mut self.attribution else {
            return;
        };
        let is_wanted = |by: &AttributionLayers| {
            let folder = format!("maps/{}/", by.sensitivity.folder());
            self.files.iter().any(|file| file.path.starts_with(&folder))
        };
        spec.by.retain(is_wanted);
        if spec.by.len() < 2 {
            spec.agreement = None;
        }
        if spec.by.is_empty() {
            self.attribution = None;
        }
    }
}

/// The codes that these drivers can give, with their labels.
fn regime_labels(there: &[(&'static str, u8)]) -> Vec<(u8, String)> {
    let words = |name: &str| match name {
        "temperature" => ["cooling", "warming"],
        "precipitation" => ["drying", "wetting"],
        _ => ["dimming", "brightening"],
    };
    let codes = 0_u8..1 << there.len();
    let label = |code: u8| {
        let rises = |place: usize| usize::from(code >> place & 1);
        let bits = there
            .iter()
            .enumerate()
            .map(|(place, (_, bit))| if rises(place) == 1 { *bit } else { 0 })
            .sum();
        let text: Vec<&str> = there
            .iter()
            .enumerate()
            .map(|(place, (name, _))| words(name)[rises(place)])
            .collect();
        (bits, text.join(", "))
    };
    codes.map(label).collect()
}
