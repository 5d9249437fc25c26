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

mod buckets;

use std::collections::{BTreeMap, BTreeSet};

use crate::chain::FalseDiscovery;
use buckets::{
    BUCKETS, Bucket, EMPTY, EXPONENTS, FINE, bits_of, bucket_of, p_of, power_and_index, value_of,
};

/// The q below which a trend has a class of its own, from weak to strong.
pub const LEVELS: [f64; 2] = [0.05, 0.01];
/// Buckets counted one by one in one pass: 16 MiB.
const FINE_AT_ONCE: usize = 4096;

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
mod tests;
