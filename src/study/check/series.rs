//! Names of series: inputs, and quantities that a study computes.

use crate::calendar::Steps;
use crate::study::checker::Checker;
use crate::study::problem::ProblemKind;
use crate::study::tables::InputTable;
use crate::study::wording::no_such;

/// Quantities that a study computes.
pub(super) const COMPUTED: &[&str] = &["nep", "rs", "rh"];

/// The series that a study has.
pub(in crate::study) struct Series<'a> {
    /// Its inputs.
    pub(super) inputs: &'a [InputTable],
    /// The names of its inputs as written, right or not.
    pub(super) names: &'a [String],
    /// What it computes that may be named too.
    pub(super) computed: &'a [&'static str],
}

impl Series<'_> {
    /// Notes names at `key` of series that the study does not have, that are static, or that come
    /// twice.
    pub(super) fn check(&self, c: &mut Checker, key: &str, wanted: &[String]) {
        c.no_repeats(key, wanted);
        let names = self.names.iter().map(String::as_str);
        let known: Vec<&str> = self.computed.iter().copied().chain(names).collect();
        for name in wanted {
            if !known.contains(&name.as_str()) {
                c.fail(key.to_owned(), no_such(name, self.lacks(), &known));
            }
            if self.is_static(name) {
                let kind = ProblemKind::Bounds {
                    found: format!("\"{name}\", which is static"),
                    expected: "a series with annual or monthly values".to_owned(),
                };
                c.fail(key.to_owned(), kind);
            }
        }
    }

    /// What an unknown name is not.
    fn lacks(&self) -> &'static str {
        if self.computed.is_empty() {
            "not an input of this study"
        } else {
            "neither an input of this study nor computed by it"
        }
    }

    fn is_static(&self, name: &str) -> bool {
        let mut inputs = self.inputs.iter();
        inputs.any(|input| input.name == name && input.steps == Some(Steps::Static))
    }
}
