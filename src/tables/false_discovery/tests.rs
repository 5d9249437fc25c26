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
