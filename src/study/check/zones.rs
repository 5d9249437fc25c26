//! `[zones.NAME]`.

use super::crosses::crosses;
use super::places::ZoneSets;
use crate::grid::CellRule;
use crate::study::checker::Checker;
use crate::study::places::{ZoneTable, ZonesFile, ZonesFrom};
use crate::study::problem::ProblemKind;
use crate::study::schema::zones as keys;
use crate::study::section::Section;
use crate::study::wording::no_such;

/// `[zones]`: every set of zones.
pub(in crate::study) fn zones(c: &mut Checker, root: &Section<'_>) -> ZoneSets {
    let all = c.open(root, &keys::TABLE);
    let names = all.names();
    let tables = names.iter().filter_map(|name| zone_set(c, &all, name));
    let sets = ZoneSets::new(
        tables.collect(),
        names.iter().map(|name| (*name).to_owned()).collect(),
    );
    crosses(c, &all, sets)
}

fn zone_set(c: &mut Checker, all: &Section<'_>, name: &str) -> Option<ZoneTable> {
    c.file_name(all.key(name), name);
    if name == "all" {
        let kind = ProblemKind::Reserved {
            name: name.to_owned(),
            reason: "in the tables it means the whole grid",
        };
        c.fail(all.key(name), kind);
    }
    let s = c.table_at(all, name, &keys::TABLE);
    let source = if s.has(&keys::CROSS) {
        excluded_by_cross(c, &s);
        c.get(&s, &keys::CROSS).map(ZonesFrom::Cross)
    } else {
        zones_file(c, &s).map(ZonesFrom::File)
    };
    let cells = c.get(&s, &keys::CELLS).unwrap_or(CellRule::Centre);
    let control = c.get(&s, &keys::CONTROL);
    if let (Some(ZonesFrom::File(file)), Some(control)) = (&source, &control) {
        check_label(c, s.key(&keys::CONTROL), control, &file.labels);
    }
    Some(ZoneTable {
        name: name.to_owned(),
        source: source?,
        cells,
        control,
    })
}

/// Notes a zone at `key` that is none of the labels, where a study states labels.
pub(super) fn check_label(c: &mut Checker, key: String, zone: &str, labels: &[(i64, String)]) {
    let is_known = labels.iter().any(|(_, label)| label == zone);
    if !labels.is_empty() && !is_known {
        let known: Vec<&str> = labels.iter().map(|(_, label)| label.as_str()).collect();
        c.fail(key, no_such(zone, "not a label of this zone set", &known));
    }
}

fn zones_file(c: &mut Checker, s: &Section<'_>) -> Option<ZonesFile> {
    let file = c.require(s, &keys::FILE);
    let found = ZonesFile {
        layer: c.get(s, &keys::LAYER),
        filter: c.get(s, &keys::WHERE),
        field: c.get(s, &keys::FIELD),
        labels: labels(c, s),
        breaks: c.get(s, &keys::BREAKS).unwrap_or_default(),
        file: file?,
    };
    let [layer, filter, field, labels, breaks] = [
        keys::LAYER.name(),
        keys::WHERE.name(),
        keys::FIELD.name(),
        keys::LABELS_ROW.name(),
        keys::BREAKS.name(),
    ];
    let of_vector = "a vector file has layers and fields, a raster file has labels or breaks";
    for (key, other, reason) in [
        (labels, field, of_vector),
        (labels, layer, of_vector),
        (labels, filter, of_vector),
        (breaks, field, of_vector),
        (breaks, layer, of_vector),
        (breaks, filter, of_vector),
        (breaks, labels, "a quantity has breaks, codes have labels"),
    ] {
        c.exclude(s, key, other, reason);
    }
    Some(found)
}

/// Notes the keys that a cross does not take.
fn excluded_by_cross(c: &mut Checker, s: &Section<'_>) {
    for key in [
        keys::FILE.name(),
        keys::LAYER.name(),
        keys::WHERE.name(),
        keys::FIELD.name(),
        keys::LABELS_ROW.name(),
        keys::BREAKS.name(),
    ] {
        let reason = "a cross is made of other sets, not of a file";
        c.exclude(s, key, keys::CROSS.name(), reason);
    }
    let reason = "a cross counts pixels as its sets do";
    c.exclude(s, keys::CELLS.name(), keys::CROSS.name(), reason);
}

/// Labels of raster codes, in the order of the file.
fn labels(c: &mut Checker, zone_set: &Section<'_>) -> Vec<(i64, String)> {
    let s = c.open(zone_set, &keys::LABELS);
    let mut labels: Vec<(i64, String)> = Vec::new();
    for name in s.names() {
        let Some(code) = name.parse::<i64>().ok().filter(|code| *code != 0) else {
            let kind = ProblemKind::Form {
                found: format!("the code {name:?}"),
                expected: "a whole number other than 0, which means no zone",
                example: keys::LABELS.example(),
            };
            c.fail(s.key(name), kind);
            continue;
        };
        let Some(label) = c.entry(&s, name, &keys::LABEL) else {
            continue;
        };
        let is_there = |(other, text): &(i64, String)| *other == code || *text == label;
        if labels.iter().any(is_there) {
            let name_again = label.clone();
            c.fail(s.key(name), ProblemKind::Repeated { name: name_again });
        }
        labels.push((code, label));
    }
    labels
}
