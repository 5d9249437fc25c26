//! What cannot be compared, or not well.

use doline::effects::{AssessError, BlockSums, Design, assess as assess_or_not};
use doline::kernels::lib::random::{normal_deviate, random_bits};

use super::study::{CONTROL, TREATED, TWENTY, assess, cell, design, row};

/// Sums of `n_blocks` blocks, the first `n_treated` of which hold the measure, in a class of its own in the first.
fn few_blocks(n_blocks: usize, n_treated: usize) -> BlockSums {
    let mut sums = BlockSums::new(1, 20);
    for block in 0..n_blocks {
        for group in [CONTROL, TREATED] {
            let series = u32::try_from(block * 2).expect("few") + group;
            let y: Vec<f64> = (0..20)
                .map(|t| normal_deviate(|_| random_bits(series, t, 3)))
                .collect();
            if group == CONTROL || block < n_treated {
                let class = u32::from(group == TREATED && block == 0);
                sums.add(cell(block, group, class), 0, 1e6, 0, &y);
            }
        }
    }
    sums
}

#[test]
fn few_blocks_make_no_interval_or_a_warning() {
    let design = design(TWENTY);
    for (n_treated, has_interval, says) in [
        (1, false, "fewer than 4 blocks"),
        (3, false, "fewer than 4 blocks"),
        (6, true, "fewer than 10 blocks"),
        (12, true, ""),
    ] {
        let assessment = assess(&design, few_blocks(20, n_treated));
        let slope = row(&assessment, "slope", false);
        assert_eq!(slope.interval.is_some(), has_interval, "{n_treated}");
        assert!(slope.effect.is_some());
        let warnings = assessment.warnings.join("\n");
        assert_eq!(warnings.is_empty(), says.is_empty(), "{warnings}");
        assert!(warnings.contains(says), "{warnings}");
        let sentence = assessment.sentence.expect("one measure");
        let is_without = sentence.contains("There is no interval");
        assert_eq!(is_without, !has_interval, "{sentence}");
    }
    // All in one block: nothing can be drawn.
    let assessment = assess(&design, few_blocks(1, 1));
    assert_eq!(row(&assessment, "slope", false).interval, None);
    assert_eq!(assess(&design, BlockSums::new(1, 20)).sentence, None);
}

#[test]
fn sums_of_other_variables_or_years_are_refused() {
    let design = design(TWENTY);
    let variables = AssessError::Variables { sums: 2, design: 1 };
    let years = AssessError::Years {
        sums: 19,
        design: 20,
    };
    assert_eq!(
        assess_or_not(&design, BlockSums::new(2, 20)),
        Err(variables)
    );
    assert_eq!(assess_or_not(&design, BlockSums::new(1, 19)), Err(years));
}

#[test]
fn treated_without_a_control_in_their_class_are_left_out_and_told() {
    let design = Design {
        is_matched: true,
        ..design(TWENTY)
    };
    let assessment = assess(&design, few_blocks(20, 4));
    let matched = row(&assessment, "slope", true);
    assert_eq!(matched.matched_share, Some(0.75));
    assert_eq!(matched.treated_blocks, 3);
    assert_eq!(matched.treated_km2, 4.0);
    assert_eq!(row(&assessment, "slope", false).matched_share, Some(1.0));
    let warnings = assessment.warnings.join("\n");
    assert!(
        warnings.contains("has a control in its class: 'enclosure' (75 %)"),
        "{warnings}"
    );
}

#[test]
fn replicates_without_a_side_are_dropped_and_counted() {
    let design = design(TWENTY);
    // P(no treated block among 20 draws of 20) is 0.8^20 = 1.2 %: dropped, and still an interval.
    let assessment = assess(&design, few_blocks(20, 4));
    let dropped = assessment.comparisons[0].dropped_share;
    assert!(dropped > 0.002 && dropped < 0.03, "{dropped}");
    assert!(row(&assessment, "slope", false).interval.is_some());
}
