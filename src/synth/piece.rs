//! One rectangle of everything: what the files would store, and the truth beside it.

/// Truth layers: name, unit and what they hold.
pub(super) const TRUTHS: [(&str, &str, &str); 17] = [
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
        "trend of NPP that people bring about, measures included",
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
    (
        "rh_mean",
        "gC m-2 yr-1",
        "mean heterotrophic respiration by the models of study.toml",
    ),
    (
        "rh_slope",
        "gC m-2 yr-2",
        "trend of heterotrophic respiration, which climate alone brings about",
    ),
    ("nep_mean", "gC m-2 yr-1", "mean NEP without noise and gaps"),
    (
        "nep_climate_slope",
        "gC m-2 yr-2",
        "trend of NEP that climate brings about, through NPP and respiration",
    ),
    (
        "nep_human_slope",
        "gC m-2 yr-2",
        "trend of NEP that people bring about: recovery by itself and measures",
    ),
    (
        "nep_measure_slope",
        "gC m-2 yr-2",
        "of that, what measures bring about, in their patches and within 3 km of them",
    ),
    (
        "hidden_cause",
        "1",
        "poorness of the land that elevation and land cover do not show",
    ),
];

/// The code of no county.
pub(super) const NO_COUNTY: u16 = u16::MAX;

/// One rectangle, `[step][pixel]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Piece {
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
    /// Height in m, [`SEA_M`] in the sea, `[pixel]`.
    pub elevation: Vec<i16>,
    /// Codes of land cover, `[pixel]`.
    pub land_cover: Vec<u8>,
    /// Numbers of counties, [`NO_COUNTY`] outside, `[pixel]`.
    pub counties: Vec<u16>,
    /// Numbers of the courses that measures take here, `[pixel]`.
    pub courses: Vec<u8>,
    /// Mean rise by that course where it begins first, gC m-2 yr-2, `[pixel]`.
    pub rates: Vec<f32>,
    /// [`TRUTHS`], NaN in the sea, `[layer][pixel]`.
    pub truths: Vec<f32>,
}

/// The code of the sea in the map of heights.
pub(super) const SEA_M: i16 = i16::MIN;

/// Rows `[step][col]` as one `[step][row][col]`.
fn stacked_values<T: Copy + Send + Sync>(
    rows: &[Piece],
    n_cols: usize,
    of: impl Fn(&Piece) -> &[T],
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

impl Piece {
    /// One piece of its rows, from north to south.
    pub(super) fn of_rows(rows: &[Self], n_cols: usize) -> Self {
        Self {
            npp: stacked_values(rows, n_cols, |row| &row.npp),
            temperature: stacked_values(rows, n_cols, |row| &row.temperature),
            precipitation: stacked_values(rows, n_cols, |row| &row.precipitation),
            radiation: stacked_values(rows, n_cols, |row| &row.radiation),
            soc: stacked_values(rows, n_cols, |row| &row.soc),
            karst: stacked_values(rows, n_cols, |row| &row.karst),
            measures: stacked_values(rows, n_cols, |row| &row.measures),
            elevation: stacked_values(rows, n_cols, |row| &row.elevation),
            land_cover: stacked_values(rows, n_cols, |row| &row.land_cover),
            counties: stacked_values(rows, n_cols, |row| &row.counties),
            courses: stacked_values(rows, n_cols, |row| &row.courses),
            rates: stacked_values(rows, n_cols, |row| &row.rates),
            truths: stacked_values(rows, n_cols, |row| &row.truths),
        }
    }
}
