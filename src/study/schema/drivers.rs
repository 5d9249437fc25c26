//! `[drivers]`.

use super::row::{Fallback, Key, TableSpec, keys};
use crate::chain::Correlation;
use crate::study::formats::{string, strings, word};
use crate::study::tables::DriversTable;

keys! {
    TABLE = TableSpec::header(
        "drivers",
        "[drivers]",
        "partial correlation and multiple regression on drivers",
    );

    RESPONSE: String = Key::new(
        "response",
        string("\"nep\""),
        Fallback::Value("\"nep\""),
        "the series to explain: an input, nep, rs or rh",
    )
    .stated();

    PREDICTORS: Vec<String> = Key::new(
        "predictors",
        strings("[\"temperature\", \"precipitation\", \"radiation\"]"),
        Fallback::Words("those of temperature, precipitation and radiation that the study has"),
        "inputs that explain it, year by year",
    )
    .within("1 to 8 predictors", |names| {
        names.len() <= DriversTable::MAX_PREDICTORS
    })
    .stated();

    METHOD: Correlation = Key::new(
        "method",
        word("\"pearson\""),
        Fallback::Value("\"pearson\""),
        "which partial correlation the maps `partial` and their p have; coefficients and the attribution are always those of \
         the values",
    )
    .words::<Correlation>();
}
