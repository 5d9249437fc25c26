//! `[measures]`.

use toml::Table;

use super::row::{Fallback, Key, Shown, TableSpec, keys};
use super::shared;
use crate::study::formats::{finite, names, string, strings, table, whole};
use crate::study::places::MeasuresTable;

keys! {
    TABLE = TableSpec::header(
        "measures",
        "[measures] with match = [\"landcover\"]",
        "optional: zones beside their control, matched, with intervals from places. A study without this table \
         compares the zones of each set with a control by the defaults, unmatched",
    )
    .commented();

    ZONES: String = Key::new(
        "zones",
        string("\"measure\""),
        Fallback::Words("the set that has a control"),
        "zone set of the measures",
    );

    OF: Vec<String> = Key::new(
        "of",
        strings("[\"nep\", \"nep_human\"]"),
        Fallback::Words("the response, and that without its climate part"),
        "variables that are compared: any of trends.csv",
    );

    PRE: String = Key::new(
        "pre",
        string("\"first\""),
        Fallback::Words("the first stage"),
        "stage before the measures",
    );

    START: Table = Key::new(
        "start",
        table("{ enclosure = 2008 }"),
        Fallback::Words("not known"),
        "first year under the measure, by zone",
    );

    START_FIELD: String = Key::new(
        "start_field",
        string("\"year\""),
        Fallback::Words("none"),
        "in place of `start`: field of the vector file with the first year under the measure",
    )
    .shown(Shown::Instead("\"year\""));

    MATCH: Vec<String> = Key::new(
        "match",
        names("[\"landcover\", \"elevation\"]"),
        Fallback::Value("[]"),
        "zone sets: zones are compared within their classes",
    );

    MATCH_PRE: i64 = Key::new(
        "match_pre",
        whole("5"),
        Fallback::Value("0"),
        "and within so many classes of the mean of the first variable in `pre`",
    )
    .within("0 (none) or 2 to 100", |n| {
        let some = 2..=MeasuresTable::MAX_MATCH_PRE;
        *n == 0 || usize::try_from(*n).is_ok_and(|n| some.contains(&n))
    });

    BALANCE: Vec<String> = Key::new(
        "balance",
        names("[\"soc\", \"temperature\"]"),
        Fallback::Value("[]"),
        "inputs shown in balance.csv beside the mean and slope before, the predictors and the classes",
    );

    BLOCKS: String = Key::new(
        "blocks",
        string("\"county\""),
        Fallback::Words("squares"),
        "zone set of places that are drawn together for intervals",
    );

    BLOCK_KM: f64 = Key::new(
        "block_km",
        finite("50"),
        Fallback::Words("the side of a hundredth of the area inside the mask, at least 20 pixels"),
        "in place of `blocks`: side of squares from the corner of the grid, in km",
    )
    .within("above 0", |side| *side > 0.0)
    .shown(Shown::Instead("50"));

    BUFFER_KM: f64 = Key::new(
        "buffer_km",
        finite("3"),
        Fallback::Value("0"),
        "control pixels nearer than this to a measure are left out, in km",
    )
    .within("0 or more", |buffer| *buffer >= 0.0);

    PLACEBO: Vec<String> = Key::new(
        "placebo",
        names("[\"temperature\", \"precipitation\"]"),
        Fallback::Words("the predictors"),
        "inputs that no measure can move; an effect on them says that the places differ",
    );

    RANK_BY: String = Key::new(
        "rank_by",
        string("\"slope\""),
        Fallback::Value("\"slope\""),
        "contrast that the measures are ranked by: slope, did_STAGE, or after where starts are stated",
    );

    REPLICATES: i64 = shared::simulations(
        "replicates",
        "999",
        "draws of places",
    );

    SEED: i64 = shared::SEED;

    LEVEL: f64 = shared::level("level of the intervals; it needs at least level / (1 - level) replicates");
}

keys! {
    /// First years by zone.
    STARTS = TableSpec::inline(
        "measures.start",
        "start = { enclosure = 2008 }",
        "first years under the measures",
    );

    START_OF: i64 = Key::new(
        "ZONE",
        whole("2008"),
        Fallback::Words("not known"),
        "first year under the measure of this zone",
    )
    .bounds("a year of the study")
    .shown(Shown::Inside);
}
