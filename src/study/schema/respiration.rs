//! `[respiration]` and the tables inside it.

use toml::Value;

use super::meanings::{RhModel, RsModel};
use super::row::{Fallback, Key, Shown, TableSpec, keys};
use crate::kernels::settings::{DaysOfMonth, Denominator, PowerUnit};
use crate::study::formats::{
    ValueFormat, finite, list, one_of, or_format, string, strings, text, whole, word,
};

keys! {
    TABLE = TableSpec::header(
        "respiration",
        "[respiration]",
        "soil respiration (Rs) and heterotrophic respiration (Rh)",
    );

    MODEL: RsModel = Key::new(
        "model",
        word("\"gsmsr\""),
        Fallback::Value("\"gsmsr\""),
        "model of soil respiration",
    )
    .words::<RsModel>()
    .stated();

    HETEROTROPHIC: Value = Key::new(
        "heterotrophic",
        ValueFormat {
            expected: "the name of a model or a fraction",
            example: "\"bond-lamberty-2004\" or { fraction = 0.55 }",
            parse: |value| {
                let is_known = text(value).is_some() || value.is_table();
                or_format(is_known.then(|| value.clone()))
            },
        },
        Fallback::Value("\"bond-lamberty-2004\""),
        "model of heterotrophic respiration; also { fraction = 0.55 }, a fixed part of Rs",
    )
    .words::<RhModel>()
    .shown(Shown::Stated("\"bond-lamberty-2004\""));

    DENOMINATOR: Denominator = Key::new(
        "denominator",
        word("\"P+K\""),
        Fallback::Value("\"P+K\""),
        "denominator of precipitation in gsmsr",
    )
    .words::<Denominator>();

    DAYS: DaysOfMonth = Key::new(
        "days",
        ValueFormat {
            expected: "\"calendar\" or \"30\"",
            example: "\"calendar\"",
            parse: |value| {
                let word = text(value);
                let word = word.or_else(|| value.as_integer().map(|days| days.to_string()));
                one_of(&or_format(word)?)
            },
        },
        Fallback::Value("\"calendar\""),
        "days that a monthly rate stands for",
    )
    .words::<DaysOfMonth>()
    .stated();

    POWER_UNIT: String = Key::new(
        "power_unit",
        string("\"gC m-2 d-1\""),
        Fallback::Value("\"gC m-2 d-1\""),
        "unit in which the power model takes Rs; also heterotrophic = { power = \"kgC m-2 yr-1\" }",
    )
    .words::<PowerUnit>();

    MIN_MONTHS: i64 = Key::new(
        "min_months",
        whole("12"),
        Fallback::Value("12"),
        "valid months that a year needs",
    )
    .within("1 to 12", |n| (1..=12).contains(n));
}

keys! {
    /// A model of heterotrophic respiration with a number or a unit.
    RH_MODEL = TableSpec::inline(
        "respiration.heterotrophic",
        "{ fraction = 0.55 }",
        "a model of heterotrophic respiration with a number or a unit: one of these keys",
    );

    FRACTION: f64 = Key::new(
        "fraction",
        finite("0.55"),
        Fallback::Required("{ fraction = 0.55 }"),
        "a fixed part of Rs",
    )
    .within("0 to 1", |n| (0.0..=1.0).contains(n))
    .shown(Shown::Inside);

    POWER: String = Key::new(
        "power",
        string("\"gC m-2 d-1\""),
        Fallback::Words("none"),
        "the power model, with the unit in which it takes Rs",
    )
    .words::<PowerUnit>()
    .shown(Shown::Inside);
}

keys! {
    /// Coefficients in place of the published ones.
    PARAMETERS = TableSpec::header(
        "respiration.parameters",
        "[respiration.parameters]",
        "coefficients in place of the published ones, by their symbols",
    )
    .notes(&[
        "gsmsr: R0 M alpha beta P0 K      tpc: F Q K C      raich-potter-1995, raich-2002: F Q K",
        "raich-schlesinger-1992: a b c    hashimoto-2015: F b c K a",
        "lloyd-taylor: R10 E0 T0          q10: Rref Q10 Tref",
        "Rh: intercept slope (bond-lamberty-*, hashimoto-2015, subke-2006),",
        "    factor exponent (power), c a b days carbon (pei), fraction",
        "subke-2006: Rh/Rs = intercept - slope ln Rs, slope = 0.138 without a minus sign;",
        "    the other Rh models with a slope: ln Rh = intercept + slope ln Rs",
        "Without a default, because we could not check the values against the papers: all of tpc,",
        "    raich-potter-1995, raich-schlesinger-1992 and hashimoto-2015 (Rs and Rh);",
        "    R10 of lloyd-taylor, Rref and Q10 of q10, which belong to a site",
        "Where the models of Rs and Rh share a symbol, the plain one is that of Rs. That of Rh",
        "    has the name of its model in front: pei.a = 0.0913",
    ]);

    COEFFICIENT: f64 = Key::new(
        "SYMBOL",
        finite("1.5"),
        Fallback::Words("the published value, where we could check it; else it must be stated"),
        "a coefficient; `pei.a` for the `a` of the Rh model, where the Rs model has an `a` too",
    )
    .shown(Shown::Inside);
}

keys! {
    /// Models of which every pair is computed.
    ENSEMBLE = TableSpec::inline(
        "respiration.ensemble",
        "{ models = [\"gsmsr\", \"raich-2002\"], \
         heterotrophic = [\"subke-2006\", { fraction = 0.6 }] }",
        "models of which every pair is computed: maps of mean, sd, least and largest mean NEP over \
         the pairs",
    )
    .commented();

    ENSEMBLE_MODELS: Vec<String> = Key::new(
        "models",
        strings("[\"gsmsr\", \"raich-2002\"]"),
        Fallback::Words("`respiration.model`"),
        "models of soil respiration",
    )
    .words::<RsModel>()
    .shown(Shown::Inside);

    ENSEMBLE_HETEROTROPHIC: Vec<Value> = Key::new(
        "heterotrophic",
        list(
            "a list with at least one model",
            "[\"bond-lamberty-2004\", { fraction = 0.6 }]",
        ),
        Fallback::Words("`respiration.heterotrophic`"),
        "models of heterotrophic respiration",
    )
    .words::<RhModel>()
    .shown(Shown::Inside);
}
