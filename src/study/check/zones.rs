//! `[zones.NAME]`.

use crate::study::checker::Checker;
use crate::study::problem::ProblemKind;
use crate::study::schema::zones as keys;
use crate::study::section::Section;
use crate::study::tables::ZoneSet;
use crate::study::wording::no_such;

/// `[zones]`: every set of zones.
pub(in crate::study) fn zones(c: &mut Checker, root: &Section<'_>) -> Vec<ZoneSet> {
    let all = c.open(root, &keys::TABLE);
    all.names()
        .into_iter()
        .filter_map(|name| zone_set(c, &all, name))
        .collect()
}

fn zone_set(c: &mut Checker, all: &Section<'_>, name: &str) -> Option<ZoneSet> {
    c.file_name(all.key(name), name);
    if name == "all" {
        let kind = ProblemKind::Reserved {
            name: name.to_owned(),
            reason: "in the tables it means the whole grid",
        };
        c.fail(all.key(name), kind);
    }
    let s = c.table_at(all, name, &keys::TABLE);
    let file = c.require(&s, &keys::FILE);
    let field = c.get(&s, &keys::FIELD);
    let labels = labels(c, &s);
    if s.has(&keys::FIELD) && s.has(keys::LABELS.name()) {
        let kind = ProblemKind::Conflict {
            other: s.key(&keys::FIELD),
            reason: "a vector file has a field, a raster file has labels",
        };
        c.fail(s.key(keys::LABELS.name()), kind);
    }
    let control = c.get(&s, &keys::CONTROL);
    let is_label = |control: &&String| labels.iter().any(|(_, label)| label == *control);
    let unknown = control.as_ref().filter(|control| !is_label(control));
    if let Some(control) = unknown.filter(|_| !labels.is_empty()) {
        let known: Vec<&str> = labels.iter().map(|(_, label)| label.as_str()).collect();
        let kind = no_such(control, "not a label of this zone set", &known);
        c.fail(s.key(&keys::CONTROL), kind);
    }
    Some(ZoneSet {
        name: name.to_owned(),
        file: file?,
        field,
        labels,
        control,
    })
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
