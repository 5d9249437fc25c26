//! Numbers in a sample that look like undeclared fill values.

/// A stored number that looks like a fill value.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Suspect {
    /// The number as it is stored.
    pub value: f64,
    /// Its share of the sample, 0 to 1.
    pub share: f64,
    /// The least and the largest of the other numbers.
    pub others: [f64; 2],
}

/// Numbers that a sample needs.
const MIN_SAMPLE: usize = 100;
/// Distinct numbers apart from the suspects; a sample with fewer holds classes.
const MIN_DISTINCT: usize = 10;
/// Different fill values at one end of the numbers.
const MAX_CODES: usize = 16;

/// Numbers at either end of a sample that are far from all others and are repeated, as fill values
/// are: `-9999`, `32767`, `255`, `1e20`, or `0` if every value is far from it.
///
/// # Arguments
///
/// * `stored` - stored numbers that count as values.
pub(crate) fn suspects(stored: &[f64]) -> Vec<Suspect> {
    let mut sorted: Vec<f64> = stored.iter().copied().filter(|x| x.is_finite()).collect();
    if sorted.len() < MIN_SAMPLE {
        return Vec::new();
    }
    sorted.sort_by(f64::total_cmp);
    let mut distinct: Vec<(f64, usize)> = Vec::new();
    for x in sorted {
        match distinct.last_mut() {
            Some((last, n)) if *last == x => *n += 1,
            _ => distinct.push((x, 1)),
        }
    }
    let low = tail(&distinct, |i| i);
    let high = tail(&distinct, |i| distinct.len() - 1 - i);
    if low + high + MIN_DISTINCT > distinct.len() {
        return Vec::new();
    }
    let (first, last) = (low, distinct.len() - high);
    let others = [distinct[first].0, distinct[last - 1].0];
    #[expect(clippy::cast_precision_loss, reason = "a sample is small")]
    let share = |n: usize| n as f64 / stored.len() as f64;
    let apart = distinct[..first].iter().chain(&distinct[last..]);
    apart
        .map(|&(value, n)| Suspect {
            value,
            share: share(n),
            others,
        })
        .collect()
}

/// How many distinct numbers at one end are far from the rest. `from_end(i)` is the index of the
/// `i`th number from that end.
fn tail(distinct: &[(f64, usize)], from_end: impl Fn(usize) -> usize) -> usize {
    if distinct.len() < MIN_DISTINCT {
        return 0;
    }
    let at = |i: usize| distinct[from_end(i)];
    let gap = |i: usize| (at(i).0 - at(i + 1).0).abs();
    let most = MAX_CODES.min(distinct.len() - MIN_DISTINCT);
    let Some(n) = (1..=most).max_by(|&a, &b| gap(a - 1).total_cmp(&gap(b - 1))) else {
        return 0;
    };
    let mut tail: Vec<usize> = (0..distinct.len()).map(|i| at(i).1).collect();
    let rest = tail.split_off(n);
    let (n_tail, n_rest): (usize, usize) = (tail.iter().sum(), rest.iter().sum());
    let gap = gap(n - 1);
    let width = width_of(distinct, n, &from_end);
    // Far outside, and repeated: by twice the width of the rest, or by half of it and much more
    // often than others.
    let usual = median(&mut rest.clone()).max(1);
    let is_repeated = n_tail >= 3 * n && 1000 * n_tail >= n_rest;
    let is_frequent = n_tail >= 10 * n * usual && 200 * n_tail >= n_rest;
    if is_repeated && gap >= 2.0 * width || is_frequent && gap >= 0.5 * width {
        return n;
    }
    // One number by itself, much more frequent than any other, further off than numbers are from
    // one another.
    let step = median(&mut steps(distinct)).max(f64::MIN_POSITIVE);
    let is_spike = n == 1 && 200 * n_tail >= n_rest && n_tail >= 20 * usual;
    usize::from(is_spike && gap >= 5.0 * step && gap >= 0.02 * width)
}

/// From the first to the last hundredth of the numbers that are left when `n` at one end are not
/// counted.
fn width_of(distinct: &[(f64, usize)], n: usize, from_end: &impl Fn(usize) -> usize) -> f64 {
    let rest = distinct.len() - n;
    let cut = rest / 100;
    (distinct[from_end(n + cut)].0 - distinct[from_end(distinct.len() - 1 - cut)].0).abs()
}

/// Distances between neighbours.
fn steps(distinct: &[(f64, usize)]) -> Vec<f64> {
    distinct
        .windows(2)
        .map(|pair| pair[1].0 - pair[0].0)
        .collect()
}

fn median<T: Copy + PartialOrd + Default>(values: &mut [T]) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1000 numbers from `low` on, `step` apart, and `n` times each of `fill`.
    fn sample(low: f64, step: f64, fill: &[f64], n: usize) -> Vec<f64> {
        let mut values: Vec<f64> = (0..1000).map(|i| low + step * f64::from(i)).collect();
        for &fill in fill {
            values.extend(std::iter::repeat_n(fill, n));
        }
        values
    }

    fn found(values: &[f64]) -> Vec<f64> {
        suspects(values)
            .iter()
            .map(|suspect| suspect.value)
            .collect()
    }

    #[test]
    fn codes_at_the_edge_of_a_type_are_found() {
        assert_eq!(found(&sample(-20.0, 0.05, &[-9999.0], 5)), [-9999.0]);
        assert_eq!(found(&sample(0.0, 15.0, &[32_767.0], 40)), [32_767.0]);
        assert_eq!(
            found(&sample(0.0, 1.0, &[65_535.0, -32_768.0], 9)),
            [-32_768.0, 65_535.0]
        );
        assert_eq!(found(&sample(250.0, 0.05, &[1e20], 3)), [1e20]);
        assert_eq!(
            found(&sample(0.0, 0.1, &[f64::from(f32::MIN)], 30)),
            [f64::from(f32::MIN)]
        );
        let of_modis: Vec<f64> = (32_761..=32_767).map(f64::from).collect();
        assert_eq!(found(&sample(500.0, 18.0, &of_modis, 30)), of_modis);
        let suspect = suspects(&sample(0.0, 1.0, &[65_535.0], 250))[0];
        assert_eq!((suspect.share, suspect.others), (0.2, [0.0, 999.0]));
    }

    #[test]
    fn a_byte_that_is_255_is_found_beside_values_to_200() {
        let mut values: Vec<f64> = (0..4000).map(|i| f64::from(i % 200)).collect();
        values.extend(std::iter::repeat_n(255.0, 900));
        assert_eq!(found(&values), [255.0]);
    }

    #[test]
    fn zero_is_suspect_only_where_every_value_is_far_from_it() {
        assert_eq!(found(&sample(1100.0, 24.0, &[0.0], 33)), [0.0]);
        assert_eq!(
            found(&sample(0.1, 0.3, &[0.0], 300)),
            [] as [f64; 0],
            "rain"
        );
        let lai: Vec<f64> = (0..2000)
            .map(|i| f64::from(if i % 5 == 0 { 0 } else { i % 60 }))
            .collect();
        assert_eq!(found(&lai), [] as [f64; 0], "leaf area in tenths");
    }

    #[test]
    fn values_alone_are_not_suspect() {
        assert_eq!(found(&sample(-5.0, 0.01, &[], 0)), [] as [f64; 0]);
        assert_eq!(found(&[1.0; 500]), [] as [f64; 0], "constant");
        let classes: Vec<f64> = (0..500).map(|i| [1.0, 2.0, 3.0, 255.0][i % 4]).collect();
        assert_eq!(found(&classes), [] as [f64; 0], "classes");
        // One cloudburst.
        assert_eq!(found(&sample(0.0, 0.1, &[900.0], 1)), [] as [f64; 0]);
        // A wood in a sample of winter.
        let mut ndvi: Vec<f64> = (0..4000).map(|i| f64::from(i % 500) / 900.0).collect();
        ndvi.extend([0.848; 8]);
        assert_eq!(found(&ndvi), [] as [f64; 0]);
        // Skewed as rain is.
        let skewed: Vec<f64> = (1..2000).map(|i| 400.0 / f64::from(i)).collect();
        assert_eq!(found(&skewed), [] as [f64; 0]);
    }
}
