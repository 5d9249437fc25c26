//! Monthly climate, row by row, and what it adds up to in a year.

use super::options::{CLIMATE_NODATA, CLIMATE_SCALES};
use super::piece::Piece;
use super::region::{N_MONTHS, N_YEARS, YEARS, mean};
use super::respiration;
use super::series::{
    COLD_NORTH_C, Departures, PRECIPITATION_MM, RADIATION_MJ_M2, SPRING, Series, TEMPERATURE_C,
};
use super::site::{N_MODES, Site};
use crate::calendar::days_of_month;

/// Fall of temperature with height, degC m-1.
const LAPSE_C_M: f32 = 0.0055;
/// Share of the light that a doubling of the rain takes, roughly.
const SHADE: f32 = 0.22;

/// Growth without bound upwards that never reaches 0 downwards: 1 + x near 0, about 0.5 / |x| far
/// below. Like `exp` but of square roots only, hence the same on every machine.
fn positive_growth(x: f32) -> f32 {
    x + (1.0 + x * x).sqrt()
}

/// Adds the patterns of one month to `row`.
fn add_departures(
    row: &mut [f32],
    departures: &Departures,
    month: usize,
    modes: &[Vec<f32>; N_MODES],
) {
    row.fill(departures.region[month]);
    for (mode, &amplitude) in modes.iter().zip(&departures.modes[month]) {
        for (value, &shape) in row.iter_mut().zip(mode) {
            *value += amplitude * shape;
        }
    }
}

/// Numbers of the sites of a row as `f32` columns, which the compiler makes vectors of.
#[expect(
    clippy::cast_possible_truncation,
    reason = "climate needs no more than f32"
)]
pub(super) fn column(sites: &[Site], value: impl Fn(&Site) -> f64) -> Vec<f32> {
    sites.iter().map(|site| value(site) as f32).collect()
}

/// Months of one row, made one after the other.
struct MonthlyClimate {
    smooth_relief_m: Vec<f32>,
    northing: Vec<f32>,
    rain: [Vec<f32>; 2],
    light: Vec<f32>,
    trends: [Vec<f32>; 3],
    modes: [Vec<f32>; N_MODES],
}

impl MonthlyClimate {
    fn new(sites: &[Site]) -> Self {
        let mut mode = 0;
        Self {
            smooth_relief_m: column(sites, |s| s.land.smooth_relief_m),
            northing: column(sites, |s| s.northing),
            rain: [column(sites, |s| s.rain[0]), column(sites, |s| s.rain[1])],
            light: column(sites, |s| s.light),
            trends: [0, 1, 2].map(|k: usize| column(sites, |s| s.trends[k])),
            modes: [(); N_MODES].map(|()| {
                mode += 1;
                column(sites, |s| s.modes[mode - 1])
            }),
        }
    }

    /// Temperature in degC, precipitation in mm and radiation in MJ m-2 of one month, `[col]`.
    #[expect(clippy::cast_precision_loss, reason = "240 months")]
    fn fill(&self, series: &Series, month: usize, [t_c, p_mm, r_mj_m2]: &mut [Vec<f32>; 3]) {
        let time = (month / 12) as f32 - 9.5;
        let of_year = month % 12;
        add_departures(t_c, &series.temperature, month, &self.modes);
        add_departures(p_mm, &series.rain, month, &self.modes);
        add_departures(r_mj_m2, &series.light, month, &self.modes);
        for col in 0..t_c.len() {
            t_c[col] += TEMPERATURE_C[of_year] + self.trends[0][col] * time
                - LAPSE_C_M * (self.smooth_relief_m[col] - 80.0)
                - COLD_NORTH_C[of_year] * self.northing[col];
            let wetness = p_mm[col] + self.trends[1][col] * time;
            let shade = 1.0 - SHADE * wetness + r_mj_m2[col] + self.trends[2][col] * time;
            r_mj_m2[col] = RADIATION_MJ_M2[of_year] * self.light[col] * shade.max(0.2);
            let normal = (self.rain[0][col] + self.rain[1][col] * SPRING[of_year]).max(0.2);
            p_mm[col] = PRECIPITATION_MM[of_year] * normal * positive_growth(wetness);
        }
    }
}

/// Rounds to whole numbers; `as` saturates, and the shift keeps halves rounding one way.
#[expect(clippy::cast_possible_truncation, reason = "saturates")]
fn rounded_i16(value: f32, per_unit: f32) -> i16 {
    ((value * per_unit + 16_384.5) as i32 - 16_384) as i16
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates"
)]
fn rounded_u16(value: f32, per_unit: f32) -> u16 {
    (value * per_unit + 0.5) as u16
}

/// `values` stored, or the code of missing in the sea.
fn stored<'a, T: Copy + 'a>(
    sites: &'a [Site],
    values: &'a [f32],
    nodata: T,
    store: impl Fn(f32) -> T + 'a,
) -> impl Iterator<Item = T> + 'a {
    sites.iter().zip(values).map(move |(site, &value)| {
        if site.land.is_sea {
            nodata
        } else {
            store(value)
        }
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the codes fit their types"
)]
fn push_climate(piece: &mut Piece, sites: &[Site], [t_c, p_mm, r_mj_m2]: &[Vec<f32>; 3]) {
    let [t_code, p_code, r_code] = CLIMATE_NODATA;
    let [t_steps, p_steps, r_steps] = CLIMATE_SCALES.map(|scale| (1.0 / scale) as f32);
    piece
        .temperature
        .extend(stored(sites, t_c, t_code as i16, |v| {
            rounded_i16(v, t_steps)
        }));
    piece
        .precipitation
        .extend(stored(sites, p_mm, p_code as u16, |v| {
            rounded_u16(v, p_steps)
        }));
    piece
        .radiation
        .extend(stored(sites, r_mj_m2, r_code as u16, |v| {
            rounded_u16(v, r_steps)
        }));
}

/// What the months of a row add up to.
pub(super) struct Yearly {
    /// Mean temperature in degC, precipitation in mm and radiation in MJ m-2 before rounding, `[variable][year][col]`.
    pub climate: [Vec<f32>; 3],
    /// Soil respiration, gC m-2 yr-1, `[year][col]`.
    pub rs_gc_m2: Vec<f32>,
}

/// Days of a month, counted from January of the first year.
#[expect(clippy::cast_precision_loss, reason = "31 days")]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "240 months"
)]
fn days(month: usize) -> f32 {
    days_of_month(YEARS.first + (month / 12) as i32, (month % 12) as u32 + 1) as f32
}

impl Yearly {
    fn new(n_cols: usize) -> Self {
        let years = || vec![0.0_f32; N_YEARS * n_cols];
        Self {
            climate: [years(), years(), years()],
            rs_gc_m2: years(),
        }
    }

    fn add(&mut self, month: usize, months: &[Vec<f32>; 3]) {
        let n = months[0].len();
        let year = month / 12 * n..(month / 12 + 1) * n;
        let shares = [1.0 / 12.0, 1.0, 1.0];
        for ((sum, values), share) in self.climate.iter_mut().zip(months).zip(shares) {
            for (sum, value) in sum[year.clone()].iter_mut().zip(values) {
                *sum += value * share;
            }
        }
        let ([t_c, p_mm, _], days) = (months, days(month));
        for ((sum, t_c), p_mm) in self.rs_gc_m2[year].iter_mut().zip(t_c).zip(p_mm) {
            *sum += respiration::month(*t_c, *p_mm, days);
        }
    }

    /// One of the variables at one pixel: departures from the mean over the years, `[year]`.
    pub(super) fn departures(&self, variable: usize, n_cols: usize, col: usize) -> [f64; N_YEARS] {
        let values = years_at(&self.climate[variable], n_cols, col);
        let mean = mean(&values);
        values.map(|v| v - mean)
    }

    /// Soil respiration at one pixel, gC m-2 yr-1, `[year]`.
    pub(super) fn rs_gc_m2(&self, n_cols: usize, col: usize) -> [f64; N_YEARS] {
        years_at(&self.rs_gc_m2, n_cols, col)
    }
}

/// The years of one column.
fn years_at(values: &[f32], n_cols: usize, col: usize) -> [f64; N_YEARS] {
    let mut year = 0;
    [(); N_YEARS].map(|()| {
        year += 1;
        f64::from(values[(year - 1) * n_cols + col])
    })
}

/// Appends 240 months of a row to `piece`, and returns the years.
#[expect(
    clippy::cast_possible_truncation,
    reason = "respiration needs no more than f32"
)]
pub(super) fn push_months(piece: &mut Piece, sites: &[Site], series: &Series) -> Yearly {
    let n = sites.len();
    let climate = MonthlyClimate::new(sites);
    let mut months = [(); 3].map(|()| vec![0.0_f32; n]);
    let mut years = Yearly::new(n);
    for month in 0..N_MONTHS {
        climate.fill(series, month, &mut months);
        push_climate(piece, sites, &months);
        years.add(month, &months);
    }
    for row in years.rs_gc_m2.chunks_exact_mut(n.max(1)) {
        for (rs, site) in row.iter_mut().zip(sites) {
            *rs *= respiration::of_carbon(site.soc_kgc_m2 as f32);
        }
    }
    years
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_positive_and_one_at_zero() {
        assert_eq!(positive_growth(0.0), 1.0);
        assert!(positive_growth(-30.0) > 0.0);
    }
}
