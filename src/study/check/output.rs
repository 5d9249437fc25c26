//! `[output]`.

use crate::servers::not_written;
use crate::study::checker::Checker;
use crate::study::choices::{Compress, Format, Layers};
use crate::study::problem::ProblemKind;
use crate::study::schema::output as keys;
use crate::study::section::Section;
use crate::study::tables::OutputTable;

/// `[output]`.
pub(in crate::study) fn output(c: &mut Checker, root: &Section<'_>) -> OutputTable {
    let s = c.table(root, &keys::TABLE);
    let dir = c.get(&s, &keys::DIR).unwrap_or_else(|| "out".to_owned());
    if let Some(why) = not_written(&dir) {
        c.fail(s.key(&keys::DIR), ProblemKind::OnServer { why });
    }
    OutputTable {
        dir,
        format: c.get(&s, &keys::FORMAT).unwrap_or(Format::GTiff),
        compress: c.get(&s, &keys::COMPRESS).unwrap_or(Compress::Deflate),
        layers: layers(c, &s),
        report: c.get(&s, &keys::REPORT).unwrap_or(true),
    }
}

fn layers(c: &mut Checker, s: &Section<'_>) -> Layers {
    let layers = c.get(s, &keys::LAYERS).unwrap_or(Layers::All);
    if let Layers::Named(names) = &layers {
        c.no_repeats(&s.key(&keys::LAYERS), names);
    }
    layers
}
