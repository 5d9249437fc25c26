//! How often something is done to know how long it takes.

use std::time::{Duration, Instant};

/// As often at most.
const MOST: usize = 15;

/// The middle of the seconds that `work` gives, which is done once to warm up and then until `budget` is spent, once
/// at least.
pub(super) fn middle_of<E>(
    budget: Duration,
    mut work: impl FnMut() -> Result<f64, E>,
) -> Result<f64, E> {
    work()?;
    let start = Instant::now();
    let mut seconds = Vec::new();
    while seconds.is_empty() || (start.elapsed() < budget && seconds.len() < MOST) {
        seconds.push(work()?);
    }
    seconds.sort_by(f64::total_cmp);
    // Nothing takes no time at all.
    Ok(seconds[seconds.len() / 2].max(1e-9))
}

/// A number of things a second.
#[expect(clippy::cast_precision_loss, reason = "a rate of few digits")]
pub(super) fn per_second(n: usize, seconds: f64) -> f64 {
    n as f64 / seconds.max(1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_taken_without_the_first() {
        let mut times = [9.0, 3.0, 1.0, 2.0]
            .into_iter()
            .chain(std::iter::repeat(2.0));
        let middle = middle_of(Duration::from_secs(5), || times.next().ok_or(()));
        assert_eq!(middle, Ok(2.0));
        let mut times = [9.0, 3.0].into_iter();
        let once = middle_of(Duration::ZERO, || times.next().ok_or(()));
        assert_eq!(once, Ok(3.0));
        assert_eq!(middle_of(Duration::ZERO, || Err("no")), Err("no"));
    }
}
