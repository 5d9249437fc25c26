//! Counts of missing numbers at one moment of a run, for one that goes on from there.

use std::sync::atomic::{AtomicU64, Ordering};

use super::fill_counts::{FillCounts, Zeros};

/// The counts at one moment of a run.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct FillCountsState {
    /// In the order of the codes.
    codes: Vec<u64>,
    outside: u64,
    not_a_number: u64,
    /// Those of [`Zeros`], in their order.
    zeros: [u64; 4],
    is_value: bool,
}

impl FillCounts {
    /// The counts now.
    pub(crate) fn state(&self) -> FillCountsState {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let Zeros {
            seen,
            found,
            least,
            most,
            is_value,
        } = &self.zeros;
        FillCountsState {
            codes: self.codes.iter().map(|(_, counter)| of(counter)).collect(),
            outside: of(&self.outside),
            not_a_number: of(&self.not_a_number),
            zeros: [seen, found, least, most].map(of),
            is_value: is_value.load(Ordering::Relaxed),
        }
    }

    /// Adds counts of other tiles of the same input.
    pub(crate) fn merge(&self, state: &FillCountsState) {
        let add = |counter: &AtomicU64, n: u64| counter.fetch_add(n, Ordering::Relaxed);
        for ((_, counter), n) in self.codes.iter().zip(&state.codes) {
            add(counter, *n);
        }
        add(&self.outside, state.outside);
        add(&self.not_a_number, state.not_a_number);
        let [seen, found, least, most] = state.zeros;
        add(&self.zeros.seen, seen);
        add(&self.zeros.found, found);
        self.zeros.least.fetch_min(least, Ordering::Relaxed);
        self.zeros.most.fetch_max(most, Ordering::Relaxed);
        self.zeros
            .is_value
            .fetch_or(state.is_value, Ordering::Relaxed);
    }

    /// Goes on from counts of the same input.
    pub(crate) fn restore(&self, state: &FillCountsState) {
        let set = |counter: &AtomicU64, to: u64| counter.store(to, Ordering::Relaxed);
        for ((_, counter), to) in self.codes.iter().zip(&state.codes) {
            set(counter, *to);
        }
        set(&self.outside, state.outside);
        set(&self.not_a_number, state.not_a_number);
        let zeros = &self.zeros;
        let counters = [&zeros.seen, &zeros.found, &zeros.least, &zeros.most];
        for (counter, to) in counters.into_iter().zip(state.zeros) {
            set(counter, to);
        }
        zeros.is_value.store(state.is_value, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_parts_are_those_of_the_whole() {
        let of = || FillCounts::new([-9999.0], Some([0.0, 100.0]));
        let values = [0.0, -9999.0, 50.0, 101.0, f32::NAN, 0.0, 70.0];
        let whole = of();
        whole.count(&values);
        let merged = of();
        for part in [&values[4..], &values[..2], &values[2..4]] {
            let counts = of();
            counts.count(part);
            merged.merge(&counts.state());
        }
        assert_eq!(merged.state(), whole.state());
    }

    #[test]
    fn counts_go_on_where_they_were() {
        let counts_of = |parts: &[&[f32]]| {
            let of = || FillCounts::new([-9999.0], Some([0.0, 100.0]));
            let mut counts = of();
            for part in parts {
                let next = of();
                next.restore(&counts.state());
                next.count(part);
                counts = next;
            }
            counts.state()
        };
        let values = [0.0, -9999.0, 50.0, 101.0, f32::NAN, 0.0, 70.0];
        assert_eq!(
            counts_of(&[&values]),
            counts_of(&[&values[..3], &values[3..]])
        );
        assert_ne!(counts_of(&[&values]), counts_of(&[&values[..3]]));
    }
}
