//! The outputs of a stage: which layers they are, and what their names and descriptions say.

use std::collections::BTreeMap;
use std::ops::Index;

use crate::calendar::Steps;
use crate::chain::names::long_name;
use crate::formats::FileKind;
use crate::kernels::output::OutputKind;
use crate::kernels::port::Port;

/// What a stage is about. It fills the braces in what a kernel says of its outputs.
#[derive(Clone, Debug, Default)]
pub(super) struct Subject {
    /// The label of the stage after `of`.
    pub(super) of: String,
    /// The beginning of its layers' names, such as `nep` or `raw/nep`.
    pub(super) stem: String,
    /// The series in descriptions.
    pub(super) series: String,
    /// The drivers, by their names.
    pub(super) drivers: Vec<String>,
    /// What is summarised.
    pub(super) over: String,
    /// What every description says at its end.
    pub(super) note: Option<String>,
}

impl Subject {
    /// A series of the study.
    pub(super) fn series(name: &str) -> Self {
        Self {
            of: name.to_owned(),
            stem: name.to_owned(),
            series: long_name(name),
            ..Self::default()
        }
    }

    /// The same with names that begin otherwise.
    pub(super) fn with_stem(self, stem: String) -> Self {
        Self { stem, ..self }
    }

    /// The name of a port's layer.
    pub(super) fn name_of(&self, port: &Port) -> String {
        let driver = self.driver_of(port).unwrap_or_default();
        let suffix = fill(&port.info.suffix, |key| match key {
            "driver" => Some(driver.to_owned()),
            _ => None,
        });
        format!("{}{suffix}", self.stem)
    }

    /// What a file of the port shows, if it becomes one.
    pub(super) fn description_of(&self, port: &Port, first_year: i32) -> Option<String> {
        let text = fill(port.info.description.as_deref()?, |key| match key {
            "series" => Some(self.series.clone()),
            "driver" => self.driver_of(port).map(long_name),
            "over" => Some(self.over.clone()),
            "stem" => Some(self.stem.clone()),
            "first_year" => Some(first_year.to_string()),
            _ => None,
        });
        Some(match &self.note {
            Some(note) => format!("{text}; {note}"),
            None => text,
        })
    }

    /// How the values of the port are to be read in a file.
    pub(super) fn kind_of(&self, port: &Port) -> FileKind {
        match &port.info.kind {
            OutputKind::Values => FileKind::Values,
            OutputKind::Classes(classes) => FileKind::Classes(classes),
            OutputKind::Labelled(classes) => FileKind::Labelled(classes.clone()),
            OutputKind::Drivers => {
                let drivers = (1..).zip(self.drivers.iter().cloned());
                let none = (0, "none".to_owned());
                FileKind::Labelled(std::iter::once(none).chain(drivers).collect())
            }
        }
    }

    fn driver_of(&self, port: &Port) -> Option<&str> {
        Some(self.drivers.get(port.info.driver?)?.as_str())
    }
}

/// The folder of a port's file.
pub(super) fn folder_of(port: &Port) -> &'static str {
    match port.steps {
        Steps::Annual | Steps::Monthly => "stacks",
        Steps::Static | Steps::Members(_) => "maps",
    }
}

/// The outputs of a stage, by the names of its ports. An index of no port is a mistake in the code
/// that asks, as an index past the end of a list is.
#[derive(Clone, Debug)]
pub(super) struct Outputs {
    pub(super) subject: Subject,
    /// The ports in order, each with its layer.
    pub(super) ports: Vec<(Port, usize)>,
    by_name: BTreeMap<String, usize>,
}

impl Outputs {
    pub(super) fn new(subject: Subject, ports: Vec<(Port, usize)>) -> Self {
        let by_name = ports
            .iter()
            .map(|(port, layer)| (port.name.clone(), *layer))
            .collect();
        Self {
            subject,
            ports,
            by_name,
        }
    }

    /// All layers, in the order of the ports.
    pub(super) fn layers(&self) -> Vec<usize> {
        self.ports.iter().map(|(_, layer)| *layer).collect()
    }

    /// The layers of the ports that are called `name` and a number, from 1 on.
    pub(super) fn numbered(&self, name: &str) -> Vec<usize> {
        (1..)
            .map_while(|x| self.by_name.get(&format!("{name}_{x}")).copied())
            .collect()
    }
}

impl Index<&str> for Outputs {
    type Output = usize;

    /// The layer of the port of this name.
    fn index(&self, port: &str) -> &usize {
        &self.by_name[port]
    }
}

/// A text with each `{key}` replaced by what `value` has for it. A key that it has not stays.
fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, from_brace)) = rest.split_once('{') {
        filled.push_str(before);
        let value_and_rest = from_brace
            .split_once('}')
            .and_then(|(key, after)| Some((value(key)?, after)));
        if let Some((value, after)) = value_and_rest {
            filled.push_str(&value);
            rest = after;
        } else {
            filled.push('{');
            rest = from_brace;
        }
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_braces_is_filled_in_once() {
        let value = |key: &str| (key == "series").then(|| "the {series} of {x}".to_owned());
        assert_eq!(
            fill("p of {series}, {y} {", value),
            "p of the {series} of {x}, {y} {"
        );
    }
}
