//! What was planted, zone by zone.

use super::county_names::name;
use super::fields::Region;
use super::measures::{MEASURES, N_COURSES};
use super::piece::{NO_COUNTY, Piece, TRUTHS};
use super::region::N_YEARS;
use crate::grid::{Grid, Window};

/// NPP codes above it are none. Years that a pixel needs to count, as `min_years` of the study.
const LAST_VALUE: i16 = 32_700;
const MIN_YEARS: u8 = 15;

/// The layers whose sizes decide whether people or climate dominate.
const HUMAN: &str = "nep_human_slope";
const CLIMATE: &str = "nep_climate_slope";

/// What was planted in one zone, over pixels on land whose NPP is known in 15 years. Means are by area.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneTruth {
    /// Name of the zone set in `study.toml`, `all` for the whole region.
    pub zone_set: &'static str,
    /// Label of the zone.
    pub zone: String,
    /// Number of pixels.
    pub n_pixels: u64,
    /// Their area, km2.
    pub area_km2: f64,
    /// Means of the layers in `truth/`, in the order of their table in `truth/truth.json`; 0 without pixels.
    pub means: [f64; TRUTHS.len()],
    /// What measures added to NEP by each year, gC m-2 yr-1; in the zone `none` what came over from measures beside it.
    pub measure_gc_m2: [f64; N_YEARS],
    /// Share of the area in which the part of people in the trend of NEP is larger than that of climate.
    pub share_human: f64,
}

/// Sums over the pixels of a zone, weighted with their area.
#[derive(Clone, Debug)]
struct Sums {
    n_pixels: u64,
    km2: f64,
    truths: [f64; TRUTHS.len()],
    /// Of rates, by course.
    rates: [f64; N_COURSES],
    human_km2: f64,
}

impl Sums {
    const NOTHING: Self = Self {
        n_pixels: 0,
        km2: 0.0,
        truths: [0.0; TRUTHS.len()],
        rates: [0.0; N_COURSES],
        human_km2: 0.0,
    };

    fn add(
        &mut self,
        truths: &[f64; TRUTHS.len()],
        effect: (usize, f64),
        is_human: bool,
        km2: f64,
    ) {
        self.n_pixels += 1;
        self.km2 += km2;
        for (sum, value) in self.truths.iter_mut().zip(truths) {
            *sum += km2 * value;
        }
        self.rates[effect.0] += km2 * effect.1;
        if is_human {
            self.human_km2 += km2;
        }
    }
}

/// Gathers the truth while windows pass.
#[derive(Clone, Debug)]
pub(super) struct Gathering {
    all: Sums,
    karst: Sums,
    /// By code.
    measures: Vec<Sums>,
    /// By number.
    counties: Vec<Sums>,
    pixel_km2: Vec<f64>,
    human: usize,
    climate: usize,
}

fn layer(name: &str) -> usize {
    TRUTHS.iter().position(|truth| truth.0 == name).unwrap_or(0)
}

/// How many years of each pixel have NPP.
fn valid_years(piece: &Piece) -> Vec<u8> {
    let n_pixels = piece.karst.len();
    let mut counts = vec![0; n_pixels];
    for year in piece.npp.chunks_exact(n_pixels.max(1)) {
        for (count, &npp) in counts.iter_mut().zip(year) {
            *count += u8::from(npp <= LAST_VALUE);
        }
    }
    counts
}

impl Gathering {
    pub(super) fn new(region: &Region, grid: &Grid) -> Self {
        Self {
            all: Sums::NOTHING,
            karst: Sums::NOTHING,
            measures: vec![Sums::NOTHING; MEASURES.len()],
            counties: vec![Sums::NOTHING; region.counties.len()],
            pixel_km2: (0..grid.height)
                .map(|row| grid.pixel_area_m2(row) / 1e6)
                .collect(),
            human: layer(HUMAN),
            climate: layer(CLIMATE),
        }
    }

    /// Takes in one more window.
    pub(super) fn add(&mut self, window: Window, piece: &Piece) {
        let n_pixels = window.n_pixels();
        let years = valid_years(piece);
        for pixel in (0..n_pixels).filter(|&pixel| years[pixel] >= MIN_YEARS) {
            let mut layer = 0;
            let truths = [(); TRUTHS.len()].map(|()| {
                layer += 1;
                f64::from(piece.truths[(layer - 1) * n_pixels + pixel])
            });
            let is_human = truths[self.human].abs() > truths[self.climate].abs();
            let effect = (
                usize::from(piece.courses[pixel]),
                f64::from(piece.rates[pixel]),
            );
            let km2 = self.pixel_km2[window.row + pixel / window.width];
            let add = |sums: &mut Sums| sums.add(&truths, effect, is_human, km2);
            add(&mut self.all);
            if piece.karst[pixel] == 1 {
                add(&mut self.karst);
            }
            add(&mut self.measures[usize::from(piece.measures[pixel])]);
            if piece.counties[pixel] != NO_COUNTY {
                add(&mut self.counties[usize::from(piece.counties[pixel])]);
            }
        }
    }

    /// The zones in the order of the study file; measures without those outside.
    pub(super) fn zones(&self, courses: &[[f64; N_YEARS]]) -> Vec<ZoneTruth> {
        let zone = |zone_set, zone: &str, sums: &Sums| ZoneTruth::of(zone_set, zone, sums, courses);
        let mut zones = vec![
            zone("all", "all", &self.all),
            zone("rock", "karst", &self.karst),
        ];
        let measures = MEASURES.iter().zip(&self.measures).skip(1);
        zones.extend(measures.map(|(label, sums)| zone("measure", label, sums)));
        let counties = (0..).zip(&self.counties);
        zones.extend(
            counties
                .filter(|(_, sums)| sums.n_pixels > 0)
                .map(|(number, sums)| zone("county", &name(number), sums)),
        );
        zones
    }
}

impl ZoneTruth {
    fn of(zone_set: &'static str, zone: &str, sums: &Sums, courses: &[[f64; N_YEARS]]) -> Self {
        let share = if sums.km2 > 0.0 { 1.0 / sums.km2 } else { 0.0 };
        let mut measure_gc_m2 = [0.0; N_YEARS];
        for (course, rate) in courses.iter().zip(&sums.rates) {
            for (sum, level) in measure_gc_m2.iter_mut().zip(course) {
                *sum += level * rate * share;
            }
        }
        Self {
            zone_set,
            zone: zone.to_owned(),
            n_pixels: sums.n_pixels,
            area_km2: sums.km2,
            means: sums.truths.map(|sum| sum * share),
            measure_gc_m2,
            share_human: sums.human_km2 * share,
        }
    }
}
