//! `[grid]`.

use crate::grid::Area;
use crate::study::checker::Checker;
use crate::study::schema::grid as keys;
use crate::study::section::Section;
use crate::study::tables::GridTable;
use crate::study::wording::no_such;

/// `[grid]` of a study with inputs of these names.
pub(in crate::study) fn grid(c: &mut Checker, root: &Section<'_>, names: &[String]) -> GridTable {
    let s = c.table(root, &keys::TABLE);
    let like = c.get(&s, &keys::LIKE);
    if let Some(name) = like.as_ref().filter(|name| !names.contains(name)) {
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let unknown = no_such(name, "not an input of this study", &known);
        c.fail(s.key(&keys::LIKE), unknown);
    }
    let fallback = names
        .iter()
        .find(|name| *name == "npp")
        .or(names.first())
        .cloned();
    GridTable {
        like: like.or(fallback).unwrap_or_default(),
        crs: c.get(&s, &keys::CRS),
        resolution: c.get(&s, &keys::RESOLUTION),
        bounds: c.get(&s, &keys::BOUNDS),
        mask: c.get(&s, &keys::MASK),
        mask_layer: c.get(&s, &keys::MASK_LAYER),
        mask_where: c.get(&s, &keys::MASK_WHERE),
        area: c.get(&s, &keys::AREA).unwrap_or(Area::Nominal),
    }
}
