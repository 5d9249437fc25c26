//! What a phase is in words, for the summary of a run.

use super::phase::{Phase, PhaseOfSeries};

/// One line on the phase of a series: which years, how fast, how sure; or that none stands out.
///
/// # Arguments
///
/// * `unit` - of the rates, such as `gC m-2 yr-2`.
/// * `alpha` - level of p below which, or at which, a phase is named.
///
/// # Example
///
/// ```text
/// fastest rise 2006-2011 (+5.5 gC m-2 yr-2, outside +1.0; p = 0.004; from 2006-2007 to 2011-2012)
/// ```
#[must_use]
pub fn phase_words(found: &PhaseOfSeries, unit: &str, alpha: f64) -> String {
    let Some(phase) = &found.phase else {
        let n = found.n;
        return format!("no phase was looked for: {n} valid years are too few, or on one line");
    };
    let p = p_words(phase.p);
    if phase.p > alpha {
        return format!("no phase stands out ({p})");
    }
    // Where everything falls, the phase is the one that falls least.
    let what = if phase.rate_inside > 0.0 {
        "fastest rise"
    } else {
        "slowest fall"
    };
    let outside = phase.rate_inside - phase.excess;
    let decimals = decimals(phase.rate_inside.abs().max(outside.abs()));
    let (inside, outside) = (
        signed(phase.rate_inside, decimals),
        signed(outside, decimals),
    );
    let unit = if unit.is_empty() {
        String::new()
    } else {
        format!(" {unit}")
    };
    let Phase { first, last, .. } = phase;
    let alike = alike_words(phase);
    format!("{what} {first}-{last} ({inside}{unit}, outside {outside}; {p}{alike})")
}

/// The years that the phase may as well have: `; from 2006-2007 to 2011-2012`.
fn alike_words(phase: &Phase) -> String {
    let years = |(low, high): (i32, i32)| {
        if low == high {
            low.to_string()
        } else {
            format!("{low}-{high}")
        }
    };
    match (phase.first_range, phase.last_range) {
        (Some(first), Some(last)) => format!("; from {} to {}", years(first), years(last)),
        _ => String::new(),
    }
}

/// Decimals that show two digits of a rate, and one at least.
fn decimals(size: f64) -> usize {
    // The logarithm of 0 is cut off here too.
    let places = (1.0 - size.log10().floor()).clamp(1.0, 12.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "1 to 12"
    )]
    let places = places as usize;
    if size > 0.0 { places } else { 1 }
}

/// A rate with its sign; a zero has none that means anything.
fn signed(rate: f64, decimals: usize) -> String {
    format!("{rate:+.decimals$}")
}

/// p with three decimals or two digits, as many as it has.
fn p_words(p: f64) -> String {
    let decimals = decimals(p).max(3);
    let text = format!("{p:.decimals$}");
    format!("p = {}", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHASE: Phase = Phase {
        first: 2006,
        last: 2011,
        rate_before: Some(0.8),
        rate_inside: 5.46,
        rate_after: Some(1.2),
        excess: 4.44,
        gain: 32.76,
        share: Some(0.7),
        t: Some(6.0),
        p: 0.004,
        lag1: 0.1,
        first_range: Some((2006, 2007)),
        last_range: Some((2011, 2012)),
    };

    fn words(phase: Phase) -> String {
        let found = PhaseOfSeries {
            n: 20,
            phase: Some(phase),
        };
        phase_words(&found, "gC m-2 yr-2", 0.05)
    }

    #[test]
    fn a_phase_that_stands_out_is_told_with_its_doubts() {
        assert_eq!(
            words(PHASE),
            "fastest rise 2006-2011 (+5.5 gC m-2 yr-2, outside +1.0; p = 0.004; from 2006-2007 to \
             2011-2012)"
        );
        let sure = Phase {
            first_range: Some((2006, 2006)),
            p: 0.05,
            ..PHASE
        };
        let text = words(sure);
        assert!(
            text.ends_with("p = 0.05; from 2006 to 2011-2012)"),
            "{text}"
        );
    }

    #[test]
    fn one_that_does_not_is_not_named() {
        let unclear = Phase { p: 0.15, ..PHASE };
        assert_eq!(words(unclear), "no phase stands out (p = 0.15)");
        let unclear = Phase { p: 1.0, ..PHASE };
        assert_eq!(words(unclear), "no phase stands out (p = 1)");
    }

    #[test]
    fn where_all_falls_it_is_the_slowest_fall() {
        let falling = Phase {
            rate_inside: -0.012,
            excess: 0.05,
            p: 0.0001,
            ..PHASE
        };
        let text = words(falling);
        let begin = "slowest fall 2006-2011 (-0.012 gC m-2 yr-2, outside -0.062; p = 0.0001; ";
        assert!(text.starts_with(begin), "{text}");
    }

    #[test]
    fn too_few_years_are_told() {
        let found = PhaseOfSeries { n: 4, phase: None };
        let text = phase_words(&found, "", 0.05);
        assert!(text.contains("4 valid years"), "{text}");
    }
}
