//! q-values of a map of p, in passes over its pieces: no pass keeps the map in memory, and none depends on how it
//! is cut or in which order the pieces come.
//!
//! With `m` valid p, of which `C(p)` are not above `p`, the rule of Benjamini and Hochberg (1995) is
//! `q(p) = min(1, min over p' >= p of m p' / C(p'))`; that of Benjamini and Yekutieli (2001) is `1 + 1/2 +
//! ... + 1/m` times that. `C` jumps at values of the map alone, so counts of values are all that is needed.
//!
//! 1. [`PCounts`] counts p in buckets of equal ratio, 2^14 to each power of two, with the least and the
//!    largest value of each.
//! 2. If the border between significant and not is inside a bucket, the values of that bucket are
//!    counted one by one, in one more pass; most maps need none.
//! 3. [`QValues`] gives q of any p. Which side of 0.01 and of 0.05 it is on is exact. q itself is exact
//!    at the largest p of a bucket and in those counted one by one; elsewhere it is too large by less than
//!    2^-14 of itself, 0.006 %. Numbers below 1.2e-38, of which f32 has fewer digits, have buckets of equal ratio
//!    too. A p below 1.4e-45 is 0 in f32, and so is its q.

use std::collections::{BTreeMap, BTreeSet};

use crate::chain::FalseDiscovery;

/// The q below which a trend has a class of its own, from weak to strong.
pub const LEVELS: [f64; 2] = [0.05, 0.01];
/// Bits of the mantissa below those that number a bucket.
const FINE_BITS: u32 = 9;
/// Buckets of one power of two.
const BUCKETS: usize = 1 << 14;
/// Values of one bucket.
const FINE: usize = 1 << FINE_BITS;
/// Powers of two in 0..=1: those of normal numbers, from 2^-126 on, behind those of subnormal ones, from 2^-149 on.
const EXPONENTS: usize = 151;
/// Bits of the fraction of a number.
const FRACTION_BITS: u32 = 23;
/// Buckets counted one by one in one pass: 16 MiB.
const FINE_AT_ONCE: usize = 4096;

/// Some neighbouring p.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    n: u64,
    least: f32,
    most: f32,
}

const EMPTY: Bucket = Bucket {
    n: 0,
    least: f32::INFINITY,
    most: f32::NEG_INFINITY,
};

/// How often each p occurs in a map, in buckets.
#[derive(Clone, Debug)]
pub struct PCounts {
    rule: FalseDiscovery,
    n: u64,
    zeros: u64,
    /// Made when the first p of that size comes.
    powers: Vec<Option<Box<[Bucket]>>>,
    /// Counts of single values in some buckets, and in those of the pass under way.
    fine: BTreeMap<u32, Vec<u64>>,
    counting: BTreeMap<u32, Vec<u64>>,
}

/// The bits of a p between 0 and 1, 0 for 0 alone; none for a missing one. They are those of a float with an exponent wide
/// enough for every p to be a normal number: steps of one bit are of nearly the same ratio everywhere.
fn bits_of(p: f32) -> Option<u32> {
    (!p.is_nan()).then(|| {
        let bits = p.clamp(0.0, 1.0).abs().to_bits();
        match bits.checked_ilog2() {
            None => 0,
            Some(highest) if highest < FRACTION_BITS => {
                let shift = FRACTION_BITS - highest;
                // Adding the leading bit makes the exponent one larger.
                (highest << FRACTION_BITS) + (bits << shift)
            }
            Some(_) => bits + (FRACTION_BITS << FRACTION_BITS),
        }
    })
}

/// The p of such bits.
fn p_of(bits: u32) -> f32 {
    let exponent = bits >> FRACTION_BITS;
    if exponent > FRACTION_BITS {
        return f32::from_bits(bits - (FRACTION_BITS << FRACTION_BITS));
    }
    let Some(highest) = exponent.checked_sub(1) else {
        return 0.0;
    };
    let whole = (1 << FRACTION_BITS) | (bits & ((1 << FRACTION_BITS) - 1));
    f32::from_bits(whole >> (FRACTION_BITS - highest))
}

fn bucket_of(bits: u32) -> u32 {
    bits >> FINE_BITS
}

fn value_of(bucket: u32, index: usize) -> f32 {
    p_of((bucket << FINE_BITS) | u32::try_from(index).unwrap_or(0))
}

impl PCounts {
    /// No p yet.
    #[must_use]
    pub fn new(rule: FalseDiscovery) -> Self {
        Self {
            rule,
            n: 0,
            zeros: 0,
            powers: vec![None; EXPONENTS],
            fine: BTreeMap::new(),
            counting: BTreeMap::new(),
        }
    }

    /// Counts a piece of the map; NaN is missing and not counted.
    pub fn add(&mut self, p: &[f32]) {
        for bits in p.iter().filter_map(|&p| bits_of(p)) {
            self.n += 1;
            if bits == 0 {
                self.zeros += 1;
                continue;
            }
            let (power, index) = power_and_index(bucket_of(bits));
            let bucket =
                &mut self.powers[power].get_or_insert_with(|| vec![EMPTY; BUCKETS].into())[index];
            let p = p_of(bits);
            *bucket = Bucket {
                n: bucket.n + 1,
                least: bucket.least.min(p),
                most: bucket.most.max(p),
            };
        }
    }

    /// Valid p so far.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Whether a pass of [`PCounts::add_fine`] over the whole map is needed, once more, before q is known.
    pub fn needs_fine(&mut self) -> bool {
        self.fine.append(&mut self.counting);
        let scale = self.scale();
        let mut open = BTreeSet::new();
        for level in LEVELS {
            for (number, bucket, up_to) in self.down_from_the_top() {
                let is_significant = match self.fine.get(&number) {
                    Some(counts) => {
                        Self::ratios(scale, number, counts, up_to).any(|(_, q)| q < level)
                    }
                    None => scale.q(bucket.most, up_to) < level,
                };
                if is_significant {
                    break;
                }
                // A value inside could be significant though the largest is not.
                let could_be = bucket.least < bucket.most && scale.q(bucket.least, up_to) < level;
                if could_be && !self.fine.contains_key(&number) {
                    open.insert(number);
                }
            }
        }
        self.counting = open
            .into_iter()
            .rev()
            .take(FINE_AT_ONCE)
            .map(|number| (number, vec![0; FINE]))
            .collect();
        !self.counting.is_empty()
    }

    /// Counts a piece of the map once more, value by value where that is needed.
    pub fn add_fine(&mut self, p: &[f32]) {
        for bits in p.iter().filter_map(|&p| bits_of(p)) {
            if let Some(counts) = self.counting.get_mut(&bucket_of(bits)) {
                counts[bits as usize % FINE] += 1;
            }
        }
    }

    /// The indices in a bucket that have values, from the largest down, each with `m p / C(p)`.
    fn ratios(
        scale: Scale,
        number: u32,
        counts: &[u64],
        up_to: u64,
    ) -> impl Iterator<Item = (usize, f64)> + '_ {
        let ratios = counts
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, count)| **count > 0);
        ratios.scan(up_to, move |up_to, (index, count)| {
            let ratio = scale.q(value_of(number, index), *up_to);
            *up_to -= count;
            Some((index, ratio))
        })
    }

    /// The q of every p of the map.
    #[must_use]
    pub fn q_values(&self) -> QValues {
        let scale = self.scale();
        let mut q = QValues {
            n: self.n,
            powers: vec![None; EXPONENTS],
            fine: BTreeMap::new(),
            borders: [None; LEVELS.len()],
        };
        let mut lowest = 1.0_f64;
        for (number, bucket, up_to) in self.down_from_the_top() {
            if let Some(counts) = self.fine.get(&number) {
                // Places without a value are never asked for.
                let mut of_values = vec![1.0; FINE];
                for (index, ratio) in Self::ratios(scale, number, counts, up_to) {
                    lowest = q.meet(value_of(number, index), ratio, lowest);
                    of_values[index] = lowest;
                }
                q.fine.insert(number, of_values);
            } else {
                lowest = q.meet(bucket.most, scale.q(bucket.most, up_to), lowest);
            }
            let (power, index) = power_and_index(number);
            q.powers[power].get_or_insert_with(|| vec![1.0; BUCKETS].into())[index] = lowest;
        }
        if self.zeros > 0 {
            q.meet(0.0, 0.0, lowest);
        }
        q
    }

    fn scale(&self) -> Scale {
        #[expect(clippy::cast_precision_loss, reason = "no map has 2^53 pixels")]
        let n = self.n as f64;
        let factor = match self.rule {
            FalseDiscovery::BenjaminiHochberg => 1.0,
            FalseDiscovery::BenjaminiYekutieli => harmonic_number(self.n),
        };
        Scale { n, factor }
    }

    /// The buckets with values from the largest p down, each with the count of p up to its largest.
    fn down_from_the_top(&self) -> impl Iterator<Item = (u32, Bucket, u64)> + '_ {
        let powers = self.powers.iter().enumerate().rev();
        let buckets = powers.flat_map(|(power, buckets)| {
            let buckets = buckets
                .iter()
                .flat_map(|buckets| buckets.iter().enumerate().rev());
            buckets.map(move |(index, bucket)| (power * BUCKETS + index, *bucket))
        });
        buckets
            .filter(|(_, bucket)| bucket.n > 0)
            .scan(self.n, |up_to, (number, bucket)| {
                let count = std::mem::replace(up_to, *up_to - bucket.n);
                Some((u32::try_from(number).unwrap_or(u32::MAX), bucket, count))
            })
    }
}

/// Power of two of a bucket, and its index within it.
fn power_and_index(bucket: u32) -> (usize, usize) {
    (bucket as usize / BUCKETS, bucket as usize % BUCKETS)
}

/// What turns a p and its rank into a q.
#[derive(Clone, Copy)]
struct Scale {
    n: f64,
    factor: f64,
}

impl Scale {
    #[expect(clippy::cast_precision_loss, reason = "no map has 2^53 pixels")]
    fn q(self, p: f32, up_to: u64) -> f64 {
        f64::from(p) * (self.n / up_to as f64) * self.factor
    }
}

/// `1 + 1/2 + ... + 1/n`.
#[expect(clippy::cast_precision_loss, reason = "no map has 2^53 pixels")]
fn harmonic_number(n: u64) -> f64 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    if n <= 10_000 {
        return (1..=n).rev().map(|i| 1.0 / i as f64).sum();
    }
    // The next term is 1 / (120 n⁴), less than 1e-18.
    let n = n as f64;
    n.ln() + EULER + 0.5 / n - 1.0 / (12.0 * n * n)
}

/// The q of every p of one map.
#[derive(Clone, Debug)]
pub struct QValues {
    n: u64,
    powers: Vec<Option<Box<[f64]>>>,
    fine: BTreeMap<u32, Vec<f64>>,
    borders: [Option<f32>; LEVELS.len()],
}

impl QValues {
    /// Takes note of a value of the map with `m p / C(p)` and gives the lowest so far.
    fn meet(&mut self, p: f32, ratio: f64, lowest: f64) -> f64 {
        for (border, level) in self.borders.iter_mut().zip(LEVELS) {
            if border.is_none() && ratio < level {
                *border = Some(p);
            }
        }
        lowest.min(ratio)
    }

    /// q of a p of the map; NaN where it is missing.
    #[must_use]
    pub fn of(&self, p: f32) -> f64 {
        let Some(bits) = bits_of(p) else {
            return f64::NAN;
        };
        if bits == 0 {
            return 0.0;
        }
        if let Some(values) = self.fine.get(&bucket_of(bits)) {
            return values[bits as usize % FINE];
        }
        let (power, index) = power_and_index(bucket_of(bits));
        self.powers[power]
            .as_ref()
            .map_or(1.0, |buckets| buckets[index])
    }

    /// Valid p of the map.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// The largest p that is significant at each of [`LEVELS`], exactly; none where no pixel is.
    #[must_use]
    pub fn borders(&self) -> [Option<f32>; LEVELS.len()] {
        self.borders
    }
}

#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "synthetic values and small counts"
)]
mod tests {
    use super::*;
    use FalseDiscovery::{BenjaminiHochberg, BenjaminiYekutieli};

    fn q_values(rule: FalseDiscovery, pieces: &[&[f32]]) -> QValues {
        let mut counts = PCounts::new(rule);
        for piece in pieces {
            counts.add(piece);
        }
        while counts.needs_fine() {
            for piece in pieces {
                counts.add_fine(piece);
            }
        }
        counts.q_values()
    }

    /// The rule as it is written, on the sorted map.
    fn by_sorting(rule: FalseDiscovery, p: &[f32]) -> Vec<f64> {
        let mut sorted: Vec<f32> = p.iter().copied().filter(|p| !p.is_nan()).collect();
        sorted.sort_by(f32::total_cmp);
        let n = sorted.len() as u64;
        let factor = if rule == BenjaminiHochberg {
            1.0
        } else {
            harmonic_number(n)
        };
        let scale = Scale {
            n: n as f64,
            factor,
        };
        let mut q: Vec<f64> = (1..)
            .zip(&sorted)
            .map(|(rank, &p)| scale.q(p, rank))
            .collect();
        for i in (0..q.len().saturating_sub(1)).rev() {
            q[i] = q[i].min(q[i + 1]);
        }
        let of = |p: f32| {
            if p.is_nan() {
                f64::NAN
            } else {
                q[sorted.partition_point(|&s| s <= p) - 1].min(1.0)
            }
        };
        p.iter().map(|&p| of(p)).collect()
    }

    fn assert_same(rule: FalseDiscovery, p: &[f32]) {
        let (ours, expected) = (q_values(rule, &[p]), by_sorting(rule, p));
        for (&p, expected) in p.iter().zip(&expected) {
            let q = ours.of(p);
            assert_eq!(q.is_nan(), expected.is_nan());
            assert!(
                q.is_nan() || (*expected..=expected * (1.0 + 6.2e-5)).contains(&q),
                "{p}: {q} for {expected}"
            );
            for level in LEVELS {
                assert_eq!(q < level, *expected < level, "p {p}, q {q}, level {level}");
            }
        }
        for (border, level) in ours.borders().into_iter().zip(LEVELS) {
            let significant = p
                .iter()
                .zip(&expected)
                .filter(|(_, q)| **q < level)
                .map(|(p, _)| *p);
            assert_eq!(border, significant.max_by(f32::total_cmp), "level {level}");
        }
    }

    /// Numbers that `f32` keeps with few digits: a bucket of them must not span many sizes.
    #[test]
    fn q_of_p_below_the_normal_numbers_is_as_near() {
        let tiny = (1..=700_u32).map(|i| f32::from_bits(i * i));
        let about = (0..200).map(|i| f32::MIN_POSITIVE * (0.9 + 0.001 * i as f32));
        let mut p: Vec<f32> = tiny.chain(about).chain([1e-42; 3]).collect();
        p.extend(made_up(5, 3000, 0.2));
        for &p in &p {
            let bits = bits_of(p).expect("a p");
            assert_eq!(p_of(bits), p, "{p:e}");
            let next = bits_of(p.next_up()).expect("a p");
            assert!(p >= 1.0 || next > bits, "{p:e}");
        }
        assert_same(BenjaminiHochberg, &p);
        assert_same(BenjaminiYekutieli, &p);
        let q = q_values(BenjaminiHochberg, &[&p]).of(1e-42);
        assert!(q > 1e-42 && q < 1e-38, "{q:e}");
    }

    /// p as of maps with signal in a share of the pixels, all of them near 0.05 or not.
    fn made_up(seed: u64, n: usize, share: f64) -> Vec<f32> {
        let mut state = seed;
        let mut uniform = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..n)
            .map(|_| {
                let (has_signal, x) = (uniform() < share, uniform());
                if has_signal {
                    x.powi(6) as f32
                } else {
                    x as f32
                }
            })
            .collect()
    }

    #[test]
    fn classes_are_those_of_the_sorted_map() {
        for rule in [BenjaminiHochberg, BenjaminiYekutieli] {
            for (seed, n, share) in [
                (1, 5000, 0.3),
                (2, 20_000, 0.9),
                (3, 777, 0.0),
                (4, 1, 1.0),
                (5, 2, 1.0),
            ] {
                assert_same(rule, &made_up(seed, n, share));
            }
        }
    }

    #[test]
    fn values_side_by_side_about_the_border_are_told_apart() {
        // All within a bucket or two.
        for centre in [0.049_f32, 0.05, 0.01, 0.009_99, 0.025, 1e-7] {
            for n in [2_u32, 10, 300, 511] {
                let p: Vec<f32> = (0..n)
                    .map(|i| f32::from_bits(centre.to_bits() - n / 2 + i))
                    .collect();
                assert_same(BenjaminiHochberg, &p);
                let half = [&p[..], &vec![0.9; p.len()]].concat();
                assert_same(BenjaminiHochberg, &half);
                assert_same(BenjaminiYekutieli, &half);
            }
        }
    }

    /// Far more p below and above a bucket than in it: there its largest value is not significant, while one
    /// inside is. Only counts of single values decide it.
    #[test]
    fn a_border_inside_a_bucket_is_found() {
        const BELOW: usize = 100_000;
        for level in LEVELS {
            let mut n_inside = 0;
            for above in BELOW..BELOW + 40 {
                let limit = level * (BELOW + 1) as f64 / (BELOW + 2 + above) as f64;
                let inside = (limit * (1.0 - 3e-6)) as f32;
                let largest = (limit * (1.0 + 1.5e-5)) as f32;
                if bucket_of(inside.to_bits()) != bucket_of(largest.to_bits()) {
                    continue;
                }
                n_inside += 1;
                let p = [
                    &vec![1e-12; BELOW][..],
                    &[inside, largest],
                    &vec![0.9; above],
                ]
                .concat();
                let mut counts = PCounts::new(BenjaminiHochberg);
                counts.add(&p);
                assert!(counts.needs_fine(), "{inside} and {largest} in one bucket");
                counts.add_fine(&p);
                assert!(!counts.needs_fine(), "once is enough");
                let q = counts.q_values();
                let index = LEVELS.iter().position(|l| *l == level).expect("a level");
                assert_eq!(q.borders()[index], Some(inside));
                assert!(
                    q.of(inside) < level && q.of(largest) >= level,
                    "{} {}",
                    q.of(inside),
                    q.of(largest)
                );
            }
            assert!(n_inside > 3, "only {n_inside} borders inside a bucket");
        }
    }

    #[test]
    fn ties_zeros_ones_missing_and_nothing_at_all() {
        let nan = f32::NAN;
        assert_same(BenjaminiHochberg, &[0.0, 0.0, 0.5, nan, 1.0, 1.0, -0.0]);
        assert_same(BenjaminiHochberg, &[1.0; 50]);
        assert_same(BenjaminiYekutieli, &[0.04; 50]);
        assert_same(BenjaminiHochberg, &[nan, 0.03, nan]);
        assert_same(BenjaminiHochberg, &[1e-45, 1e-40, 1e-38, 1e-30, 0.2]);
        let nothing = q_values(BenjaminiHochberg, &[&[nan, nan], &[]]);
        assert_eq!((nothing.n(), nothing.borders()), (0, [None, None]));
        assert!(nothing.of(nan).is_nan());
        assert_eq!(
            q_values(BenjaminiHochberg, &[&[0.0]]).borders(),
            [Some(0.0), Some(0.0)]
        );
    }

    #[test]
    fn neither_pieces_nor_their_order_change_a_bit() {
        let p = made_up(9, 3000, 0.5);
        let whole = q_values(BenjaminiHochberg, &[&p]);
        let mut pieces: Vec<&[f32]> = p.chunks(7).collect();
        pieces.reverse();
        let cut = q_values(BenjaminiHochberg, &pieces);
        assert!(
            p.iter()
                .all(|&p| whole.of(p).to_bits() == cut.of(p).to_bits())
        );
        assert_eq!(whole.borders(), cut.borders());
    }

    #[test]
    fn harmonic_numbers_go_on_where_the_sum_ends() {
        let sum = |n: u64| (1..=n).rev().map(|i| 1.0 / i as f64).sum::<f64>();
        for n in [1, 2, 10_000, 10_001, 100_000] {
            assert!((harmonic_number(n) / sum(n) - 1.0).abs() < 1e-14, "{n}");
        }
    }
}
