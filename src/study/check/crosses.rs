//! Zone sets that are made of others: in which order, by which rule, and that none is made of itself.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::places::{ZoneSets, is_fractional};
use crate::grid::CellRule;
use crate::study::checker::Checker;
use crate::study::places::{ZoneTable, ZonesFrom};
use crate::study::problem::ProblemKind;
use crate::study::schema::zones as keys;
use crate::study::section::Section;

/// Checks what the crosses among `sets` are made of, gives each the rule of its sets, and puts it behind them.
pub(super) fn crosses(c: &mut Checker, all: &Section<'_>, sets: ZoneSets) -> ZoneSets {
    for (set, members) in sets.tables.iter().filter_map(members_of) {
        let key = key_of(all, &set.name);
        c.no_repeats(&key, members);
        for member in members {
            sets.check_name(c, &key, member);
        }
    }
    let links = Links::of(&sets);
    let (order, waits) = links.order();
    for at in links.circular(waits) {
        let name = &sets.tables[at].name;
        let kind = ProblemKind::Bounds {
            found: "a set that is made of itself".to_owned(),
            expected: format!("sets that are not made of \"{name}\""),
        };
        c.fail(key_of(all, name), kind);
    }
    let parts = links.parts(&sets, &order);
    for (set, parts) in sets.tables.iter().zip(&parts) {
        if let [first, second, ..] = parts[..] {
            let [first, second] = [first, second].map(|at| &sets.tables[at].name);
            let kind = ProblemKind::Bounds {
                found: format!("\"{first}\" and \"{second}\", both with cells = \"fraction\""),
                expected: "at most one such set: what two parts of a pixel share is not known"
                    .to_owned(),
            };
            c.fail(key_of(all, &set.name), kind);
        }
    }
    in_order(sets, &order, &parts)
}

/// A cross with the names of its sets.
fn members_of(set: &ZoneTable) -> Option<(&ZoneTable, &[String])> {
    match &set.source {
        ZonesFrom::File(_) => None,
        ZonesFrom::Cross(names) => Some((set, names)),
    }
}

fn key_of(all: &Section<'_>, name: &str) -> String {
    format!("{}.{}", all.key(name), keys::CROSS.name())
}

/// The sets in this order, each cross by the rule of its sets. Those of circles keep their places behind all others.
fn in_order(sets: ZoneSets, order: &[usize], parts: &[Vec<usize>]) -> ZoneSets {
    let mut places = vec![usize::MAX; sets.tables.len()];
    for (place, &at) in order.iter().enumerate() {
        places[at] = place;
    }
    let mut tables: Vec<(usize, ZoneTable)> = places.into_iter().zip(sets.tables).collect();
    for ((_, table), parts) in tables.iter_mut().zip(parts) {
        if !parts.is_empty() {
            table.cells = CellRule::Fraction;
        }
    }
    tables.sort_by_key(|(place, _)| *place);
    ZoneSets::new(
        tables.into_iter().map(|(_, table)| table).collect(),
        sets.names,
    )
}

/// Which sets are made of which, by their places in the file.
struct Links {
    /// The sets that each is made of.
    members: Vec<Vec<usize>>,
    /// The sets that are made of each.
    users: Vec<Vec<usize>>,
}

impl Links {
    fn of(sets: &ZoneSets) -> Self {
        let members: Vec<Vec<usize>> = sets
            .tables
            .iter()
            .map(|set| {
                let names = members_of(set).map_or(&[][..], |(_, names)| names);
                names.iter().filter_map(|name| sets.place(name)).collect()
            })
            .collect();
        let mut users = vec![Vec::new(); members.len()];
        for (user, members) in members.iter().enumerate() {
            for &member in members {
                users[member].push(user);
            }
        }
        Self { members, users }
    }

    /// The sets in their order, but each behind its members; and which are left over, because they wait for themselves.
    fn order(&self) -> (Vec<usize>, Vec<bool>) {
        let mut missing: Vec<usize> = self.members.iter().map(Vec::len).collect();
        let mut waits: Vec<bool> = vec![true; missing.len()];
        let free = (0..missing.len()).filter(|&at| missing[at] == 0);
        let mut free: BinaryHeap<Reverse<usize>> = free.map(Reverse).collect();
        let mut order = Vec::with_capacity(missing.len());
        while let Some(Reverse(at)) = free.pop() {
            waits[at] = false;
            order.push(at);
            for &user in &self.users[at] {
                missing[user] -= 1;
                if missing[user] == 0 {
                    free.push(Reverse(user));
                }
            }
        }
        (order, waits)
    }

    /// Of the sets that wait, those that others in a circle are made of too.
    fn circular(&self, mut waits: Vec<bool>) -> Vec<usize> {
        let n_waiting = |users: &Vec<usize>| users.iter().filter(|&&user| waits[user]).count();
        let mut users: Vec<usize> = self.users.iter().map(n_waiting).collect();
        let mut ends: Vec<usize> = (0..users.len())
            .filter(|&at| waits[at] && users[at] == 0)
            .collect();
        while let Some(at) = ends.pop() {
            waits[at] = false;
            for &member in &self.members[at] {
                users[member] -= usize::from(waits[member]);
                if waits[member] && users[member] == 0 {
                    ends.push(member);
                }
            }
        }
        (0..waits.len()).filter(|&at| waits[at]).collect()
    }

    /// For each set the files with parts of pixels behind it, two at most.
    fn parts(&self, sets: &ZoneSets, order: &[usize]) -> Vec<Vec<usize>> {
        let mut parts: Vec<Vec<usize>> = vec![Vec::new(); self.members.len()];
        for &at in order {
            if members_of(&sets.tables[at]).is_none() {
                parts[at].extend(is_fractional(&sets.tables[at]).then_some(at));
                continue;
            }
            let mut behind: Vec<usize> = Vec::new();
            for part in self.members[at].iter().flat_map(|&member| &parts[member]) {
                if behind.len() < 2 && !behind.contains(part) {
                    behind.push(*part);
                }
            }
            parts[at] = behind;
        }
        parts
    }
}
