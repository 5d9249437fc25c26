//! How much work a device gets at once.
//!
//! A driver's watchdog ends whatever keeps a device busy for two seconds, and takes the device with
//! it. So the stages of a slab are cut into slices, a stage over a range of pixels, and a
//! submission takes as many as should last a tenth of a second by what earlier ones took. No result
//! depends on it: pixels do not depend on each other, and a stage ends before the next begins.

/// What a submission should take, seconds.
const TARGET_S: f64 = 0.1;
/// Pixels of the first slice of a stage whose cost is not known.
const FIRST_PIXELS: usize = 1024;
/// A slice has at most this many times the pixels of the largest one that was measured.
const GROWTH: usize = 4;
/// A cost falls to no less than this share of what it was: neighbouring pixels may all be missing.
const MIN_FALL: f64 = 0.25;
/// No clock is finer.
const MIN_COST: f64 = 1e-12;
/// Slices start at whole workgroups.
const STEP: usize = crate::kernels::wgsl::WORKGROUP_SIZE as usize;

/// A stage over a range of a slab's pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) stage: usize,
    pub(super) first: usize,
    pub(super) n_pixels: usize,
}

/// How far a slab is: `stage` has computed the pixels before `pixel`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SliceCursor {
    stage: usize,
    pixel: usize,
}

/// What a shader was seen to take.
#[derive(Clone, Copy, Debug)]
struct Cost {
    s_per_pixel: f64,
    /// Pixels of the largest slice so far.
    largest: usize,
}

impl Cost {
    /// Pixels that fit into `seconds`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float saturates as a whole number"
    )]
    fn pixels_in(self, seconds: f64) -> usize {
        (seconds.max(0.0) / self.s_per_pixel) as usize
    }

    /// The most pixels that the next slice may have.
    fn grown(self) -> usize {
        GROWTH.saturating_mul(self.largest)
    }
}

/// The costs of all stages, and what follows from them.
#[derive(Clone, Debug)]
pub(super) struct SliceScheduler {
    /// The costs of each shader, and the shader of each stage. The draws of an ensemble are hundreds
    /// of stages of a few shaders.
    costs: Vec<Option<Cost>>,
    shader_of: Vec<usize>,
    most_pixels: usize,
}

impl SliceScheduler {
    /// Nothing is known of any stage; no slice will have more than `most_pixels`.
    ///
    /// # Arguments
    ///
    /// * `shader_of` - the shader of each stage; stages of the same shader cost the same.
    pub(super) fn new(shader_of: Vec<usize>, most_pixels: usize) -> Self {
        let n_shaders = shader_of.iter().max().map_or(0, |last| last + 1);
        Self {
            costs: vec![None; n_shaders],
            shader_of,
            most_pixels: most_pixels.max(STEP),
        }
    }

    fn cost(&self, stage: usize) -> Option<Cost> {
        self.costs[self.shader_of[stage]]
    }

    /// No slice from now on has more pixels.
    pub(super) fn limit(&mut self, most_pixels: usize) {
        self.most_pixels = most_pixels.max(STEP);
    }

    /// Pixels that the slowest stage computes within `seconds`, in whole workgroups; one of them at least.
    pub(super) fn pixels_within(&self, seconds: f64) -> usize {
        let in_time = |cost: Cost| cost.pixels_in(seconds).min(cost.grown());
        let of_each = self.costs.iter().map(|c| c.map_or(FIRST_PIXELS, in_time));
        (of_each.min().unwrap_or(STEP) / STEP * STEP).max(STEP)
    }

    /// Whether the next slice shows more of its stage than earlier ones did: it is the first of the
    /// stage, or as large as its growth allows. What is on its way should be through before.
    pub(super) fn is_learning(&self, cursor: &SliceCursor, n_pixels: usize) -> bool {
        if self.is_through(cursor) {
            return false;
        }
        let most = (n_pixels - cursor.pixel).min(self.most_pixels);
        self.cost(cursor.stage)
            .is_none_or(|cost| cost.grown() < most.min(cost.pixels_in(TARGET_S)))
    }

    /// Whether all stages have computed all pixels.
    pub(super) fn is_through(&self, cursor: &SliceCursor) -> bool {
        cursor.stage >= self.shader_of.len()
    }

    /// The slices of the next submission for a slab of `n_pixels`; none when it is through. A stage
    /// has at most one slice in it, since each stage has one buffer on the device for its range.
    pub(super) fn next(&self, cursor: &mut SliceCursor, n_pixels: usize) -> Vec<Slice> {
        let mut slices: Vec<Slice> = Vec::new();
        let mut left = TARGET_S;
        while !self.is_through(cursor) {
            let remaining = n_pixels - cursor.pixel;
            let cost = self.cost(cursor.stage);
            let allowed = match cost {
                // Alone, so that what it takes is its own.
                None => FIRST_PIXELS,
                Some(cost) => cost.pixels_in(left).min(cost.grown()),
            }
            .min(self.most_pixels);
            let is_first = slices.is_empty();
            // What would have to be cut begins a submission of its own.
            if !is_first && (cost.is_none() || allowed < remaining) {
                break;
            }
            let n = remaining.min((allowed / STEP * STEP).max(STEP));
            slices.push(Slice {
                stage: cursor.stage,
                first: cursor.pixel,
                n_pixels: n,
            });
            left -= self.estimate(&slices[slices.len() - 1..]);
            let is_through = n == remaining;
            *cursor = if is_through {
                SliceCursor {
                    stage: cursor.stage + 1,
                    pixel: 0,
                }
            } else {
                SliceCursor {
                    pixel: cursor.pixel + n,
                    ..*cursor
                }
            };
            if cost.is_none() || !is_through {
                break;
            }
        }
        slices
    }

    /// Learns from what `slices` took together. With `at_most` they took that long or less: the
    /// host came late to look.
    pub(super) fn learn(&mut self, slices: &[Slice], seconds: f64, at_most: bool) {
        let estimate = self.estimate(slices);
        for (at, slice) in slices.iter().enumerate() {
            let shader = self.shader_of[slice.stage];
            let is_known = |other: &Slice| self.shader_of[other.stage] == shader;
            if slices[..at].iter().any(is_known) {
                continue;
            }
            let n = slice.n_pixels.max(1);
            #[expect(clippy::cast_precision_loss, reason = "a cost of few digits")]
            let alone = (seconds / n as f64).max(MIN_COST);
            let cost = &mut self.costs[shader];
            let Some(old) = *cost else {
                *cost = Some(Cost {
                    s_per_pixel: alone,
                    largest: n,
                });
                continue;
            };
            let new = if slices.len() == 1 {
                alone
            } else {
                old.s_per_pixel * seconds / estimate.max(MIN_COST)
            };
            let new = if at_most {
                new.min(old.s_per_pixel)
            } else {
                new
            };
            let s_per_pixel = new.max(MIN_FALL * old.s_per_pixel).max(MIN_COST);
            *cost = Some(Cost {
                s_per_pixel,
                largest: old.largest.max(n),
            });
        }
    }

    /// Seconds that `slices` should take together.
    #[expect(clippy::cast_precision_loss, reason = "a cost of few digits")]
    fn estimate(&self, slices: &[Slice]) -> f64 {
        slices
            .iter()
            .map(|slice| {
                self.cost(slice.stage).map_or(0.0, |c| c.s_per_pixel) * slice.n_pixels as f64
            })
            .sum()
    }
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "synthetic costs")]
mod tests {
    use super::*;

    const SLAB: usize = 1 << 17;

    /// Runs slabs on a synthetic device and gives the submissions of each with the seconds they
    /// took.
    fn run(
        scheduler: &mut SliceScheduler,
        slabs: &[usize],
        seconds: impl Fn(usize, &Slice) -> f64,
    ) -> Vec<Vec<(Vec<Slice>, f64)>> {
        let mut all = Vec::new();
        for (number, &n_pixels) in slabs.iter().enumerate() {
            let mut cursor = SliceCursor::default();
            let mut submissions = Vec::new();
            loop {
                let slices = scheduler.next(&mut cursor, n_pixels);
                if slices.is_empty() {
                    break;
                }
                let took = slices.iter().map(|slice| seconds(number, slice)).sum();
                scheduler.learn(&slices, took, false);
                submissions.push((slices, took));
            }
            all.push(submissions);
        }
        all
    }

    /// Each stage meets each pixel once, after the stage before it did.
    fn assert_covers(submissions: &[(Vec<Slice>, f64)], n_stages: usize, n_pixels: usize) {
        let mut expected = SliceCursor::default();
        for slice in submissions.iter().flat_map(|(slices, _)| slices) {
            assert_eq!((slice.stage, slice.first), (expected.stage, expected.pixel));
            expected.pixel += slice.n_pixels;
            if expected.pixel == n_pixels {
                expected = SliceCursor {
                    stage: expected.stage + 1,
                    pixel: 0,
                };
            }
        }
        assert_eq!(
            expected,
            SliceCursor {
                stage: n_stages,
                pixel: 0
            }
        );
        for (slices, _) in submissions {
            assert!(
                slices.windows(2).all(|pair| pair[0].stage < pair[1].stage),
                "a stage twice: {slices:?}"
            );
        }
    }

    #[test]
    fn every_pixel_goes_through_every_stage_once() {
        for n_pixels in [1, 63, 64, 65, 1000, 5000, SLAB] {
            for most in [1, 64, 100, 4096, SLAB] {
                let mut scheduler = SliceScheduler::new((0..3).collect(), most);
                let slabs = run(&mut scheduler, &[n_pixels; 3], |_, slice| {
                    1e-7 * (slice.n_pixels * slice.stage) as f64
                });
                for slab in &slabs {
                    assert_covers(slab, 3, n_pixels);
                    assert!(
                        slab.iter()
                            .flat_map(|(slices, _)| slices)
                            .all(|s| s.n_pixels <= most.max(64))
                    );
                }
            }
        }
    }

    #[test]
    fn a_fast_device_ends_with_one_submission_a_slab() {
        let mut scheduler = SliceScheduler::new((0..20).collect(), SLAB);
        // A launch of 50 µs, then 10 Gpixel/s.
        let slabs = run(&mut scheduler, &[SLAB; 12], |_, slice| {
            5e-5 + 1e-10 * slice.n_pixels as f64
        });
        assert!(slabs[0].len() > 20, "it begins with single slices");
        assert_eq!(slabs[11].len(), 1, "{:?}", slabs[11].len());
    }

    #[test]
    fn a_slow_stage_is_cut_so_that_none_takes_long() {
        let mut scheduler = SliceScheduler::new((0..3).collect(), SLAB);
        let cost = [1e-8, 3e-5, 2e-7];
        let slabs = run(&mut scheduler, &[SLAB; 4], |_, slice| {
            cost[slice.stage] * slice.n_pixels as f64
        });
        for (submissions, number) in slabs.iter().zip(0..) {
            assert_covers(submissions, 3, SLAB);
            let longest = submissions
                .iter()
                .map(|(_, took)| *took)
                .fold(0.0, f64::max);
            assert!(longest < 0.13, "slab {number}: {longest} s");
        }
        assert!(
            slabs[3].len() < 60,
            "{} submissions for 4 s",
            slabs[3].len()
        );
    }

    #[test]
    fn land_after_sea_stays_far_below_the_watchdog() {
        let mut scheduler = SliceScheduler::new((0..2).collect(), SLAB);
        // Ten slabs of missing pixels cost a twentieth.
        let cost = |slab: usize| if slab < 10 { 5e-8 } else { 1e-6 };
        let slabs = run(&mut scheduler, &[SLAB; 14], |slab, slice| {
            cost(slab) * slice.n_pixels as f64
        });
        let longest = slabs
            .iter()
            .flatten()
            .map(|(_, took)| *took)
            .fold(0.0, f64::max);
        assert!(longest < 1.0, "{longest} s");
        assert!(slabs[13].iter().all(|(_, took)| *took < 0.15));
    }

    #[test]
    fn a_host_that_looks_late_does_not_make_slices_small() {
        let mut scheduler = SliceScheduler::new((0..1).collect(), SLAB);
        run(&mut scheduler, &[SLAB; 6], |_, slice| {
            1e-8 * slice.n_pixels as f64
        });
        let slice = Slice {
            stage: 0,
            first: 0,
            n_pixels: SLAB,
        };
        scheduler.learn(&[slice], 5.0, true);
        assert_eq!(scheduler.next(&mut SliceCursor::default(), SLAB), [slice]);
    }

    #[test]
    fn the_slowest_stage_says_how_many_pixels_last_so_long() {
        let mut scheduler = SliceScheduler::new(vec![0, 1], SLAB);
        assert_eq!(scheduler.pixels_within(0.5), FIRST_PIXELS);
        let costs = |_, slice: &Slice| [1e-8, 1e-5][slice.stage] * slice.n_pixels as f64;
        run(&mut scheduler, &[SLAB; 4], costs);
        // Not even a workgroup lasts a microsecond, and nobody knows what many more pixels than ever take.
        let pixels = [0.05, 1e-6, 1e6].map(|seconds| scheduler.pixels_within(seconds));
        assert_eq!(pixels, [4992, STEP, GROWTH * 9984]);
    }

    #[test]
    fn stages_of_one_shader_are_measured_once() {
        let mut scheduler = SliceScheduler::new(vec![0, 1, 0, 1, 0, 1], SLAB);
        let slabs = run(&mut scheduler, &[SLAB; 3], |_, slice| {
            1e-8 * slice.n_pixels as f64
        });
        let alone = |slab: &[(Vec<Slice>, f64)], stage: usize| {
            let of_stage = |(slices, _): &&(Vec<Slice>, f64)| slices[0].stage == stage;
            slab.iter().filter(of_stage).count()
        };
        assert!(alone(&slabs[0], 0) > 2 && alone(&slabs[0], 1) > 2);
        let later: usize = (2..6).map(|stage| alone(&slabs[0], stage)).sum();
        assert_eq!((later, slabs[1].len()), (0, 1), "{:?}", slabs[0]);
    }

    #[test]
    fn a_stage_is_learnt_until_nothing_but_time_holds_it_back() {
        let mut scheduler = SliceScheduler::new(vec![0], SLAB);
        let mut cursor = SliceCursor::default();
        for n_pixels in [1024, 4096] {
            assert!(scheduler.is_learning(&cursor, SLAB));
            let slices = scheduler.next(&mut cursor, SLAB);
            assert_eq!(slices[0].n_pixels, n_pixels);
            let seconds = 1e-5 * slices[0].n_pixels as f64;
            scheduler.learn(&slices, seconds, false);
        }
        // 10,000 pixels take as long as a submission may.
        assert!(!scheduler.is_learning(&cursor, SLAB));
        assert!(!scheduler.is_learning(&SliceCursor::default(), 1000));
    }
}
