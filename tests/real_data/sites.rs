//! Field data as they come.

use doline::sites::{
    FieldTable, Measured, RecordRequest, SiteColumns, SiteVariable, When, records,
};

use crate::data::real;

/// Counts and sum by Python's `csv` module and `float`.
pub(crate) fn the_soil_respiration_database_is_read_whole() {
    let table = FieldTable::open(&real("srdb/srdb-data_2024.csv")).unwrap();
    let names = [
        ("lon", "Longitude"),
        ("lat", "Latitude"),
        ("year", "Study_midyear"),
        ("rs", "Rs_annual"),
        ("rh", "Rh_annual"),
    ];
    let names = names.map(|(word, name)| (word.to_owned(), name.to_owned()));
    let text = |text: &str| vec![text.to_owned()];
    let request = RecordRequest {
        columns: SiteColumns::from_names(&names),
        keep: vec![
            ("Manipulation".to_owned(), text("None")),
            ("Region".to_owned(), text("Guangxi")),
        ],
        unit: None,
    };
    let records = records(&table, &request, When::Year).unwrap();
    assert_eq!((table.rows().len(), records.len()), (12_272, 2 * 12_272));
    let values = |variable, is_kept: bool| -> Vec<f64> {
        let of = records
            .iter()
            .filter(|record| record.variable == Some(variable));
        let kept = of.filter(|record| record.is_kept || !is_kept);
        let values = kept.filter_map(|record| match record.measured {
            Measured::Value(value) => Some(value),
            Measured::Missing | Measured::NotANumber => None,
        });
        values.collect()
    };
    let rs = values(SiteVariable::Rs, false);
    assert_eq!(rs.len(), 6763);
    assert!((rs.iter().sum::<f64>() / 6_015_944.480_772_526 - 1.0).abs() < 1e-12);
    assert_eq!(values(SiteVariable::Rh, false).len(), 1330);
    assert_eq!(
        values(SiteVariable::Rs, true),
        [377.0, 456.0, 622.0, 1816.0, 1022.72, 901.55]
    );
    assert_eq!(values(SiteVariable::Rh, true), [1249.0, 746.46]);
    assert!(
        records
            .iter()
            .all(|record| record.measured != Measured::NotANumber)
    );
}
