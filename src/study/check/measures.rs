//! `[measures]`.

use super::measure_starts::starts;
use super::numbers::{seed, size};
use super::places::Places;
use super::series::{COMPUTED, Series};
use crate::calendar::Steps;
use crate::study::checker::Checker;
use crate::study::places::{MeasuresTable, PlaceBlocks, RankBy, Starts, ZoneTable};
use crate::study::problem::ProblemKind;
use crate::study::schema::measures as keys;
use crate::study::section::Section;
use crate::study::wording::no_such;

/// `[measures]`, or the defaults for each zone set with a control.
pub(in crate::study) fn measures(
    c: &mut Checker,
    root: &Section<'_>,
    places: &Places<'_>,
) -> Vec<MeasuresTable> {
    let stages = &places.stages.tables;
    let s = c.table(root, &keys::TABLE);
    if !s.is_present() {
        let controlled = with_control(places);
        return controlled
            .map(|set| MeasuresTable::of_set(&set.name, stages))
            .collect();
    }
    let set = zone_set(c, &s, places);
    let name = set.map(|set| set.name.as_str()).unwrap_or_default();
    let default = MeasuresTable::of_set(name, stages);
    let pre = pre(c, &s, places).or(default.pre);
    let start = starts(c, &s, places.years, set);
    warn_of_pre(c, &s, places, pre.as_deref(), &start);
    let replicates = size(c.get(&s, &keys::REPLICATES)).unwrap_or(default.replicates);
    let level = c.get(&s, &keys::LEVEL).unwrap_or(default.level);
    check_level(c, &s, replicates, level);
    let table = MeasuresTable {
        zones: default.zones,
        of: variables(c, &s, places),
        matching: matching(c, &s, places, name),
        match_pre: match_pre(c, &s, pre.as_deref()),
        balance: balance(c, &s, places),
        blocks: blocks(c, &s, places, name),
        buffer_km: c.get(&s, &keys::BUFFER_KM).unwrap_or(default.buffer_km),
        placebo: placebo(c, &s, places),
        rank_by: rank_by(c, &s, places, pre.as_deref(), &start),
        replicates,
        seed: seed(c.get(&s, &keys::SEED)).unwrap_or(default.seed),
        level,
        pre,
        start,
    };
    set.map(|_| table).into_iter().collect()
}

fn with_control<'a>(places: &'a Places<'_>) -> impl Iterator<Item = &'a ZoneTable> {
    let tables = places.sets.tables.iter();
    tables.filter(|set| set.control.is_some())
}

/// The zone set of the measures: as stated, else the only one with a control.
fn zone_set<'a>(c: &mut Checker, s: &Section<'_>, places: &'a Places<'_>) -> Option<&'a ZoneTable> {
    let key = s.key(&keys::ZONES);
    let reason = "the other zones are compared with it";
    if s.has(&keys::ZONES) {
        let name = c.get(s, &keys::ZONES)?;
        places.sets.check_name(c, &key, &name);
        let set = places.sets.get(&name)?;
        if set.control.is_none() {
            let other = format!("zones.{name}.control");
            c.fail(key, ProblemKind::Needs { other, reason });
        }
        return Some(set);
    }
    let controlled: Vec<&ZoneTable> = with_control(places).collect();
    let kind = match controlled[..] {
        [set] => return Some(set),
        [] => ProblemKind::Needs {
            other: "zones.NAME.control".to_owned(),
            reason,
        },
        [..] => {
            let names: Vec<&str> = controlled.iter().map(|set| set.name.as_str()).collect();
            ProblemKind::Bounds {
                found: format!("{} zone sets with a control", names.len()),
                expected: format!("zones = with one of them: {}", names.join(", ")),
            }
        }
    };
    c.fail(key, kind);
    None
}

/// The stated stage before the measures.
fn pre(c: &mut Checker, s: &Section<'_>, places: &Places<'_>) -> Option<String> {
    let pre = c.get(s, &keys::PRE)?;
    if places.stages.names.contains(&pre) {
        return Some(pre);
    }
    let known: Vec<&str> = places.stages.names.iter().map(String::as_str).collect();
    c.fail(
        s.key(&keys::PRE),
        no_such(&pre, "not a stage of this study", &known),
    );
    None
}

/// Warns of measures that start before the stage before them ends.
fn warn_of_pre(
    c: &mut Checker,
    s: &Section<'_>,
    places: &Places<'_>,
    pre: Option<&str>,
    starts: &Starts,
) {
    let mut stages = places.stages.tables.iter();
    let stage = stages.find(|stage| Some(stage.name.as_str()) == pre);
    let (Some(stage), Starts::ByZone(by_zone)) = (stage, starts) else {
        return;
    };
    for (zone, start) in by_zone
        .iter()
        .filter(|(_, start)| *start <= stage.years.last)
    {
        let kind = ProblemKind::PreUnderMeasure {
            stage: stage.name.clone(),
            last: stage.years.last,
            zone: zone.clone(),
            start: *start,
        };
        c.warn(s.key(&keys::PRE), kind);
    }
}

/// Notes draws that are too few for the level: one must be beyond it.
fn check_level(c: &mut Checker, s: &Section<'_>, replicates: usize, level: f64) {
    #[expect(clippy::cast_precision_loss, reason = "at most 100000")]
    let is_beyond = replicates as f64 >= level / (1.0 - level) - 1e-6;
    if !is_beyond {
        let kind = ProblemKind::Bounds {
            found: format!("{replicates} replicates"),
            expected: format!(
                "more: of a level of {level} at least {:.0} are needed, so that one is beyond it",
                (level / (1.0 - level) - 1e-6).ceil()
            ),
        };
        c.fail(s.key(&keys::REPLICATES), kind);
    }
}

/// The stated variables: series with a trend, and the response without its climate part.
fn variables(c: &mut Checker, s: &Section<'_>, places: &Places<'_>) -> Option<Vec<String>> {
    let of = c.get(s, &keys::OF)?;
    let key = s.key(&keys::OF);
    c.no_repeats(&key, &of);
    let is_static = |name: &&str| {
        let mut inputs = places.inputs.iter();
        inputs.any(|input| input.name == **name && input.steps == Some(Steps::Static))
    };
    let human = format!("{}_human", places.drivers.response);
    let mut known: Vec<&str> = if let Some(named) = &places.trend.of {
        named.iter().map(String::as_str).collect()
    } else {
        let inputs = places.names.iter().map(String::as_str);
        let all = COMPUTED.iter().copied().chain(inputs);
        all.filter(|name| !is_static(name)).collect()
    };
    known.push(&human);
    for name in of.iter().filter(|name| !known.contains(&name.as_str())) {
        c.fail(
            key.clone(),
            no_such(name, "not a variable of trends.csv in this study", &known),
        );
    }
    Some(of)
}

/// Zone sets within whose zones is compared.
fn matching(c: &mut Checker, s: &Section<'_>, places: &Places<'_>, measures: &str) -> Vec<String> {
    let sets = c.get(s, &keys::MATCH).unwrap_or_default();
    let key = s.key(&keys::MATCH);
    places.sets.check_whole(c, &key, &sets);
    let reason = "a class of it has one side alone";
    own_set(c, key, s, &sets, measures, reason);
    sets
}

/// Notes that the zone set of the measures is among `sets`.
fn own_set(
    c: &mut Checker,
    key: String,
    s: &Section<'_>,
    sets: &[String],
    measures: &str,
    reason: &'static str,
) {
    if sets.iter().any(|name| name == measures) {
        let other = s.key(&keys::ZONES);
        c.fail(key, ProblemKind::Conflict { other, reason });
    }
}

fn match_pre(c: &mut Checker, s: &Section<'_>, pre: Option<&str>) -> usize {
    let classes = size(c.get(s, &keys::MATCH_PRE)).unwrap_or(0);
    if classes > 0 && pre.is_none() && !s.has(&keys::PRE) {
        let kind = ProblemKind::Needs {
            other: "stages".to_owned(),
            reason: "the classes are of the mean in the stage `pre`",
        };
        c.fail(s.key(&keys::MATCH_PRE), kind);
    }
    classes
}

/// Inputs whose balance is shown.
fn balance(c: &mut Checker, s: &Section<'_>, places: &Places<'_>) -> Vec<String> {
    let inputs = c.get(s, &keys::BALANCE).unwrap_or_default();
    let key = s.key(&keys::BALANCE);
    c.no_repeats(&key, &inputs);
    let known: Vec<&str> = places.names.iter().map(String::as_str).collect();
    for name in inputs.iter().filter(|name| !places.names.contains(name)) {
        c.fail(
            key.clone(),
            no_such(name, "not an input of this study", &known),
        );
    }
    inputs
}

fn blocks(c: &mut Checker, s: &Section<'_>, places: &Places<'_>, measures: &str) -> PlaceBlocks {
    let [by_set, by_side] = [keys::BLOCKS.name(), keys::BLOCK_KM.name()];
    c.exclude(s, by_side, by_set, "a pixel is in one block");
    let side = c.get(s, &keys::BLOCK_KM);
    let Some(name) = c.get(s, &keys::BLOCKS) else {
        return PlaceBlocks::Squares(side);
    };
    let key = s.key(by_set);
    places
        .sets
        .check_whole(c, &key, std::slice::from_ref(&name));
    let reason = "a block of it has one side alone";
    own_set(c, key, s, std::slice::from_ref(&name), measures, reason);
    PlaceBlocks::Zones(name)
}

/// Inputs that no measure can move.
fn placebo(c: &mut Checker, s: &Section<'_>, places: &Places<'_>) -> Option<Vec<String>> {
    let placebo = c.get(s, &keys::PLACEBO)?;
    let series = Series {
        inputs: places.inputs,
        names: places.names,
        computed: &[],
    };
    series.check(c, &s.key(&keys::PLACEBO), &placebo);
    Some(placebo)
}

/// The contrast that measures are ranked by: of those that this study has.
fn rank_by(
    c: &mut Checker,
    s: &Section<'_>,
    places: &Places<'_>,
    pre: Option<&str>,
    start: &Starts,
) -> RankBy {
    let Some(word) = c.get(s, &keys::RANK_BY) else {
        return RankBy::Slope;
    };
    let later = places
        .stages
        .names
        .iter()
        .filter(|name| Some(name.as_str()) != pre);
    let mut known = vec![RankBy::Slope];
    known.extend(later.map(|stage| RankBy::Did(stage.clone())));
    if *start != Starts::Unknown {
        known.push(RankBy::After);
    }
    let names: Vec<String> = known.iter().map(RankBy::to_string).collect();
    if let Some(at) = names.iter().position(|name| *name == word) {
        return known.swap_remove(at);
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    c.fail(
        s.key(&keys::RANK_BY),
        no_such(&word, "not a contrast of this study", &names),
    );
    RankBy::Slope
}
