//! The values themselves, row by row: what a file would store and the truth that was planted.

use rayon::prelude::*;

use super::noise::Noise;
use super::options::{CLIMATE_NODATA, CLIMATE_SCALES, SynthOptions};
use super::series::{
    COLD_NORTH_C, Departures, N_MONTHS, N_YEARS, PRECIPITATION_MM, RADIATION_MJ_M2, SPRING, Series,
    TEMPERATURE_C, slope,
};
use super::site::{EXTENT, N_MODES, NORTH_WEST, Site, cover, site};
use crate::grid::Window;

/// Fall of temperature with height, degC m-1.
const LAPSE_C_M: f32 = 0.0055;
/// Share of the light that a doubling of the rain takes, roughly.
const SHADE: f32 = 0.22;
/// Departures from one pixel to the next that NPP has every year, gC m-2 yr-1.
const SPECKLE_GC_M2: f64 = 19.0;
/// Last of the streams before those of single pixels.
const PIXEL_STREAM: u32 = 200;

/// Truth layers: name, unit and what they hold.
pub(super) const TRUTHS: [(&str, &str, &str); 10] = [
    ("relief", "m", "height above the sea"),
    (
        "temperature_slope",
        "degC yr-1",
        "trend of the yearly mean temperature before rounding",
    ),
    (
        "precipitation_slope",
        "mm yr-2",
        "trend of the yearly precipitation before rounding",
    ),
    (
        "radiation_slope",
        "MJ m-2 yr-2",
        "trend of the yearly radiation before rounding",
    ),
    ("npp_mean", "gC m-2 yr-1", "mean NPP without noise and gaps"),
    (
        "npp_human_slope",
        "gC m-2 yr-2",
        "trend of NPP that people bring about",
    ),
    (
        "npp_climate_slope",
        "gC m-2 yr-2",
        "trend of NPP that climate brings about",
    ),
    (
        "npp_sensitivity_temperature",
        "gC m-2 yr-1 degC-1",
        "answer of NPP to the year's temperature",
    ),
    (
        "npp_sensitivity_precipitation",
        "gC m-2 mm-1",
        "answer of NPP to the year's precipitation",
    ),
    (
        "npp_sensitivity_radiation",
        "gC MJ-1",
        "answer of NPP to the year's radiation",
    ),
];

/// One rectangle of everything, `[step][pixel]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Patch {
    /// NPP in 0.1 gC m-2 yr-1 with the fill codes of MOD17, `[year][pixel]`.
    pub npp: Vec<i16>,
    /// Tenths of degC, `[month][pixel]`.
    pub temperature: Vec<i16>,
    /// Whole mm month-1, `[month][pixel]`.
    pub precipitation: Vec<u16>,
    /// Whole MJ m-2 month-1, `[month][pixel]`.
    pub radiation: Vec<u16>,
    /// kgC m-2, NaN in the sea, `[pixel]`.
    pub soc: Vec<f32>,
    /// 1 on karst, `[pixel]`.
    pub karst: Vec<u8>,
    /// Measure codes, `[pixel]`.
    pub measures: Vec<u8>,
    /// [`TRUTHS`], NaN in the sea, `[layer][pixel]`.
    pub truths: Vec<f32>,
}

/// The region of a seed on a grid of some size.
#[derive(Clone, Debug)]
pub(super) struct Region {
    noise: Noise,
    series: Series,
    pixel_degrees: f64,
}

/// Side of a pixel in degrees: the largest with which the grid stays inside the region.
#[expect(
    clippy::cast_precision_loss,
    reason = "rasters have far fewer than 2^52 columns"
)]
pub(super) fn pixel_degrees(options: &SynthOptions) -> f64 {
    (EXTENT[0] / options.width.max(1) as f64).min(EXTENT[1] / options.height.max(1) as f64)
}

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
fn column(sites: &[Site], value: impl Fn(&Site) -> f64) -> Vec<f32> {
    sites.iter().map(|site| value(site) as f32).collect()
}

/// Yearly climate of a row before rounding: mean temperature, precipitation and radiation,
/// `[variable][year][col]`.
type YearlyClimate = [Vec<f32>; 3];

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
            smooth_relief_m: column(sites, |s| s.smooth_relief_m),
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
    sites
        .iter()
        .zip(values)
        .map(move |(site, &value)| if site.is_sea { nodata } else { store(value) })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the codes fit their types"
)]
fn push_climate(patch: &mut Patch, sites: &[Site], [t_c, p_mm, r_mj_m2]: &[Vec<f32>; 3]) {
    let [t_code, p_code, r_code] = CLIMATE_NODATA;
    let [t_steps, p_steps, r_steps] = CLIMATE_SCALES.map(|scale| (1.0 / scale) as f32);
    patch
        .temperature
        .extend(stored(sites, t_c, t_code as i16, |v| {
            rounded_i16(v, t_steps)
        }));
    patch
        .precipitation
        .extend(stored(sites, p_mm, p_code as u16, |v| {
            rounded_u16(v, p_steps)
        }));
    patch
        .radiation
        .extend(stored(sites, r_mj_m2, r_code as u16, |v| {
            rounded_u16(v, r_steps)
        }));
}

/// Appends 240 months of a row to `patch`, and returns the years.
fn push_months(patch: &mut Patch, sites: &[Site], series: &Series) -> YearlyClimate {
    let n = sites.len();
    let climate = MonthlyClimate::new(sites);
    let mut months = [(); 3].map(|()| vec![0.0_f32; n]);
    let mut years = [(); 3].map(|()| vec![0.0_f32; N_YEARS * n]);
    for month in 0..N_MONTHS {
        climate.fill(series, month, &mut months);
        push_climate(patch, sites, &months);
        let year = month / 12 * n..(month / 12 + 1) * n;
        for ((sum, values), share) in years.iter_mut().zip(&months).zip([1.0 / 12.0, 1.0, 1.0]) {
            for (sum, value) in sum[year.clone()].iter_mut().zip(values) {
                *sum += value * share;
            }
        }
    }
    years
}

/// Climate of one pixel in all years: departures from the mean, `[variable][year]`.
#[expect(clippy::cast_precision_loss, reason = "twenty years")]
fn yearly_departures(years: &YearlyClimate, n_cols: usize, col: usize) -> [[f64; N_YEARS]; 3] {
    [0, 1, 2].map(|variable: usize| {
        let mut year = 0;
        let values = [(); N_YEARS].map(|()| {
            year += 1;
            f64::from(years[variable][(year - 1) * n_cols + col])
        });
        let mean = values.iter().sum::<f64>() / N_YEARS as f64;
        values.map(|v| v - mean)
    })
}

/// The effects of climate and human activity on the NPP of a pixel.
struct Growth {
    climate_slopes: [f64; 3],
    /// Without noise, gC m-2 yr-1, `[year]`.
    npp_gc_m2: [f64; N_YEARS],
}

fn growth(site: &Site, series: &Series, departures: &[[f64; N_YEARS]; 3]) -> Growth {
    let course = if (1..8).contains(&site.measure) {
        &series.treated
    } else {
        &series.untreated
    };
    let mut npp_gc_m2 = [site.npp_gc_m2; N_YEARS];
    for (year, npp) in npp_gc_m2.iter_mut().enumerate() {
        *npp += site.human_gc_m2_yr2 * f64::from(course[year]);
        for (sensitivity, departure) in site.sensitivities.iter().zip(departures) {
            *npp += sensitivity * departure[year];
        }
    }
    Growth {
        climate_slopes: [0, 1, 2].map(|k: usize| slope(&departures[k])),
        npp_gc_m2,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "maps need no more than f32"
)]
fn push_truths(layers: &mut [Vec<f32>], site: &Site, growth: &Growth) {
    let climate: f64 = growth
        .climate_slopes
        .iter()
        .zip(&site.sensitivities)
        .map(|(c, s)| c * s)
        .sum();
    let [t, p, r] = growth.climate_slopes;
    let [by_t, by_p, by_r] = site.sensitivities;
    let values = [
        site.relief_m,
        t,
        p,
        r,
        site.npp_gc_m2,
        site.human_gc_m2_yr2,
        climate,
        by_t,
        by_p,
        by_r,
    ];
    for (layer, value) in layers.iter_mut().zip(values) {
        layer.push(if site.is_sea { f32::NAN } else { value as f32 });
    }
}

impl Region {
    pub(super) fn new(options: &SynthOptions) -> Self {
        let noise = Noise::new(options.seed);
        Self {
            noise,
            series: Series::new(noise),
            pixel_degrees: pixel_degrees(options),
        }
    }

    /// The whole of `window`; rows are made in parallel.
    pub(super) fn patch(&self, window: Window) -> Patch {
        let rows: Vec<Patch> = (window.row..window.row + window.height)
            .into_par_iter()
            .map(|row| self.row(row, window.col, window.width))
            .collect();
        stacked(&rows, window.width)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "rasters have far fewer than 2^52 columns"
    )]
    fn place(&self, row: usize, col: usize) -> [f64; 2] {
        [
            (col as f64 + 0.5) * self.pixel_degrees,
            (row as f64 + 0.5) * self.pixel_degrees,
        ]
    }

    fn row(&self, row: usize, first_col: usize, n_cols: usize) -> Patch {
        let cols = first_col..first_col + n_cols;
        let sites: Vec<Site> = cols
            .map(|col| site(self.noise, self.place(row, col)))
            .collect();
        let mut patch = Patch::default();
        let years = push_months(&mut patch, &sites, &self.series);
        patch.npp = vec![cover::FILL; N_YEARS * n_cols];
        let mut truths = vec![Vec::with_capacity(n_cols); TRUTHS.len()];
        for (col, site) in sites.iter().enumerate() {
            let growth = growth(site, &self.series, &yearly_departures(&years, n_cols, col));
            push_truths(&mut truths, site, &growth);
            for (year, npp) in growth.npp_gc_m2.iter().enumerate() {
                patch.npp[year * n_cols + col] =
                    self.stored_npp(site, [row, first_col + col], year, *npp);
            }
        }
        patch.truths = truths.concat();
        patch.soc = column(&sites, |s| if s.is_sea { f64::NAN } else { s.soc_kgc_m2 });
        patch.karst = sites.iter().map(|s| u8::from(s.is_karst)).collect();
        patch.measures = sites.iter().map(|s| s.measure).collect();
        patch
    }

    /// NPP of a year as MOD17 would have it: with noise, or the code of why it is not known.
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    fn stored_npp(&self, site: &Site, [row, col]: [usize; 2], year: usize, npp_gc_m2: f64) -> i16 {
        if let Some(code) = site.cover {
            return code;
        }
        if self.is_hidden(site, [row, col], year) {
            return cover::FILL;
        }
        let (x, y) = pixel_key([row, col]);
        let speckle = SPECKLE_GC_M2 * self.noise.normal(yearly_stream(0, year), x, y);
        let patterns: f64 = site
            .npp_modes
            .iter()
            .zip(&self.series.npp_modes[year])
            .map(|(shape, &amplitude)| shape * f64::from(amplitude))
            .sum();
        let value = npp_gc_m2 + speckle + patterns + f64::from(self.series.npp[year]);
        (value * 10.0 + 0.5).clamp(0.0, 32_700.0) as i16
    }

    /// Whether clouds hid the pixel in this year.
    fn is_hidden(&self, site: &Site, pixel: [usize; 2], year: usize) -> bool {
        let (x, y) = pixel_key(pixel);
        let chance = if site.is_cloudy { 0.28 } else { 0.004 };
        if self.noise.uniform(yearly_stream(1, year), x, y) < chance {
            return true;
        }
        let [x, y] = self.place(pixel[0], pixel[1]);
        self.noise
            .waves(yearly_stream(2, year), [x / 0.4, y / 0.4], 2)
            > 2.2
    }
}

/// The stream of a year of one kind of noise between pixels.
fn yearly_stream(kind: u32, year: usize) -> u32 {
    PIXEL_STREAM + 100 * kind + u32::try_from(year).unwrap_or(0)
}

fn pixel_key([row, col]: [usize; 2]) -> (i64, i64) {
    (
        i64::try_from(col).unwrap_or(0),
        i64::try_from(row).unwrap_or(0),
    )
}

/// Rows `[step][col]` as one `[step][row][col]`.
fn stacked_values<T: Copy + Send + Sync>(
    rows: &[Patch],
    n_cols: usize,
    of: impl Fn(&Patch) -> &[T],
) -> Vec<T> {
    let n_steps = rows.first().map_or(0, |row| of(row).len() / n_cols.max(1));
    let mut values = Vec::with_capacity(n_steps * rows.len() * n_cols);
    for step in 0..n_steps {
        for row in rows {
            values.extend_from_slice(&of(row)[step * n_cols..(step + 1) * n_cols]);
        }
    }
    values
}

fn stacked(rows: &[Patch], n_cols: usize) -> Patch {
    Patch {
        npp: stacked_values(rows, n_cols, |row| &row.npp),
        temperature: stacked_values(rows, n_cols, |row| &row.temperature),
        precipitation: stacked_values(rows, n_cols, |row| &row.precipitation),
        radiation: stacked_values(rows, n_cols, |row| &row.radiation),
        soc: stacked_values(rows, n_cols, |row| &row.soc),
        karst: stacked_values(rows, n_cols, |row| &row.karst),
        measures: stacked_values(rows, n_cols, |row| &row.measures),
        truths: stacked_values(rows, n_cols, |row| &row.truths),
    }
}

/// Degrees of the grid's north-west corner and its pixel as GDAL's affine transform.
pub(super) fn transform(options: &SynthOptions) -> [f64; 6] {
    let side = pixel_degrees(options);
    [NORTH_WEST[0], side, 0.0, NORTH_WEST[1], 0.0, -side]
}

#[cfg(test)]
mod tests {
    use super::super::series::centred_years;
    use super::*;

    #[test]
    fn growth_is_positive_and_one_at_zero() {
        assert_eq!(positive_growth(0.0), 1.0);
        assert!(positive_growth(-30.0) > 0.0);
    }

    #[test]
    fn years_are_centred() {
        assert_eq!(centred_years()[0], -9.5);
        assert_eq!(centred_years()[19], 9.5);
    }
}
