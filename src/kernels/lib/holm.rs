//! Many tests at once: p of each such that any false alarm among all is as rare as p says.
//!
//! ```text
//! p_holm(i) = max over j <= i of min(1, (m − j + 1) p(j)),   p(1) <= p(2) <= ... <= p(m)
//! ```
//!
//! Source: Holm (1979), Scand. J. Stat. 6, 65-70.

/// Holm's p of each test. Tests without a p get none, and are not counted.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "tests are few")]
pub fn holm(p: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(usize, f64)> = p
        .iter()
        .enumerate()
        .filter_map(|(test, p)| Some((test, (*p)?)))
        .collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut adjusted = vec![None; p.len()];
    let mut largest = 0.0_f64;
    for (place, (test, p)) in order.iter().enumerate() {
        largest = largest.max((order.len() - place) as f64 * p).min(1.0);
        adjusted[*test] = Some(largest);
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R 4.2.2, `p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")`.
    #[test]
    fn p_are_those_of_r() {
        let p = [Some(0.01), Some(0.04), None, Some(0.03), Some(0.005)];
        let expected = [Some(0.03), Some(0.06), None, Some(0.06), Some(0.02)];
        assert_eq!(holm(&p), expected);
    }

    #[test]
    fn a_test_without_p_does_not_count() {
        let p = [Some(0.03), None, Some(0.01), Some(0.04), Some(0.6)];
        // 0.03 x 3 = 0.09; 0.01 x 4; 0.04 x 2 = 0.08 is below the 0.09 before it; 0.6 x 1.
        let expected = [Some(0.09), None, Some(0.04), Some(0.09), Some(0.6)];
        for (ours, expected) in holm(&p).iter().zip(expected) {
            assert_eq!(ours.is_some(), expected.is_some());
            let difference = ours.unwrap_or(0.0) - expected.unwrap_or(0.0);
            assert!(difference.abs() < 1e-15, "{ours:?} {expected:?}");
        }
        assert_eq!(holm(&[Some(0.7), Some(0.8)]), [Some(1.0), Some(1.0)]);
        assert_eq!(holm(&[]), []);
    }
}
