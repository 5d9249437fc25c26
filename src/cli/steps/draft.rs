//! The study that the arguments of a step command describe, while it is being put together.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::option_names::OptionNames;
use super::reading::Reading;
use super::values;
use crate::calendar::{Steps, Years};
use crate::cli::console::Console;
use crate::cli::failure::Failure;
use crate::error::Error;
use crate::products;
use crate::sources::{FoundTimes, InputRequest, times_of};
use crate::study::Study;

/// A stack of rasters that a command is given.
pub(super) struct Stack {
    /// Its name.
    pub(super) name: String,
    /// Files, patterns and globs as typed.
    pub(super) files: Vec<String>,
    /// Whether its steps are those that a model of the carbon chain needs.
    is_of_model: bool,
    /// Further keys of its table.
    table: Table,
}

impl Stack {
    /// A stack that may be annual or monthly.
    pub(super) fn new(name: &str, files: &[String]) -> Self {
        Self {
            name: name.to_owned(),
            files: files.to_vec(),
            is_of_model: false,
            table: Table::new(),
        }
    }

    /// A stack whose name decides its steps.
    pub(super) fn of_model(name: &str, files: &[String]) -> Self {
        Self {
            is_of_model: true,
            ..Self::new(name, files)
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.table.get(key).and_then(Value::as_str)
    }
}

/// An unfinished study.
pub(super) struct Draft {
    stacks: Vec<Stack>,
    tables: Table,
    /// The stack that options without a stack's name are of.
    pub(super) subject: Option<String>,
}

impl Draft {
    /// A study of these stacks.
    pub(super) fn new(title: &str, stacks: Vec<Stack>) -> Self {
        let mut draft = Self {
            stacks,
            tables: Table::new(),
            subject: None,
        };
        draft.set("study", "name", title);
        draft
    }

    /// States a key of a table.
    pub(super) fn set(&mut self, table: &str, key: &str, value: impl Into<Value>) {
        let entry = self
            .tables
            .entry(table.to_owned())
            .or_insert_with(|| Value::Table(Table::new()));
        if let Some(table) = entry.as_table_mut() {
            table.insert(key.to_owned(), value.into());
        }
    }

    /// States tables inside a table; nothing where there are none.
    pub(super) fn set_tables(&mut self, table: &str, tables: Table) {
        if !tables.is_empty() {
            self.tables.insert(table.to_owned(), Value::Table(tables));
        }
    }

    /// The option names for messages about this study.
    pub(super) fn words(&self) -> OptionNames {
        let zones = self.tables.get("zones").and_then(Value::as_table);
        let sets = zones.into_iter().flat_map(Table::keys);
        let sets: Vec<&str> = sets.map(String::as_str).collect();
        let names: Vec<&str> = self
            .stacks
            .iter()
            .map(|stack| stack.name.as_str())
            .collect();
        OptionNames::new(&names, self.subject.as_deref()).with_zones(&sets)
    }

    /// Puts the options of reading into the tables of their stacks.
    pub(super) fn read_with(&mut self, reading: &Reading) -> Result<(), Failure> {
        type Parse = fn(&str, &str) -> Result<Value, Failure>;
        let text: Parse = |_, text| Ok(Value::from(text));
        // As a message writes them, with brackets and quotes, or without.
        let times: Parse = |_, text| {
            let plain = text.replace(['[', ']', '"', ' '], "");
            Ok(Value::from(
                plain.split(',').map(str::to_owned).collect::<Vec<_>>(),
            ))
        };
        let number: Parse = |option, text| Ok(Value::from(values::number(option, text)?));
        let months: Parse = |option, text| Ok(Value::from(values::months(option, text)?.to_vec()));
        let whole: Parse = |option, text| Ok(Value::from(values::whole(option, text)?));
        let list: Parse = |option, text| Ok(Value::from(values::numbers(option, text)?));
        let options: [(&str, &str, &[String], Parse); 13] = [
            ("product", "product", &reading.product, text),
            ("variable", "variable", &reading.variable, text),
            ("units", "units", &reading.units, text),
            ("scale", "scale", &reading.scale, number),
            ("offset", "offset", &reading.offset, number),
            ("nodata", "nodata", &reading.nodata, list),
            ("valid-range", "valid_range", &reading.valid_range, list),
            ("steps", "steps", &reading.steps, text),
            ("missing", "missing", &reading.missing, times),
            ("aggregate", "aggregate", &reading.aggregate, text),
            ("months", "months", &reading.months, months),
            ("lag", "lag", &reading.lag, whole),
            ("raster-crs", "crs", &reading.raster_crs, text),
        ];
        for (option, key, arguments, parse) in options {
            for argument in arguments {
                let (stack, text) = self.stack_of(option, argument)?;
                let value = parse(option, text)?;
                match (stack.table.get_mut(key), value) {
                    // Codes of several arguments add up.
                    (Some(Value::Array(known)), Value::Array(more))
                        if matches!(key, "nodata" | "missing") =>
                    {
                        known.extend(more);
                    }
                    (_, value) => {
                        stack.table.insert(key.to_owned(), value);
                    }
                }
            }
        }
        self.depart(&reading.anomaly)?;
        for stack in self.stacks.iter_mut().filter(|_| reading.no_check_range) {
            stack
                .table
                .insert("check_range".to_owned(), Value::from(false));
        }
        for stack in self.stacks.iter_mut().filter(|_| reading.allow_external) {
            stack
                .table
                .insert("allow_external".to_owned(), Value::from(true));
        }
        for stack in self
            .stacks
            .iter_mut()
            .filter(|_| reading.allow_missing_tiles)
        {
            stack
                .table
                .insert("allow_missing_tiles".to_owned(), Value::from(true));
        }
        if let Some(what) = &reading.on_error {
            self.set("engine", "on_error", what.as_str());
        }
        Ok(())
    }

    /// Makes stacks departures from their mean over all years, or those of a baseline.
    fn depart(&mut self, arguments: &[String]) -> Result<(), Failure> {
        for argument in arguments {
            let (stack, text) = self.stack_of("anomaly", argument)?;
            stack.table.insert("anomaly".to_owned(), Value::from(true));
            if text != "all" {
                let wrong = |problem| Failure::Usage(format!("--anomaly {argument}: {problem}"));
                let years = values::years(text).map_err(wrong)?;
                stack
                    .table
                    .insert("baseline".to_owned(), Value::from(years.to_vec()));
            }
        }
        Ok(())
    }

    /// The stack that an option refers to, and the value after its name.
    fn stack_of<'a>(
        &mut self,
        option: &str,
        argument: &'a str,
    ) -> Result<(&mut Stack, &'a str), Failure> {
        let names = self
            .stacks
            .iter()
            .map(|stack| stack.name.clone())
            .collect::<Vec<_>>();
        let named = argument.split_once('=').and_then(|(name, value)| {
            let index = names.iter().position(|known| known == name)?;
            Some((index, value))
        });
        let index = named.or_else(|| {
            Some((
                names
                    .iter()
                    .position(|name| Some(name) == self.subject.as_ref())?,
                argument,
            ))
        });
        let Some((index, value)) = index else {
            return Err(Failure::Usage(format!(
                "--{option} {argument:?} names no stack; write --{option} {}=...; stacks: {}",
                names.first().map_or("NAME", String::as_str),
                names.join(", ")
            )));
        };
        Ok((&mut self.stacks[index], value))
    }

    /// Looks at the files for years and steps, reports them, and states both in the study.
    pub(super) fn find_years(
        &mut self,
        stated: Option<Years>,
        console: Console,
    ) -> Result<(), Failure> {
        let mut found: Vec<(usize, FoundTimes)> = Vec::new();
        for (index, stack) in self
            .stacks
            .iter()
            .enumerate()
            .filter(|(_, stack)| stack.name != "soc")
        {
            // A pattern of a stated period is expanded with it, so that a year without a file is noticed.
            let needs_look =
                stated.is_none() || (!stack.is_of_model && stack.text("steps").is_none());
            if needs_look {
                let times = times_of(&request(stack)).map_err(source_failure)?;
                found.push((index, times));
            }
        }
        let years = match stated {
            Some(years) => years,
            None => self.common_years(&found, console)?,
        };
        self.set("study", "years", vec![years.first, years.last]);
        for (index, times) in found {
            self.state_steps(index, &times, years, console);
        }
        Ok(())
    }

    /// The years that every stack has, among those whose files give years.
    fn common_years(
        &self,
        found: &[(usize, FoundTimes)],
        console: Console,
    ) -> Result<Years, Failure> {
        let mut common: Option<Years> = None;
        for (index, times) in found {
            let name = &self.stacks[*index].name;
            let Some(years) = times.years(values::season(&self.stacks[*index].table)) else {
                if times.times.is_some() {
                    return Err(Failure::Usage(format!(
                        "{name}: its times, {}, are {}, and no year has all its months; state --steps annual if there is one value a year",
                        times.span(),
                        times.source
                    )));
                }
                continue;
            };
            console.remark(&format!(
                "{name}: years {}-{}, {}",
                years.first, years.last, times.source
            ));
            common = Some(common.map_or(years, |common| Years {
                first: common.first.max(years.first),
                last: common.last.min(years.last),
            }));
        }
        match common {
            Some(years) if years.first <= years.last => Ok(years),
            Some(_) => {
                Err(Failure::Usage("the stacks have no year in common; use other files, or state --years".to_owned()))
            }
            None => Err(Failure::Usage(
                "no time axis, band description or file name gives the years; state --years FIRST-LAST, \
                 then bands or files are taken in order"
                    .to_owned(),
            )),
        }
    }

    /// States the steps of a stack and how its months become a year, where the user did not.
    fn state_steps(&mut self, index: usize, times: &FoundTimes, years: Years, console: Console) {
        let stack = &mut self.stacks[index];
        if stack.is_of_model {
            return;
        }
        if stack.text("steps").is_none() {
            let has_months = stack.table.contains_key("months");
            let steps = match times.steps(Some(years)) {
                Some(Steps::Annual) if has_months => "monthly",
                Some(Steps::Annual) => "annual",
                Some(Steps::Monthly) => "monthly",
                _ if times.n_bands == 1 => "static",
                _ => return,
            };
            stack.table.insert("steps".to_owned(), Value::from(steps));
        }
        if stack.text("steps") == Some("monthly") && stack.text("aggregate").is_none() {
            let how = default_aggregate(&stack.name);
            stack.table.insert("aggregate".to_owned(), Value::from(how));
            console.remark(&format!(
                "{}: monthly, a year is the {how} of its months (--aggregate)",
                stack.name
            ));
        }
    }

    /// The study, and its text for the record.
    pub(super) fn study(mut self, words: &OptionNames) -> Result<(Study, String), Failure> {
        let mut inputs = Table::new();
        for stack in std::mem::take(&mut self.stacks) {
            let mut table = Table::new();
            table.insert("files".to_owned(), Value::from(stack.files));
            table.extend(stack.table);
            inputs.insert(stack.name, Value::Table(table));
        }
        self.tables
            .insert("inputs".to_owned(), Value::Table(inputs));
        // A table of texts, numbers and lists always has a TOML.
        let text = toml::to_string(&self.tables).unwrap_or_default();
        let mut study = Study::from_str(&text, Path::new(""), &[])
            .map_err(|error| words.failure(&Failure::Run(Error::from(error))))?;
        study.path = PathBuf::new();
        // They ask whether the name of a driver is misspelt; here the user chooses it.
        study.warnings.clear();
        Ok((study, text))
    }
}

/// How months become a year by default: amounts of the carbon chain are sums.
fn default_aggregate(name: &str) -> &'static str {
    match name {
        "precipitation" | "radiation" | "npp" | "rs" | "rh" | "nep" => "sum",
        _ => "mean",
    }
}

fn request(stack: &Stack) -> InputRequest {
    InputRequest {
        name: stack.name.clone(),
        files: stack.files.clone(),
        product: stack
            .text("product")
            .and_then(products::find)
            .and_then(|product| {
                products::preset(product, &stack.name, stack.text("variable")).ok()
            }),
        variable: stack.text("variable").map(str::to_owned),
        allow_external: stack.table.contains_key("allow_external"),
        ..InputRequest::default()
    }
}

/// An error of reading as a failure of the command.
fn source_failure(error: crate::sources::SourceError) -> Failure {
    Failure::Run(Error::from(error))
}
