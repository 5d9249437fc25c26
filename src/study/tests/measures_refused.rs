//! Each way in which measures and factors can be wrong, and what the message says.

use super::support::{ZONES, check, message};

#[test]
fn measures_need_a_set_with_a_control() {
    check(&[
        (
            "[measures]\nzones = \"mesure\"",
            "measures.zones: \"mesure\" is not a zone set of this study (did you mean \"measure\"?); expected one of: \
             measure, county, rock, height",
        ),
        (
            "[measures]\nzones = \"rock\"",
            "measures.zones: needs `zones.rock.control`: the other zones are compared with it",
        ),
        (
            "[zones.z]\nfile = \"a\"\ncontrol = \"b\"\n[measures]",
            "measures.zones: found 2 zone sets with a control, expected zones = with one of them: measure, z",
        ),
    ]);
    assert!(message("[measures]\nseed = 2").ends_with(
        "study.toml: measures.zones: needs `zones.NAME.control`: the other zones are compared with it"
    ));
    assert!(message("[measures]\nzones = \"a\"").ends_with(
        "measures.zones: \"a\" is not a zone set of this study; expected one of: (there is none)"
    ));
}

#[test]
fn names_in_measures_are_those_of_the_study() {
    check(&[
        (
            "[measures]\nof = [\"nep\", \"nep_humans\"]",
            "measures.of: \"nep_humans\" is not a variable of trends.csv in this study (did you mean \"nep_human\"?); \
             expected one of: nep, rs, rh, npp, nep_human",
        ),
        (
            "[trend]\nof = [\"npp\"]\n[measures]\nof = [\"rs\"]",
            "measures.of: \"rs\" is not a variable of trends.csv in this study; expected one of: npp, nep_human",
        ),
        (
            "[measures]\npre = \"frist\"",
            "measures.pre: \"frist\" is not a stage of this study (did you mean \"first\"?); expected one of: first, \
             second",
        ),
        (
            "[measures]\nmatch = [\"rocks\"]",
            "measures.match: \"rocks\" is not a zone set of this study (did you mean \"rock\"?); expected one of: \
             measure, county, rock, height",
        ),
        (
            "[measures]\nbalance = [\"soc\"]",
            "measures.balance: \"soc\" is not an input of this study; expected one of: npp",
        ),
        (
            "[measures]\nplacebo = [\"nep\"]",
            "measures.placebo: \"nep\" is not an input of this study (did you mean \"npp\"?); expected one of: npp",
        ),
        (
            "[inputs.soc]\nfiles = \"s\"\n[measures]\nplacebo = [\"soc\"]",
            "measures.placebo: found \"soc\", which is static, expected a series with annual or monthly values",
        ),
        (
            "[measures]\nrank_by = \"did_frist\"",
            "measures.rank_by: \"did_frist\" is not a contrast of this study; expected one of: slope, did_second",
        ),
        (
            "[measures]\nrank_by = \"after\"",
            "measures.rank_by: \"after\" is not a contrast of this study; expected one of: slope, did_second",
        ),
        (
            "[measures]\nrank_by = \"did_second\"\npre = \"second\"",
            "measures.rank_by: \"did_second\" is not a contrast of this study; expected one of: slope, did_first",
        ),
    ]);
}

#[test]
fn matching_and_blocks_have_whole_pixels_of_other_sets() {
    let fractional = "found \"county\", which has parts of pixels (cells = \"fraction\"), expected a zone set with \
         cells = \"centre\"";
    for (more, key) in [
        (
            "[measures]\nmatch = [\"rock\", \"county\"]",
            "measures.match",
        ),
        ("[measures]\nblocks = \"county\"", "measures.blocks"),
        (
            "[geodetector]\nfactors = [\"county\"]",
            "geodetector.factors",
        ),
        // A cross with a fractional set is fractional too.
        (
            "[zones.z]\ncross = [\"rock\", \"county\"]\n[measures]\nmatch = [\"z\"]",
            "measures.match",
        ),
    ] {
        let found = message(&format!("{ZONES}{more}"));
        let expected = fractional.replace(
            "county",
            if more.contains("[zones.z]") {
                "z"
            } else {
                "county"
            },
        );
        assert!(found.ends_with(&format!("{key}: {expected}")), "{found}");
    }
    check(&[
        (
            "[measures]\nmatch = [\"measure\"]",
            "measures.match: cannot be used with `measures.zones`: a class of it has one side alone",
        ),
        (
            "[measures]\nmatch = [\"rock\", \"rock\"]",
            "measures.match: \"rock\" appears twice; remove one",
        ),
        (
            "[measures]\nblocks = \"measure\"",
            "measures.blocks: cannot be used with `measures.zones`: a block of it has one side alone",
        ),
        (
            "[measures]\nblocks = \"rock\"\nblock_km = 20",
            "measures.block_km: cannot be used with `measures.blocks`: a pixel is in one block",
        ),
    ]);
}

#[test]
fn starts_are_years_of_the_study() {
    check(&[
        (
            "[measures]\nstart = { enclosure = 2021 }",
            "measures.start.enclosure: found the number 2021, expected 2001 to 2020, the years of the study",
        ),
        (
            "[measures]\nstart = { enclosure = \"2008\" }",
            "measures.start.enclosure: found the string \"2008\", expected a whole number, such as 2008",
        ),
        (
            "[measures]\nstart = 2008",
            "measures.start: found the number 2008, expected a table, such as start = { enclosure = 2008 }",
        ),
        (
            "[measures]\nstart = { none = 2008 }",
            "measures.start.none: found \"none\", the control, expected zones under a measure: a control has no start",
        ),
        (
            "[measures]\nstart = { a = 2008 }\nstart_field = \"year\"",
            "measures.start_field: cannot be used with `measures.start`: a measure starts once",
        ),
    ]);
    let raster = "[zones.m]\nfile = \"m.tif\"\nlabels = { 1 = \"none\", 2 = \"forest\" }\ncontrol = \"none\"\n[measures]\n";
    for (more, expected) in [
        (
            "start = { forrest = 2008 }",
            "measures.start.forrest: \"forrest\" is not a label of this zone set (did you mean \"forest\"?); expected \
             one of: none, forest",
        ),
        (
            "start_field = \"year\"",
            "measures.start_field: found a zone set of rasters or of other sets, expected one of a vector file, which \
             has fields; state `start` by zone instead",
        ),
    ] {
        let found = message(&format!("{raster}{more}"));
        assert!(
            found.ends_with(expected) && !found.contains('\n'),
            "{found}"
        );
    }
}

#[test]
fn numbers_of_measures_and_factors_have_bounds() {
    check(&[
        (
            "[measures]\nreplicates = 100001",
            "measures.replicates: found the number 100001, expected 99 to 100000",
        ),
        (
            "[measures]\nreplicates = 99\nlevel = 0.999",
            "measures.replicates: found 99 replicates, expected more: of a level of 0.999 at least 999 are needed, so \
             that one is beyond it",
        ),
        (
            "[measures]\nlevel = 95",
            "measures.level: found the number 95, expected 0.5 to 0.999",
        ),
        (
            "[measures]\nmatch_pre = 1",
            "measures.match_pre: found the number 1, expected 0 (none) or 2 to 100",
        ),
        (
            "[measures]\nblock_km = 0",
            "measures.block_km: found the number 0, expected above 0",
        ),
        (
            "[measures]\nbuffer_km = -1",
            "measures.buffer_km: found the number -1, expected 0 or more",
        ),
        (
            "[geodetector]\nsurrogates = 9",
            "geodetector.surrogates: found the number 9, expected 99 to 100000",
        ),
        (
            "[geodetector]\nweights = \"areas\"",
            "geodetector.weights: \"areas\" is unknown (did you mean \"area\"?); expected one of: pixels, area",
        ),
        (
            "[geodetector]\nfactors = [\"rok\"]",
            "geodetector.factors: \"rok\" is not a zone set of this study (did you mean \"rock\"?); expected one of: \
             measure, county, rock, height",
        ),
    ]);
    let found = message("[zones.m]\nfile = \"m\"\ncontrol = \"n\"\n[measures]\nmatch_pre = 5");
    assert!(
        found.ends_with(
            "measures.match_pre: needs `stages`: the classes are of the mean in the stage `pre`"
        ),
        "{found}"
    );
    let found = message("[geodetector]");
    assert!(
        found.ends_with(
            "geodetector.factors: needs `zones`: factors are zone sets with cells = \"centre\" other than \
             measures.blocks"
        ),
        "{found}"
    );
}
