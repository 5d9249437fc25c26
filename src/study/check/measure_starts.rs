//! `measures.start` and `measures.start_field`.

use super::zones::check_label;
use crate::calendar::Years;
use crate::study::checker::Checker;
use crate::study::places::{Starts, ZoneTable, ZonesFrom};
use crate::study::problem::ProblemKind;
use crate::study::schema::measures as keys;
use crate::study::section::Section;
use crate::study::wording::describe;

/// When the measures of `set` began.
pub(super) fn starts(
    c: &mut Checker,
    s: &Section<'_>,
    years: Option<Years>,
    set: Option<&ZoneTable>,
) -> Starts {
    let [by_zone, by_field] = [keys::START.name(), keys::START_FIELD.name()];
    c.exclude(s, by_field, by_zone, "a measure starts once");
    let field = c.get(s, &keys::START_FIELD);
    if field.is_some() && set.is_some_and(|set| !may_be_vector(set)) {
        let kind = ProblemKind::Bounds {
            found: "a zone set of rasters or of other sets".to_owned(),
            expected: "one of a vector file, which has fields; state `start` by zone instead"
                .to_owned(),
        };
        c.fail(s.key(by_field), kind);
    }
    let stated = of_zones(c, s, years, set);
    match field {
        Some(field) => Starts::Field(field),
        None if stated.is_empty() => Starts::Unknown,
        None => Starts::ByZone(stated),
    }
}

/// Whether the zones of a set can come from a vector file.
fn may_be_vector(set: &ZoneTable) -> bool {
    match &set.source {
        ZonesFrom::File(file) => file.labels.is_empty() && file.breaks.is_empty(),
        ZonesFrom::Cross(_) => false,
    }
}

/// First years by zone, inside the study and not of the control.
fn of_zones(
    c: &mut Checker,
    s: &Section<'_>,
    years: Option<Years>,
    set: Option<&ZoneTable>,
) -> Vec<(String, i32)> {
    let starts = c.open(s, &keys::STARTS);
    let control = set.and_then(|set| set.control.as_deref());
    let mut stated = Vec::new();
    for zone in starts.names() {
        let key = starts.key(zone);
        if let Some(ZonesFrom::File(file)) = set.map(|set| &set.source) {
            check_label(c, key.clone(), zone, &file.labels);
        }
        if Some(zone) == control {
            let kind = ProblemKind::Bounds {
                found: format!("\"{zone}\", the control"),
                expected: "zones under a measure: a control has no start".to_owned(),
            };
            c.fail(key.clone(), kind);
        }
        let Some(year) = c.entry(&starts, zone, &keys::START_OF) else {
            continue;
        };
        let is_inside =
            |year: &i32| years.is_none_or(|years| (years.first..=years.last).contains(year));
        match i32::try_from(year).ok().filter(is_inside) {
            Some(year) => stated.push((zone.to_owned(), year)),
            None => c.fail(key, outside(&starts, zone, years)),
        }
    }
    stated
}

/// The problem of a first year outside the study.
fn outside(starts: &Section<'_>, zone: &str, years: Option<Years>) -> ProblemKind {
    ProblemKind::Bounds {
        found: starts.value(zone).map(describe).unwrap_or_default(),
        expected: match years {
            Some(Years { first, last }) => format!("{first} to {last}, the years of the study"),
            None => "a year of the study".to_owned(),
        },
    }
}
