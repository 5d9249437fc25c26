//! Maps of q beside those of p, and classes on q.

use crate::chain::files::{FileSource, FileSpec};
use crate::formats::FileKind;
use crate::kernels::trend_tests::TrendTest;

use super::builder::Builder;

impl Builder<'_> {
    /// For every p among the files from number `first` on, which are those of the trend of `name`,
    /// a file of its q (`X_q` for `X_p`, `X_mk_q` for `X_mk_p`). The classes are then on q.
    pub(super) fn q_values(&mut self, name: &str, first: usize) {
        let Some(rule) = self.recipe.false_discovery else {
            return;
        };
        let p_of_classes = self
            .tests
            .get(&(TrendTest::Ols, name.to_owned()))
            .map(|line| line["p"]);
        let mut made = Vec::new();
        for file in &mut self.files[first..] {
            let FileSource::Layer(layer) = file.content else {
                continue;
            };
            let stem = file.path.strip_prefix("maps/").unwrap_or(&file.path);
            if stem.strip_suffix("_class") == Some(name)
                && let Some(p) = p_of_classes
            {
                file.content = FileSource::ClassesOnQ {
                    p,
                    classes: layer,
                    rule,
                };
                let on_q = file.description.replace("(p <", "(q <");
                file.description = format!("{on_q}, q by {}", rule.name());
            } else if let Some(test) = stem.strip_suffix("_p") {
                let q = format!("{test}_q");
                made.push(FileSpec {
                    path: format!("maps/{q}"),
                    description: format!(
                        "{}, adjusted to q by {} over the map",
                        file.description,
                        rule.name()
                    ),
                    bands: vec![q],
                    kind: FileKind::Values,
                    content: FileSource::QValues { p: layer, rule },
                    ..file.clone()
                });
            }
        }
        self.files.append(&mut made);
    }
}
