//! `[sites]`.

use crate::study::checker::Checker;
use crate::study::schema::sites as keys;
use crate::study::section::Section;
use crate::study::tables::SitesTable;

/// `[sites]`, where the study has it.
pub(in crate::study) fn sites(c: &mut Checker, root: &Section<'_>) -> Option<SitesTable> {
    let s = c.table(root, &keys::TABLE);
    let file = c.require(&s, &keys::FILE)?;
    Some(SitesTable { file })
}
