use super::*;
use crate::tables::Areas;

/// One row of pixels of 1 km².
fn row_of(width: usize) -> TilePlaces {
    TilePlaces::new(width, Areas::ByRow(vec![1.0]), None, &[], Vec::new())
}

/// `docs/science/attribution.md#area-shares`: the eight pixels, repeated by their area.
#[test]
fn both_shares_of_people_are_those_of_the_worked_example() {
    const PIXELS: [[f32; 5]; 8] = [
        [4.15, 0.18, 3.97, 1.0, 2.0],
        [3.0, 4.0, -1.0, 2.0, 1.0],
        [2.0, -0.5, 2.5, 3.0, 2.0],
        [-3.0, -1.0, -2.0, 4.0, 2.0],
        [-1.0, -3.0, 2.0, 5.0, 1.0],
        [-2.0, 1.0, -3.0, 6.0, 2.0],
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [2.0, 1.0, 1.0, 1.0, 0.0],
    ];
    let areas = [10, 10, 20, 5, 5, 10, 3, 7];
    let of = |column: usize| -> Vec<f32> {
        PIXELS
            .iter()
            .zip(areas)
            .flat_map(|(pixel, area)| std::iter::repeat_n(pixel[column], area))
            .collect()
    };
    let [observed, climate, human, class, dominant] = [0, 1, 2, 3, 4].map(of);
    let mut means = AttributionMeans::new(1, 1);
    let view = AttributionView {
        observed: &observed,
        climate: &climate,
        human: &human,
        parts: vec![&climate],
        class: &class,
        dominant: &dominant,
        regime: None,
    };
    means.add(&row_of(70), &view);
    let row = means.row("raw", 0);
    let close = |ours: Option<f64>, theirs: f64| (ours.unwrap_or(f64::NAN) - theirs).abs() < 1e-12;
    assert!(
        close(row.human_share_over50, 0.671_641_791_044_776_1),
        "{row:?}"
    );
    assert!(
        close(row.human_share_only, 0.447_761_194_029_850_7),
        "{row:?}"
    );
    assert!(close(row.human_share_over50_all, 45.0 / 70.0), "{row:?}");
    assert_eq!(
        (row.area_km2, row.pixels, row.classified_km2),
        (70.0, 70, 67.0)
    );
    let sum = row.slope_climate.unwrap_or(f64::NAN) + row.slope_human.unwrap_or(f64::NAN);
    assert!(
        (sum - row.slope_observed.unwrap_or(f64::NAN)).abs() < 1e-7,
        "{row:?}"
    );
    assert_eq!((row.wet_dim_slope, row.wet_dim_km2), (None, 0.0));
}

#[test]
fn wetness_and_light_count_where_it_gets_wetter_and_dimmer_alone() {
    let regime = [3.0, 2.0, 6.0, 1.0, f32::NAN];
    let (ones, parts) = (
        [1.0; 5],
        [
            [10.0; 5],
            [1.0, 2.0, 4.0, 8.0, 16.0],
            [0.5, 0.25, 0.0, 0.0, 0.0],
        ],
    );
    let view = AttributionView {
        observed: &ones,
        climate: &ones,
        human: &ones,
        parts: parts.iter().map(|part| &part[..]).collect(),
        class: &ones,
        dominant: &ones,
        regime: Some((&regime, [1, 2])),
    };
    let mut means = AttributionMeans::new(3, 1);
    means.add(&row_of(5), &view);
    let row = means.row("raw", 0);
    assert_eq!((row.wet_dim_slope, row.wet_dim_km2), (Some(1.875), 2.0));
}

#[test]
fn a_missing_number_is_an_empty_cell() {
    let row = AttributionMeans::new(2, 1).row("detrended", 0);
    let text = attribution_csv(
        &["t".to_owned(), "p".to_owned()],
        &[row],
        &ZoneNames::default(),
    );
    assert_eq!(
        text.lines().last(),
        Some("detrended,all,all,,,,,,,,,0,0,0,,0")
    );
    let columns = text
        .lines()
        .map(|line| line.matches(',').count())
        .collect::<Vec<_>>();
    assert_eq!(columns, [15, 15]);
}
