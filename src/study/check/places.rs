//! What a study says about places and periods, for the tables that name it.

use std::collections::{HashMap, HashSet};

use crate::calendar::Years;
use crate::grid::CellRule;
use crate::study::checker::Checker;
use crate::study::places::{Stage, ZoneTable};
use crate::study::problem::ProblemKind;
use crate::study::tables::{DriversTable, InputTable, TrendTable};
use crate::study::wording::no_such;

/// What zones and stages are compared by.
pub(in crate::study) struct Places<'a> {
    /// The years of the study.
    pub(in crate::study) years: Option<Years>,
    /// Its inputs.
    pub(in crate::study) inputs: &'a [InputTable],
    /// The names of its inputs as written, right or not.
    pub(in crate::study) names: &'a [String],
    /// Its trends.
    pub(in crate::study) trend: &'a TrendTable,
    /// Its drivers.
    pub(in crate::study) drivers: &'a DriversTable,
    /// Its stages.
    pub(in crate::study) stages: Stages,
    /// Its zone sets.
    pub(in crate::study) sets: ZoneSets,
}

/// The stages of a study.
pub(in crate::study) struct Stages {
    /// Those that are right.
    pub(in crate::study) tables: Vec<Stage>,
    /// The names of all.
    pub(super) names: Vec<String>,
}

/// The zone sets of a study.
pub(in crate::study) struct ZoneSets {
    /// Those that are right.
    pub(in crate::study) tables: Vec<ZoneTable>,
    /// The names of all.
    pub(super) names: Vec<String>,
    /// Where those that are right are.
    places: HashMap<String, usize>,
    known: HashSet<String>,
}

impl ZoneSets {
    /// Sets that are right, and the names of all.
    pub(super) fn new(tables: Vec<ZoneTable>, names: Vec<String>) -> Self {
        let places = tables.iter().enumerate();
        Self {
            places: places.map(|(at, set)| (set.name.clone(), at)).collect(),
            known: names.iter().cloned().collect(),
            tables,
            names,
        }
    }

    /// The place of the set of this name, if it is right.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// The set of this name, if it is right.
    pub(super) fn get(&self, name: &str) -> Option<&ZoneTable> {
        self.place(name).map(|at| &self.tables[at])
    }

    /// Notes a name at `key` of no zone set.
    pub(super) fn check_name(&self, c: &mut Checker, key: &str, name: &str) {
        if !self.known.contains(name) {
            let known: Vec<&str> = self.names.iter().map(String::as_str).collect();
            let kind = no_such(name, "not a zone set of this study", &known);
            c.fail(key.to_owned(), kind);
        }
    }

    /// Notes names at `key` of no zone set, of one that has parts of pixels, or that come twice.
    pub(super) fn check_whole(&self, c: &mut Checker, key: &str, names: &[String]) {
        c.no_repeats(key, names);
        for name in names {
            self.check_name(c, key, name);
            if self.get(name).is_some_and(is_fractional) {
                let kind = ProblemKind::Bounds {
                    found: format!("\"{name}\", which has parts of pixels (cells = \"fraction\")"),
                    expected: "a zone set with cells = \"centre\"".to_owned(),
                };
                c.fail(key.to_owned(), kind);
            }
        }
    }
}

/// Whether a set has parts of pixels.
pub(super) fn is_fractional(set: &ZoneTable) -> bool {
    set.cells == CellRule::Fraction
}
