//! Which measure is taken where, and since when: one to a patch of some seventeen kilometres.
//!
//! Measures go to steep and poor land, afforestation to the steepest and poorest. That land also fares differently by
//! itself (`site.rs`), so that a plain comparison with land that was left alone is wrong.

use super::landscape::{Land, land};
use super::measures::{AFFORESTATION, NONE, RATES, SHARES, course_number, start_of};
use super::mosaic::{Mosaic, in_km};
use super::noise::Noise;
use super::stream;

/// Mean distance of the points of patches.
const SPACING_KM: f64 = 17.0;
/// Share of the rocky land that is treated, and of the treated land that is afforested.
const TREATED: f64 = 0.60;
const AFFORESTED: f64 = 0.20;
/// Share of the rocky land that nobody may treat, poor as it may be: so all land has its like in the control.
const SPARED: f64 = 0.15;
/// How much of what no map shows planners see.
const HIDDEN_WEIGHT: f64 = 0.4;
/// How much else than the land decides whether and how it is treated, in units of [`Land::given`].
const CHANCE: [f64; 2] = [1.4, 0.9];
/// Land within this distance of a measure takes part in it, by this share.
const SPILL_OVER_KM: f64 = 3.0;
const SPILL_OVER: f64 = 0.3;

/// What was done in a patch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Treatment {
    /// Index into [`super::MEASURES`].
    pub measure: u8,
    /// Index into the first years; of no meaning without a measure.
    pub start: usize,
}

impl Treatment {
    fn is_measure(self) -> bool {
        (1..NONE).contains(&self.measure)
    }

    /// First year under the measure.
    #[cfg(feature = "gdal")]
    pub(super) fn first_year(self) -> Option<i32> {
        self.is_measure()
            .then(|| super::measures::STARTS[self.start])
    }
}

/// What measures do at a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effect {
    /// The measure that is taken here.
    pub measure: u8,
    /// Number of the course over the years, of the place itself or of a neighbour.
    pub course: usize,
    /// Mean rise by that course where it begins first, gC m-2 yr-2.
    pub rate: f64,
}

/// All patches of the region.
#[derive(Clone, Debug)]
pub(super) struct Patches {
    mosaic: Mosaic,
    treatments: Vec<Treatment>,
}

/// How poor the land of each cell is as planners see it, with some chance in it.
fn scores(noise: Noise, lands: &[(usize, Land)], stream: u32, chance: f64) -> Vec<(usize, f64)> {
    let mut scores: Vec<(usize, f64)> = lands
        .iter()
        .map(|&(cell, land)| {
            let draw = noise.normal(stream, i64::try_from(cell).unwrap_or(0), 1);
            (
                cell,
                land.given + HIDDEN_WEIGHT * land.hidden + chance * draw,
            )
        })
        .collect();
    scores.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    scores
}

/// How many of `n` are a share of it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a region has some thousand patches"
)]
fn part(n: usize, share: f64) -> usize {
    (n as f64 * share) as usize
}

/// One of the measures other than afforestation, by its share.
fn other_measure(mut lot: f64) -> u8 {
    for (measure, share) in (0..).zip(SHARES) {
        lot -= share;
        if lot < 0.0 {
            return measure;
        }
    }
    1
}

impl Patches {
    pub(super) fn new(noise: Noise) -> Self {
        let mosaic = Mosaic::new(noise, stream::PATCH, SPACING_KM);
        let rocky: Vec<(usize, Land)> = (0..mosaic.len())
            .map(|cell| (cell, land(noise, mosaic.place(cell))))
            .filter(|(_, land)| land.is_karst)
            .collect();
        let mut treatments = vec![Treatment::default(); mosaic.len()];
        for &(cell, _) in &rocky {
            treatments[cell].measure = NONE;
        }
        let lot = |k: u32, cell: usize| {
            noise.uniform(stream::LOT + k, i64::try_from(cell).unwrap_or(0), 2)
        };
        let by_need = scores(noise, &rocky, stream::LOT, CHANCE[0]);
        let treated: Vec<usize> = by_need
            .iter()
            .map(|&(cell, _)| cell)
            .filter(|&cell| lot(4, cell) >= SPARED)
            .take(part(rocky.len(), TREATED))
            .collect();
        for &cell in &treated {
            treatments[cell].measure = other_measure(lot(2, cell));
        }
        let of_treated: Vec<(usize, Land)> = rocky
            .into_iter()
            .filter(|&(cell, _)| treatments[cell].is_measure())
            .collect();
        let worst = scores(noise, &of_treated, stream::LOT + 1, CHANCE[1]);
        for &(cell, _) in &worst[..part(of_treated.len(), AFFORESTED)] {
            treatments[cell].measure = AFFORESTATION;
        }
        for &cell in &treated {
            treatments[cell].start = start_of(treatments[cell].measure, lot(3, cell));
        }
        Self { mosaic, treatments }
    }

    /// What measures do at the place `place` degrees east and south of the north-west corner.
    pub(super) fn effect(&self, place: [f64; 2]) -> Effect {
        let km = in_km(place);
        let cell = self.mosaic.cell_at(km);
        let own = self.treatments[cell];
        if own.is_measure() {
            return Self::of(own, own, 1.0);
        }
        let nearest = self
            .mosaic
            .neighbours(km, cell)
            .filter(|&(other, km)| km < SPILL_OVER_KM && self.treatments[other].is_measure())
            .min_by(|a, b| a.1.total_cmp(&b.1));
        match nearest {
            Some((other, _)) => Self::of(own, self.treatments[other], SPILL_OVER),
            None => Self::of(own, own, 0.0),
        }
    }

    fn of(own: Treatment, source: Treatment, share: f64) -> Effect {
        Effect {
            measure: own.measure,
            course: course_number(source.measure, source.start),
            rate: share * RATES[usize::from(source.measure)],
        }
    }

    /// Outlines of all patches that are a zone, and what was done there.
    #[cfg(feature = "gdal")]
    pub(super) fn outlines(&self) -> impl Iterator<Item = (Vec<[f64; 2]>, Treatment)> + '_ {
        (0..self.mosaic.len())
            .filter(|&cell| self.treatments[cell].measure != 0)
            .map(|cell| (self.mosaic.outline(cell), self.treatments[cell]))
            .filter(|(outline, _)| !outline.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::super::measures::STARTS;
    use super::*;

    /// Mean height of the points of the patches of a measure, by the seeds of the shipped sample and another.
    fn mean_of(noise: Noise, patches: &Patches, measure: u8) -> f64 {
        let values: Vec<f64> = (0..patches.mosaic.len())
            .filter(|&cell| patches.treatments[cell].measure == measure)
            .map(|cell| land(noise, patches.mosaic.place(cell)).given)
            .collect();
        assert!(values.len() > 15, "{measure}: {}", values.len());
        values.iter().sum::<f64>() / f64::from(u32::try_from(values.len()).expect("few"))
    }

    #[test]
    fn measures_lie_on_poorer_land_and_afforestation_on_the_poorest() {
        for seed in [3, 8] {
            let noise = Noise::new(seed);
            let patches = Patches::new(noise);
            let of = |measure| mean_of(noise, &patches, measure);
            for measure in (1..NONE).filter(|&measure| measure != AFFORESTATION) {
                assert!(of(measure) > of(NONE) + 0.2, "{measure}");
                assert!(of(AFFORESTATION) > of(measure) + 0.4, "{measure}");
            }
        }
    }

    #[test]
    fn land_beside_a_measure_takes_part_in_it() {
        let patches = Patches::new(Noise::new(3));
        let effects = (0..40_000)
            .map(|k| patches.effect([f64::from(k % 200) * 0.0385, f64::from(k / 200) * 0.0285]));
        let untreated: Vec<Effect> = effects.filter(|effect| effect.measure == NONE).collect();
        let beside = untreated.iter().filter(|effect| effect.course > 0);
        let share = |n: usize| n * 100 / untreated.len();
        assert!((5..60).contains(&share(beside.clone().count())));
        for effect in beside {
            let measure = (effect.course - 1) / STARTS.len() + 1;
            assert!((effect.rate - 0.3 * RATES[measure]).abs() < 1e-12);
        }
    }
}
