//! Zones, stages, measures, factors and sites as users write them.

use super::support::{LEAST, good};
use crate::sites::{CellWindow, MeasuredColumns, Merge, SiteColumns, SiteVariable, When};
use crate::study::*;

/// A study with `more` below the least one.
fn with(more: &str) -> Study {
    good(&format!("{LEAST}{more}"), &[])
}

const ZONES: &str = "[zones.measure]\nfile = \"m.gpkg\"\nfield = \"m\"\ncontrol = \"none\"\n\
     [zones.county]\nfile = \"c.gpkg\"\nfield = \"name\"\nlayer = \"level3\"\ncells = \"fraction\"\n\
     [zones.height]\nfile = \"dem.tif\"\nbreaks = [-10, 300.5, 600]\n\
     [zones.rock]\nfile = \"rock.tif\"\nlabels = { -3 = \"karst, \\\"bare\\\"\", 300 = \"=other\" }\n\
     [zones.plain]\ncross = [\"rock\", \"height\"]\n[zones.parts]\ncross = [\"plain\", \"county\"]\n";

#[test]
fn zone_sets_come_from_files_breaks_and_other_sets() {
    let study = with(ZONES);
    let sets: Vec<(&str, CellRule)> = study
        .zones
        .iter()
        .map(|set| (set.name.as_str(), set.cells))
        .collect();
    // A cross has parts of pixels where a set behind it has them.
    let expected = [
        ("measure", CellRule::Centre),
        ("county", CellRule::Fraction),
        ("height", CellRule::Centre),
        ("rock", CellRule::Centre),
        ("plain", CellRule::Centre),
        ("parts", CellRule::Fraction),
    ];
    assert_eq!(sets, expected);
    let file = |at: usize| match &study.zones[at].source {
        ZonesFrom::File(file) => file,
        ZonesFrom::Cross(sets) => panic!("a cross of {sets:?}"),
    };
    assert_eq!(file(1).layer.as_deref(), Some("level3"));
    assert_eq!(file(2).breaks, [-10.0, 300.5, 600.0]);
    // Labels are data, whatever they hold.
    let labels = [(-3, "karst, \"bare\""), (300, "=other")];
    assert_eq!(
        file(3).labels,
        labels.map(|(code, text)| (code, text.to_owned()))
    );
    let cross = ["rock", "height"].map(str::to_owned);
    assert_eq!(study.zones[4].source, ZonesFrom::Cross(cross.to_vec()));
}

/// Who opens sets one by one finds those of a cross before it.
#[test]
fn a_cross_comes_behind_its_sets() {
    let study = with(
        "[zones.c]\ncross = [\"b\", \"r\"]\n[zones.b]\ncross = [\"r\", \"s\"]\n\
         [zones.r]\nfile = \"r.tif\"\n[zones.s]\nfile = \"s.tif\"\n",
    );
    let names: Vec<&str> = study.zones.iter().map(|set| set.name.as_str()).collect();
    assert_eq!(names, ["r", "s", "b", "c"]);
}

#[test]
fn the_area_of_pixels_is_a_word() {
    assert_eq!(
        with("[grid]\narea = \"ellipsoid\"").grid.area,
        Area::Ellipsoid
    );
}

fn stages(study: &Study) -> Vec<(&str, i32, i32)> {
    let stages = study.stages.iter();
    stages
        .map(|stage| (stage.name.as_str(), stage.years.first, stage.years.last))
        .collect()
}

/// The calendars of the bulletins and of the plans.
#[test]
fn a_preset_is_cut_to_the_years_of_the_study() {
    let rounds = [
        ("2001-2005", 2001, 2005),
        ("2006-2011", 2006, 2011),
        ("2012-2016", 2012, 2016),
        ("2017-2020", 2017, 2020),
    ];
    for word in ["monitoring-rounds", "monitoring"] {
        assert_eq!(
            stages(&with(&format!("[stages]\npreset = \"{word}\""))),
            rounds
        );
    }
    let text = format!("{LEAST}[stages]\nearly = [2003, 2008]\npreset = \"five-year-plans\"");
    let study = good(&text, &["study.years=[2003, 2017]"]);
    let plans = [
        ("early", 2003, 2008),
        ("2003-2005", 2003, 2005),
        ("2006-2010", 2006, 2010),
        ("2011-2015", 2011, 2015),
    ];
    assert_eq!(stages(&study), plans);
    let warnings: Vec<String> = study.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            ":7: stages.preset: its stage 2016-2020 is left out: only 2 of its years in the study, and \
          a stage needs 3"
        ]
    );
}

#[test]
fn the_longest_phase_is_half_of_the_steps_and_never_under_the_shortest() {
    let phase = |years: &str, more: &str| {
        let text = format!("{LEAST}{more}");
        let table = good(&text, &[&format!("study.years={years}")]).phase;
        (table.min_steps, table.max_steps)
    };
    // 20 years have 19 steps.
    assert_eq!(phase("[2001, 2020]", ""), (3, 10));
    assert_eq!(phase("[2001, 2021]", ""), (3, 10));
    assert_eq!(phase("[2001, 2004]", ""), (3, 3));
    assert_eq!(phase("[2001, 2020]", "[phase]\nmin_steps = 12"), (12, 12));
    assert_eq!(
        phase("[2001, 2020]", "[phase]\nmin_steps = 1\nmax_steps = 19"),
        (1, 19)
    );
    let table = with("").phase;
    assert_eq!((table.replicates, table.seed), (999, 1));
}

#[test]
fn each_set_with_a_control_is_compared_by_the_defaults() {
    let stages = "[stages]\nbefore = [2001, 2004]\nafter = [2005, 2020]\n";
    let more = "[zones.second]\nfile = \"s.tif\"\nlabels = { 1 = \"a\" }\ncontrol = \"a\"\n";
    let study = with(&format!("{stages}{ZONES}{more}"));
    let zones: Vec<&str> = study
        .measures
        .iter()
        .map(|table| table.zones.as_str())
        .collect();
    assert_eq!(zones, ["measure", "second"]);
    assert_eq!(study.measures[0].pre.as_deref(), Some("before"));
    assert!(study.measures[0].matching.is_empty() && !study.is_stated("measures"));
    assert_eq!(
        study.measures[0],
        MeasuresTable::of_set("measure", &study.stages)
    );
    // A table without a key says the same.
    let stated = with(&format!("{stages}{ZONES}[measures]\n"));
    assert_eq!(stated.measures, study.measures[..1]);
    assert!(stated.is_stated("measures"));
}

#[test]
fn measures_are_read_whole() {
    let more = "[inputs.temperature]\nfiles = \"t.nc\"\n[inputs.soc]\nfiles = \"soc.tif\"\n\
         [stages]\nfirst = [2001, 2005]\nsecond = [2006, 2011]\n[measures]\nof = [\"npp\", \"nep_human\"]\n\
         start = { \"farmland to forest\" = 2008, enclosure = 2004 }\nmatch = [\"rock\", \"height\"]\n\
         match_pre = 5\nbalance = [\"soc\"]\nblock_km = 50\nbuffer_km = 2.5\nplacebo = []\n\
         rank_by = \"did_second\"\nreplicates = 99\nseed = 7\nlevel = 0.9\n";
    let study = with(&format!("{ZONES}{more}"));
    let [table] = &study.measures[..] else {
        panic!("{} comparisons", study.measures.len())
    };
    let texts =
        |texts: &[&str]| -> Vec<String> { texts.iter().map(|&text| text.to_owned()).collect() };
    let expected = MeasuresTable {
        zones: "measure".to_owned(),
        of: Some(texts(&["npp", "nep_human"])),
        pre: Some("first".to_owned()),
        start: Starts::ByZone(vec![
            ("farmland to forest".to_owned(), 2008),
            ("enclosure".to_owned(), 2004),
        ]),
        matching: texts(&["rock", "height"]),
        match_pre: 5,
        balance: texts(&["soc"]),
        blocks: PlaceBlocks::Squares(Some(50.0)),
        buffer_km: 2.5,
        placebo: Some(Vec::new()),
        rank_by: RankBy::Did("second".to_owned()),
        replicates: 99,
        seed: 7,
        level: 0.9,
    };
    assert_eq!(*table, expected);
    assert_eq!(table.rank_by.to_string(), "did_second");
    let warnings: Vec<String> = study.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            ": measures.pre: the stage \"first\", until 2005, has years under \"enclosure\", which starts \
          in 2004; its effects are too small by that"
        ]
    );
}

#[test]
fn starts_come_from_a_field_and_blocks_from_a_set() {
    let more = "[measures]\nstart_field = \"year\"\nblocks = \"rock\"\nrank_by = \"after\"\n\
         [geodetector]\n";
    let study = with(&format!("{ZONES}{more}"));
    let table = &study.measures[0];
    assert_eq!(table.start, Starts::Field("year".to_owned()));
    assert_eq!(table.blocks, PlaceBlocks::Zones("rock".to_owned()));
    assert_eq!((&table.rank_by, &table.pre), (&RankBy::After, &None));
    // Factors are the sets of whole pixels but the blocks.
    let geodetector = study.geodetector.expect("it is stated");
    assert_eq!(geodetector.factors, ["measure", "height", "plain"]);
    assert_eq!((geodetector.of, geodetector.surrogates), (None, 199));
    assert_eq!(geodetector.weights, PixelWeight::Pixels);
}

#[test]
fn the_response_without_its_climate_part_has_the_name_of_the_response() {
    let more = "[inputs.ndvi]\nfiles = \"n\"\n[drivers]\nresponse = \"ndvi\"\n[measures]\n\
         of = [\"ndvi\", \"ndvi_human\"]\n";
    let study = with(&format!("{ZONES}{more}"));
    assert_eq!(study.measures[0].of.as_ref().map(Vec::len), Some(2));
}

#[test]
fn field_data_have_columns_of_any_name() {
    let sites = |more: &str| {
        with(&format!("[sites]\nfile = \"f.csv\"\n{more}"))
            .sites
            .expect("stated")
    };
    let columns = |lon: &str, lat: &str, year: &str, measured| SiteColumns {
        lon: lon.to_owned(),
        lat: lat.to_owned(),
        year: year.to_owned(),
        measured,
    };
    let long = MeasuredColumns::Long {
        variable: "variable".to_owned(),
        value: "value".to_owned(),
    };
    let table = sites("");
    assert_eq!(table.columns, columns("lon", "lat", "year", long));
    assert_eq!(
        (table.units.as_str(), table.crs.as_str()),
        ("gC m-2 yr-1", "EPSG:4326")
    );
    assert_eq!(
        (table.when, table.window, table.merge),
        (When::Year, CellWindow::One, Merge::None)
    );
    let table = sites(
        "columns = { lon = \"Longitude\", lat = \"Latitude\", year = \"Study_midyear\", rs = \"Rs_annual\", \
         rh = \"Rh_annual\" }\nwhere = { Manipulation = \"None\", \"Quality flag\" = [\"\", \"Q1\"] }\n\
         units = \"gC m-2 d-1\"\nwhen = \"mean\"\nwindow = 3\nmerge = \"pixel-year\"\ncrs = \"EPSG:4490\"",
    );
    let wide = MeasuredColumns::Wide(vec![
        (SiteVariable::Rs, "Rs_annual".to_owned()),
        (SiteVariable::Rh, "Rh_annual".to_owned()),
    ]);
    assert_eq!(
        table.columns,
        columns("Longitude", "Latitude", "Study_midyear", wide)
    );
    // Texts are data: "None" and an empty cell are texts.
    let texts =
        |texts: &[&str]| -> Vec<String> { texts.iter().map(|&text| text.to_owned()).collect() };
    let filters = [
        ("Manipulation".to_owned(), texts(&["None"])),
        ("Quality flag".to_owned(), texts(&["", "Q1"])),
    ];
    assert_eq!(table.filters, filters);
    assert_eq!(
        (table.when, table.window, table.merge),
        (When::Mean, CellWindow::Three, Merge::PixelYear)
    );
    assert_eq!(table.crs, "EPSG:4490");
}
