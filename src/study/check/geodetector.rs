//! `[geodetector]`.

use super::numbers::{seed, size};
use super::places::{ZoneSets, is_fractional};
use crate::study::checker::Checker;
use crate::study::choices::PixelWeight;
use crate::study::places::{GeodetectorTable, MeasuresTable, PlaceBlocks};
use crate::study::problem::ProblemKind;
use crate::study::schema::geodetector as keys;
use crate::study::section::Section;

/// `[geodetector]`, where the study has it.
pub(in crate::study) fn geodetector(
    c: &mut Checker,
    root: &Section<'_>,
    sets: &ZoneSets,
    measures: &[MeasuresTable],
) -> Option<GeodetectorTable> {
    let s = c.table(root, &keys::TABLE);
    if !s.is_present() {
        return None;
    }
    let of = c.get(&s, &keys::OF);
    c.no_repeats(&s.key(&keys::OF), of.as_deref().unwrap_or_default());
    let table = GeodetectorTable {
        of,
        factors: factors(c, &s, sets, measures),
        weights: c.get(&s, &keys::WEIGHTS).unwrap_or(PixelWeight::Pixels),
        surrogates: size(c.get(&s, &keys::SURROGATES)).unwrap_or(199),
        seed: seed(c.get(&s, &keys::SEED)).unwrap_or(1),
    };
    Some(table)
}

/// The stated factors, else every zone set of whole pixels but the blocks of the measures.
fn factors(
    c: &mut Checker,
    s: &Section<'_>,
    sets: &ZoneSets,
    measures: &[MeasuresTable],
) -> Vec<String> {
    let key = s.key(&keys::FACTORS);
    if s.has(&keys::FACTORS) {
        let stated = c.get(s, &keys::FACTORS).unwrap_or_default();
        sets.check_whole(c, &key, &stated);
        return stated;
    }
    let are_blocks = |name: &str| {
        let mut tables = measures.iter();
        tables.any(|table| matches!(&table.blocks, PlaceBlocks::Zones(set) if set == name))
    };
    let whole = sets.tables.iter().filter(|set| !is_fractional(set));
    let names: Vec<String> = whole
        .map(|set| set.name.clone())
        .filter(|name| !are_blocks(name))
        .collect();
    if names.is_empty() {
        let kind = ProblemKind::Needs {
            other: "zones".to_owned(),
            reason: "factors are zone sets with cells = \"centre\" other than measures.blocks",
        };
        c.fail(key, kind);
    }
    names
}
