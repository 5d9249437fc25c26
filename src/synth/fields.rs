//! The values themselves, row by row: what a file would store and the truth that was planted.

use rayon::prelude::*;

use super::climate::{Yearly, column, push_months};
use super::counties::Counties;
use super::landscape::cover;
use super::measures::courses;
use super::mosaic::in_km;
use super::noise::Noise;
use super::options::SynthOptions;
use super::patches::Patches;
use super::piece::{Piece, SEA_M, TRUTHS};
use super::region::{EXTENT, N_YEARS, NORTH_WEST, centred_years, mean, slope};
use super::respiration;
use super::series::Series;
use super::site::{Site, site};
use super::stream;
use super::year_noise::YearNoise;
use crate::grid::Window;

/// Departures from one pixel to the next that NPP has every year, gC m-2 yr-1.
const SPECKLE_GC_M2: f64 = 15.0;
/// Departures that NPP shares with places within 10 and 60 km, gC m-2 yr-1.
const SHARED_GC_M2: [f64; 2] = [8.0, 8.0];
const SHARED: [YearNoise; 2] = [
    YearNoise {
        stream: stream::NEAR_NOISE,
        spacing_km: 13.0,
        lag1: 0.3,
    },
    YearNoise {
        stream: stream::FAR_NOISE,
        spacing_km: 78.0,
        lag1: 0.3,
    },
];
/// Clouds that hide the land for a year, large ones and small ones.
const CLOUDS: [YearNoise; 2] = [
    YearNoise {
        stream: stream::CLOUDS,
        spacing_km: 42.0,
        lag1: 0.0,
    },
    YearNoise {
        stream: stream::SMALL_CLOUDS,
        spacing_km: 21.0,
        lag1: 0.0,
    },
];
/// Above it clouds hide the land.
const CLOUDED: f32 = 2.9;

/// The region of a seed on a grid of some size.
#[derive(Clone, Debug)]
pub(super) struct Region {
    pub noise: Noise,
    pub patches: Patches,
    pub counties: Counties,
    pub courses: Vec<[f64; N_YEARS]>,
    series: Series,
    pixel_degrees: f64,
}

/// What is true of one pixel, by the year.
#[cfg(feature = "gdal")]
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_field_names, reason = "names end with the unit")]
pub(super) struct PixelYears {
    /// NPP with what all of the place share but without speckle and gaps, gC m-2 yr-1; none where it is never known.
    pub npp_gc_m2: Option<[f64; N_YEARS]>,
    /// Soil respiration, gC m-2 yr-1.
    pub rs_gc_m2: [f64; N_YEARS],
    /// Heterotrophic respiration, gC m-2 yr-1.
    pub rh_gc_m2: [f64; N_YEARS],
}

/// Side of a pixel in degrees: the largest with which the grid stays inside the region.
#[expect(
    clippy::cast_precision_loss,
    reason = "rasters have far fewer than 2^52 columns"
)]
pub(super) fn pixel_degrees(options: &SynthOptions) -> f64 {
    (EXTENT[0] / options.width.max(1) as f64).min(EXTENT[1] / options.height.max(1) as f64)
}

/// Degrees of the grid's north-west corner and its pixel as GDAL's affine transform.
pub(super) fn transform(options: &SynthOptions) -> [f64; 6] {
    let side = pixel_degrees(options);
    [NORTH_WEST[0], side, 0.0, NORTH_WEST[1], 0.0, -side]
}

/// What climate, people and measures make of a pixel.
struct Growth {
    climate_slopes: [f64; 3],
    /// What measures add, gC m-2 yr-1, `[year]`.
    measure_gc_m2: [f64; N_YEARS],
    /// Without noise, gC m-2 yr-1, `[year]`.
    npp_gc_m2: [f64; N_YEARS],
    /// gC m-2 yr-1, `[year]`.
    rh_gc_m2: [f64; N_YEARS],
}

fn growth(
    site: &Site,
    course: &[f64; N_YEARS],
    years: &Yearly,
    n_cols: usize,
    col: usize,
) -> Growth {
    let measure_gc_m2 = course.map(|level| site.effect.rate * level);
    let mut npp_gc_m2 = measure_gc_m2.map(|added| site.npp_gc_m2 + added);
    for (npp, time) in npp_gc_m2.iter_mut().zip(centred_years()) {
        *npp += site.recovery_gc_m2_yr2 * time;
    }
    let climate_slopes = [0, 1, 2].map(|variable: usize| {
        let departures = years.departures(variable, n_cols, col);
        for (npp, departure) in npp_gc_m2.iter_mut().zip(departures) {
            *npp += site.sensitivities[variable] * departure;
        }
        slope(&departures)
    });
    Growth {
        climate_slopes,
        measure_gc_m2,
        npp_gc_m2,
        rh_gc_m2: years.rs_gc_m2(n_cols, col).map(respiration::heterotrophic),
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
    let measure = slope(&growth.measure_gc_m2);
    let human = site.recovery_gc_m2_yr2 + measure;
    let (npp_mean, rh_mean) = (mean(&growth.npp_gc_m2), mean(&growth.rh_gc_m2));
    let rh_slope = slope(&growth.rh_gc_m2);
    let values = [
        site.land.relief_m,
        t,
        p,
        r,
        npp_mean,
        human,
        climate,
        by_t,
        by_p,
        by_r,
        rh_mean,
        rh_slope,
        npp_mean - rh_mean,
        climate - rh_slope,
        human,
        measure,
        site.land.hidden,
    ];
    for (layer, value) in layers.iter_mut().zip(values) {
        layer.push(if site.land.is_sea {
            f32::NAN
        } else {
            value as f32
        });
    }
}

/// Height as the map has it.
#[expect(clippy::cast_possible_truncation, reason = "a few thousand m")]
fn stored_height(site: &Site) -> i16 {
    if site.land.is_sea {
        SEA_M
    } else {
        (site.land.relief_m + 0.5) as i16
    }
}

impl Region {
    pub(super) fn new(options: &SynthOptions) -> Self {
        let noise = Noise::new(options.seed);
        Self {
            noise,
            patches: Patches::new(noise),
            counties: Counties::new(noise),
            courses: courses(),
            series: Series::new(noise),
            pixel_degrees: pixel_degrees(options),
        }
    }

    /// The whole of `window`; rows are made in parallel.
    pub(super) fn piece(&self, window: Window) -> Piece {
        let rows: Vec<Piece> = (window.row..window.row + window.height)
            .into_par_iter()
            .map(|row| self.row(row, window.col, window.width))
            .collect();
        Piece::of_rows(&rows, window.width)
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

    fn sites(&self, row: usize, first_col: usize, n_cols: usize) -> Vec<Site> {
        (first_col..first_col + n_cols)
            .map(|col| site(self.noise, &self.patches, self.place(row, col)))
            .collect()
    }

    fn row(&self, row: usize, first_col: usize, n_cols: usize) -> Piece {
        let sites = self.sites(row, first_col, n_cols);
        let mut piece = Piece::default();
        let years = push_months(&mut piece, &sites, &self.series);
        let shared = self.shared_noise(row, first_col, n_cols);
        let clouded = self.clouded(row, first_col, n_cols);
        piece.npp = vec![cover::FILL; N_YEARS * n_cols];
        let mut truths = vec![Vec::with_capacity(n_cols); TRUTHS.len()];
        for (col, site) in sites.iter().enumerate() {
            let course = &self.courses[site.effect.course];
            let growth = growth(site, course, &years, n_cols, col);
            push_truths(&mut truths, site, &growth);
            for (year, npp) in growth.npp_gc_m2.iter().enumerate() {
                let is_hidden = clouded[col][year];
                piece.npp[year * n_cols + col] = self.stored_npp(
                    site,
                    [row, first_col + col],
                    year,
                    (!is_hidden).then_some(npp + shared[col][year]),
                );
            }
        }
        piece.truths = truths.concat();
        self.push_maps(&mut piece, &sites, row, first_col);
        piece
    }

    /// The maps that have no years.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "courses are fewer than 256, rates need no more than f32"
    )]
    fn push_maps(&self, piece: &mut Piece, sites: &[Site], row: usize, first_col: usize) {
        piece.soc = column(sites, |s| {
            if s.land.is_sea {
                f64::NAN
            } else {
                s.soc_kgc_m2
            }
        });
        piece.karst = sites.iter().map(|s| u8::from(s.land.is_karst)).collect();
        piece.measures = sites.iter().map(|s| s.effect.measure).collect();
        piece.elevation = sites.iter().map(stored_height).collect();
        piece.land_cover = sites.iter().map(|s| s.land.cover).collect();
        piece.courses = sites.iter().map(|s| s.effect.course as u8).collect();
        piece.rates = sites.iter().map(|s| s.effect.rate as f32).collect();
        let cols = first_col..first_col + sites.len();
        piece.counties = cols
            .map(|col| self.counties.at(self.place(row, col)))
            .collect();
    }

    /// Noise of a row that neighbours share, with that of the whole region, gC m-2 yr-1, `[col][year]`.
    fn shared_noise(&self, row: usize, first_col: usize, n_cols: usize) -> Vec<[f64; N_YEARS]> {
        let [near, far] = SHARED.map(|kind| self.noise_row(kind, row, first_col, n_cols));
        near.zip(far)
            .map(|(near, far)| {
                let mut year = 0;
                [(); N_YEARS].map(|()| {
                    year += 1;
                    f64::from(self.series.npp[year - 1])
                        + SHARED_GC_M2[0] * f64::from(near[year - 1])
                        + SHARED_GC_M2[1] * f64::from(far[year - 1])
                })
            })
            .collect()
    }

    /// Whether clouds hide the pixels of a row, `[col][year]`.
    fn clouded(&self, row: usize, first_col: usize, n_cols: usize) -> Vec<[bool; N_YEARS]> {
        let [large, small] = CLOUDS.map(|kind| self.noise_row(kind, row, first_col, n_cols));
        large
            .zip(small)
            .map(|(large, small)| {
                let mut year = 0;
                [(); N_YEARS].map(|()| {
                    year += 1;
                    // 0.8 of the variance is in the large ones.
                    0.894_427 * large[year - 1] + 0.447_214 * small[year - 1] > CLOUDED
                })
            })
            .collect()
    }

    fn noise_row(
        &self,
        kind: YearNoise,
        row: usize,
        first_col: usize,
        n_cols: usize,
    ) -> impl Iterator<Item = [f32; N_YEARS]> {
        let xs = (first_col..first_col + n_cols).map(move |col| in_km(self.place(row, col))[0]);
        kind.row(self.noise, in_km(self.place(row, 0))[1], xs)
    }

    /// NPP of a year as MOD17 would have it: with speckle, or the code of why it is not known.
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    fn stored_npp(
        &self,
        site: &Site,
        pixel: [usize; 2],
        year: usize,
        npp_gc_m2: Option<f64>,
    ) -> i16 {
        if let Some(code) = site.fill_code {
            return code;
        }
        let Some(npp_gc_m2) = npp_gc_m2 else {
            return cover::FILL;
        };
        let (x, y) = pixel_key(pixel);
        let chance = if site.is_cloudy { 0.28 } else { 0.004 };
        if self
            .noise
            .uniform(yearly_stream(stream::HIDDEN_PIXEL, year), x, y)
            < chance
        {
            return cover::FILL;
        }
        let speckle = SPECKLE_GC_M2
            * self
                .noise
                .normal(yearly_stream(stream::SPECKLE, year), x, y);
        ((npp_gc_m2 + speckle) * 10.0 + 0.5).clamp(0.0, 32_700.0) as i16
    }

    /// What is true of a pixel, as a field site would meet it.
    #[cfg(feature = "gdal")]
    pub(super) fn pixel_years(&self, row: usize, col: usize) -> PixelYears {
        let sites = self.sites(row, col, 1);
        let years = push_months(&mut Piece::default(), &sites, &self.series);
        let growth = growth(
            &sites[0],
            &self.courses[sites[0].effect.course],
            &years,
            1,
            0,
        );
        let shared = self.shared_noise(row, col, 1)[0];
        let mut npp_gc_m2 = growth.npp_gc_m2;
        for (npp, shared) in npp_gc_m2.iter_mut().zip(shared) {
            *npp += shared;
        }
        PixelYears {
            npp_gc_m2: sites[0].fill_code.is_none().then_some(npp_gc_m2),
            rs_gc_m2: years.rs_gc_m2(1, 0),
            rh_gc_m2: growth.rh_gc_m2,
        }
    }
}

/// The stream of a year of one kind of noise between pixels.
fn yearly_stream(first: u32, year: usize) -> u32 {
    first + u32::try_from(year).unwrap_or(0)
}

fn pixel_key([row, col]: [usize; 2]) -> (i64, i64) {
    (
        i64::try_from(col).unwrap_or(0),
        i64::try_from(row).unwrap_or(0),
    )
}
