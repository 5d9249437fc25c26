//! What changes with time over the whole region: the departures of climate from month to month and
//! year to year, and those of NPP that nothing explains.

use super::noise::Noise;
use super::region::{N_MONTHS, N_YEARS, centred_years, slope};
use super::site::N_MODES;
use super::stream;

/// Mean temperature of each month at 22.8 N and 80 m, degC.
pub(super) const TEMPERATURE_C: [f32; 12] = [
    12.8, 14.1, 17.6, 22.5, 25.9, 27.9, 28.4, 28.2, 26.9, 23.5, 18.9, 14.9,
];
/// Rain of each month, mm.
pub(super) const PRECIPITATION_MM: [f32; 12] = [
    39.0, 43.0, 63.0, 84.0, 183.0, 241.0, 218.0, 203.0, 110.0, 67.0, 44.0, 25.0,
];
/// Solar radiation of each month, MJ m-2.
pub(super) const RADIATION_MJ_M2: [f32; 12] = [
    232.0, 228.0, 272.0, 342.0, 446.0, 452.0, 532.0, 520.0, 462.0, 410.0, 318.0, 276.0,
];
/// How much colder it is a degree further north, degC; the northern winter is the colder one.
pub(super) const COLD_NORTH_C: [f32; 12] = [
    0.95, 0.9, 0.8, 0.55, 0.35, 0.2, 0.1, 0.12, 0.3, 0.5, 0.7, 0.9,
];
/// Share of the year's rain gradient that shows in each month: the north-east has its rain in spring.
pub(super) const SPRING: [f32; 12] = [
    1.0, 1.6, 2.2, 2.2, 1.2, 0.2, -1.0, -1.0, -0.8, -0.3, 0.2, 0.6,
];

/// Departures of one climate variable.
#[derive(Clone, Debug)]
pub(super) struct Departures {
    /// Of the whole region, `[month]`.
    pub region: Vec<f32>,
    /// Of each pattern, `[month][mode]`.
    pub modes: Vec<[f32; N_MODES]>,
}

/// All that the region's pixels share.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// degC.
    pub temperature: Departures,
    /// Share of the climatology.
    pub rain: Departures,
    /// Share of the climatology, beside the shade of the rain.
    pub light: Departures,
    /// NPP that neither climate nor human activity explains, gC m-2 yr-1, `[year]`.
    pub npp: [f32; N_YEARS],
}

/// Standard deviations of the departures of a variable.
struct Spread {
    years: f64,
    months: f64,
    years_of_modes: f64,
    months_of_modes: f64,
}

/// Yearly values with mean 0, no trend and standard deviation `sd`, so that what is planted on top
/// is what there is. Each remembers a part `lag1` of the one before.
#[expect(clippy::cast_precision_loss, reason = "twenty years")]
fn yearly(noise: Noise, stream: u32, sd: f64, lag1: f64) -> [f64; N_YEARS] {
    let fresh = (1.0 - lag1 * lag1).sqrt();
    let (mut year, mut value) = (0, 0.0);
    let raw = [(); N_YEARS].map(|()| {
        year += 1;
        let draw = noise.normal(stream, year, -1);
        value = if year == 1 {
            draw
        } else {
            lag1 * value + fresh * draw
        };
        value
    });
    let mean = raw.iter().sum::<f64>() / N_YEARS as f64;
    let slope = slope(&raw);
    let mut times = centred_years().into_iter();
    let rest = raw.map(|v| v - mean - slope * times.next().unwrap_or(0.0));
    let power = rest.iter().map(|v| v * v).sum::<f64>() / (N_YEARS - 1) as f64;
    rest.map(|v| v * sd / power.sqrt().max(1e-9))
}

/// Monthly values: yearly ones, plus departures of deviation `months_sd` whose weighted mean is 0
/// in every year.
fn monthly(
    noise: Noise,
    stream: u32,
    [years_sd, months_sd]: [f64; 2],
    weights: &[f32; 12],
) -> Vec<f32> {
    let total: f64 = weights.iter().map(|&w| f64::from(w)).sum();
    let mut months = Vec::with_capacity(N_MONTHS);
    for (year, level) in (0..).zip(yearly(noise, stream, years_sd, 0.0)) {
        let mut month = 0;
        let raw = [(); 12].map(|()| {
            month += 1;
            months_sd * noise.normal(stream, year, month)
        });
        let mean = raw
            .iter()
            .zip(weights)
            .map(|(v, &w)| v * f64::from(w))
            .sum::<f64>()
            / total;
        #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
        months.extend(raw.iter().map(|v| (level + v - mean) as f32));
    }
    months
}

fn departures(noise: Noise, stream: u32, spread: &Spread, weights: &[f32; 12]) -> Departures {
    let mut modes = vec![[0.0; N_MODES]; N_MONTHS];
    for (mode, k) in (0..N_MODES).zip(1..) {
        let sds = [spread.years_of_modes, spread.months_of_modes];
        for (place, value) in modes
            .iter_mut()
            .zip(monthly(noise, stream + k, sds, weights))
        {
            place[mode] = value;
        }
    }
    Departures {
        region: monthly(noise, stream, [spread.years, spread.months], weights),
        modes,
    }
}

impl Series {
    pub(super) fn new(noise: Noise) -> Self {
        let even = [1.0; 12];
        let temperature = Spread {
            years: 0.26,
            months: 0.8,
            years_of_modes: 0.06,
            months_of_modes: 0.15,
        };
        let rain = Spread {
            years: 0.10,
            months: 0.30,
            years_of_modes: 0.035,
            months_of_modes: 0.10,
        };
        let light = Spread {
            years: 0.014,
            months: 0.035,
            years_of_modes: 0.005,
            months_of_modes: 0.008,
        };
        Self {
            temperature: departures(noise, stream::TEMPERATURE_MONTHS, &temperature, &even),
            rain: departures(noise, stream::RAIN_MONTHS, &rain, &PRECIPITATION_MM),
            light: departures(noise, stream::LIGHT_MONTHS, &light, &RADIATION_MJ_M2),
            npp: npp_years(noise),
        }
    }
}

/// NPP of the whole region that nothing explains: some years are good ones everywhere.
#[expect(clippy::cast_possible_truncation, reason = "small numbers")]
fn npp_years(noise: Noise) -> [f32; N_YEARS] {
    yearly(noise, stream::NPP_YEARS, 7.0, 0.3).map(|v| v as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn departures_have_no_trend_of_their_own() {
        for lag1 in [0.0, 0.3] {
            let values = yearly(Noise::new(4), 9, 2.0, lag1);
            assert!(slope(&values).abs() < 1e-12);
            assert!((values.iter().map(|v| v * v).sum::<f64>() / 19.0 - 4.0).abs() < 1e-12);
        }
    }
}
