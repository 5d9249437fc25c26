//! The study that reads what a finished run left, and writes tables alone.

use std::path::Path;

use toml::{Table, Value};

use crate::error::Error;
use crate::run::other_maps::WrittenMaps;
use crate::study::{Study, resolve};

use super::compared::Available;
use super::finished::{FinishedRun, Since};

/// What makes the tables of a finished run again.
#[derive(Clone, Debug, PartialEq)]
pub struct TablesAgain {
    /// The study: stacks and inputs of the run as series, its stages, the zones; no maps.
    pub study: Study,
    /// The maps of the run, of which areas of classes and attributions are made.
    pub maps: WrittenMaps,
    /// What cannot be made again, or may differ; a sentence each.
    pub notes: Vec<String>,
}

/// Series that the chain computes of inputs.
const COMPUTED: [&str; 3] = ["rs", "rh", "nep"];

impl FinishedRun {
    /// The study that makes its tables again.
    ///
    /// # Arguments
    ///
    /// * `zones`, `stages` - tables of a study file in place of its own; their paths start at the working folder.
    ///
    /// # Errors
    ///
    /// No series of the run is there any more, or the zones or stages are wrong.
    pub fn tables_again(
        &self,
        zones: Option<Table>,
        stages: Option<Table>,
    ) -> Result<TablesAgain, Error> {
        let mut draft = Draft::new(self);
        draft.add_series();
        if draft.series.is_empty() {
            return Err(Error::NotReadable {
                path: self.dir.clone(),
                reason: format!(
                    "has no series of which tables can be made: {}; write stacks with the run (output.layers)",
                    draft.notes.join("; ")
                ),
            });
        }
        let has_drivers = draft.add_drivers();
        let compared_series = draft.variables(has_drivers);
        let compared = draft.compared(has_drivers, zones.as_ref(), stages.as_ref());
        // By the defaults a run compares each set that has a control.
        let compares_measures = compared.contains_key("measures")
            || (zones.is_none() && !self.study.contains_key("measures"));
        let mut table = draft.table(has_drivers, zones, stages);
        table.extend(compared);
        let toml = toml::to_string(&table).unwrap_or_default();
        let mut study = Study::from_str(&toml, Path::new(""), &[])?;
        study.path.clear();
        study.warnings.clear();
        if !compares_measures {
            // Plain comparisons would take the place of the matched ones in the folder of the run.
            study.measures.clear();
        }
        self.state_defaults(&mut study, &compared_series);
        if !has_drivers {
            // Else those of temperature, precipitation and radiation that are there would be the drivers.
            study.drivers.predictors = Some(Vec::new());
        }
        let mut notes = draft.notes;
        if self.has_intervals() {
            notes.push(
                "tables/attribution.csv has no intervals: they rest on the replicates of the run itself"
                    .to_owned(),
            );
        }
        Ok(TablesAgain {
            study,
            maps: self.maps(),
            notes,
        })
    }
}

impl FinishedRun {
    /// States what a comparison of measures takes by default from the attribution, which is not made again.
    fn state_defaults(&self, study: &mut Study, variables: &[String]) {
        let response = study.drivers.response.clone();
        let of = [response.clone(), format!("{response}_human")];
        let there = |names: &[String]| -> Vec<String> {
            let names = names.iter().filter(|name| variables.contains(name));
            names.cloned().collect()
        };
        for table in &mut study.measures {
            let placebo = there(self.predictors());
            table.placebo.get_or_insert(placebo);
            let of = there(&of);
            if table.of.is_none() && !of.is_empty() {
                table.of = Some(of);
            }
        }
    }
}

/// The study while it is put together.
struct Draft<'a> {
    run: &'a FinishedRun,
    inputs: Table,
    /// Series in the order of the run.
    series: Vec<String>,
    /// Stacks of the run among them.
    stacks: Vec<String>,
    notes: Vec<String>,
}

impl<'a> Draft<'a> {
    fn new(run: &'a FinishedRun) -> Self {
        Self {
            run,
            inputs: Table::new(),
            series: Vec::new(),
            stacks: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Finds the stack or the input of each series of the run. The response without its climate part follows from
    /// others.
    fn add_series(&mut self) {
        let run = self.run;
        let names = run.record.series.iter().map(|series| &series.variable);
        for name in names.filter(|name| !is_human_part(name)) {
            let found = if let Some(stack) = run.stack(name) {
                self.inputs.insert(name.clone(), stack_table(&stack));
                self.stacks.push(name.clone());
                Ok(())
            } else {
                self.add_input(name)
            };
            match found {
                Ok(()) => self.series.push(name.clone()),
                Err(why) => self
                    .notes
                    .push(format!("{name} cannot be made again: {why}")),
            }
        }
    }

    /// Adds the drivers of the attribution; whether all of them are there.
    fn add_drivers(&mut self) -> bool {
        let run = self.run;
        let mut lost = Vec::new();
        for driver in run.predictors() {
            if !self.inputs.contains_key(driver) && self.add_input(driver).is_err() {
                lost.push(driver.as_str());
            }
        }
        let has_drivers = lost.is_empty() && !run.predictors().is_empty();
        let mut series = run.record.series.iter();
        let human = series.find(|series| is_human_part(&series.variable));
        if let (false, Some(human)) = (has_drivers, human) {
            self.notes.push(format!(
                "{} cannot be made again without its drivers ({})",
                human.variable,
                lost.join(", ")
            ));
        }
        has_drivers
    }

    /// `[measures]`, `[geodetector]` and `[sites]` of the run, with a note on each that cannot be made again.
    fn compared(
        &mut self,
        has_drivers: bool,
        zones: Option<&Table>,
        stages: Option<&Table>,
    ) -> Table {
        let mut variables = self.series.clone();
        let all = self.run.record.series.iter().map(|series| &series.variable);
        variables.extend(
            all.filter(|name| has_drivers && is_human_part(name))
                .cloned(),
        );
        let of = Available {
            variables: &variables,
            other_zones: zones,
            other_stages: stages,
        };
        let mut tables = Table::new();
        let [measures, patterns, sites] =
            ["measures", "geodetector", "sites"].map(|name| self.whole_table_of_run(name));
        let mut notes = Vec::new();
        if !measures.is_empty() {
            self.add_inputs_of(&measures, "balance");
            let has_input = |name: &str| self.inputs.contains_key(name);
            match of.measures(&measures, has_input, &mut notes) {
                Ok(table) => _ = tables.insert("measures".to_owned(), Value::Table(table)),
                Err(why) => notes.push(format!("the measures are not compared again: {why}")),
            }
        }
        if self.run.study.contains_key("geodetector") {
            match of.geodetector(&patterns, &mut notes) {
                Ok(table) => _ = tables.insert("geodetector".to_owned(), Value::Table(table)),
                Err(why) => notes.push(format!("tables/geodetector.csv is not made again: {why}")),
            }
        }
        if !sites.is_empty() {
            match of.no_sites().map_or_else(|| self.sites(sites), Err) {
                Ok(table) => _ = tables.insert("sites".to_owned(), Value::Table(table)),
                Err(why) => notes.push(format!("the sites are not compared again: {why}")),
            }
        }
        self.notes.extend(notes);
        tables
    }

    /// Variables of the tables: series, and the response without its climate part where its drivers are there.
    fn variables(&self, has_drivers: bool) -> Vec<String> {
        let all = self.run.record.series.iter().map(|series| &series.variable);
        let human = all.filter(|name| has_drivers && is_human_part(name));
        self.series.iter().chain(human).cloned().collect()
    }

    /// `[sites]` with the path of its file, where that is still there.
    fn sites(&self, mut table: Table) -> Result<Table, String> {
        self.resolve(&mut table, "file");
        let file = table
            .get("file")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if Path::new(file).is_file() {
            Ok(table)
        } else {
            Err(format!("the field data {file} are not there any more"))
        }
    }

    /// Adds inputs that a key of a table names, as far as they are there.
    fn add_inputs_of(&mut self, table: &Table, key: &str) {
        let names = table.get(key).and_then(Value::as_array);
        let names = names.into_iter().flatten().filter_map(Value::as_str);
        for name in names {
            if !self.inputs.contains_key(name) {
                // What is missing in the end is noted there.
                let _ = self.add_input(name);
            }
        }
    }

    /// Adds an input of the run as it was, or says why it is not there.
    fn add_input(&mut self, name: &str) -> Result<(), String> {
        let tables = self.run.study.get("inputs").and_then(Value::as_table);
        let table = tables.and_then(|tables| tables.get(name)?.as_table());
        let Some(table) = table else {
            return Err(if COMPUTED.contains(&name) {
                format!("stacks/{name}.tif is not there")
            } else {
                "it was no input".to_owned()
            });
        };
        match self.run.input(name) {
            Since::Lost(path) => {
                return Err(format!("its file {} is not there any more", path.display()));
            }
            Since::Changed(path) => self.notes.push(format!(
                "{name}: {} has changed since the run",
                path.display()
            )),
            Since::Same | Since::NotRead => {}
        }
        let mut table = table.clone();
        self.resolve(&mut table, "files");
        self.inputs.insert(name.to_owned(), Value::Table(table));
        Ok(())
    }

    /// The tables of the study.
    fn table(&self, has_drivers: bool, zones: Option<Table>, stages: Option<Table>) -> Table {
        let mut tables = Table::new();
        let mut study = self.table_of_run("study", &["years"]);
        study.insert("name".to_owned(), self.run.record.study.clone().into());
        let mut trend = self.table_of_run("trend", &["min_years", "alpha"]);
        trend.insert("of".to_owned(), self.series.clone().into());
        let output = Table::from_iter([("layers".to_owned(), Value::from("none"))]);
        let drivers: &[&str] = if has_drivers {
            &["response", "predictors"]
        } else {
            &["response"]
        };
        let own_stages = || self.whole_table_of_run("stages");
        for (name, table) in [
            ("study", study),
            ("grid", self.grid()),
            ("inputs", self.inputs.clone()),
            ("respiration", self.respiration()),
            ("trend", trend),
            ("drivers", self.table_of_run("drivers", drivers)),
            ("attribution", self.whole_table_of_run("attribution")),
            ("stages", stages.unwrap_or_else(own_stages)),
            ("phase", self.whole_table_of_run("phase")),
            ("zones", zones.unwrap_or_else(|| self.zones())),
            ("engine", self.table_of_run("engine", &["memory"])),
            ("output", output),
        ] {
            let is_wanted = !table.is_empty() && (has_drivers || name != "attribution");
            if is_wanted {
                tables.insert(name.to_owned(), Value::Table(table));
            }
        }
        // A response that is lost has no table to be checked against.
        let response = tables
            .get("drivers")
            .and_then(|table| table.get("response"));
        if response.is_some_and(|name| {
            !self
                .series
                .iter()
                .any(|s| Some(s.as_str()) == name.as_str())
        }) {
            tables.remove("drivers");
        }
        tables
    }

    /// The grid of the run: that of its stacks where there are any.
    fn grid(&self) -> Table {
        let mut grid = self.whole_table_of_run("grid");
        if let Some(stack) = self.stacks.first() {
            for key in ["crs", "resolution", "bounds"] {
                grid.remove(key);
            }
            grid.insert("like".to_owned(), Value::from(stack.as_str()));
        }
        self.resolve(&mut grid, "mask");
        grid
    }

    /// How months become years, and the models too where one may still compute a series.
    fn respiration(&self) -> Table {
        let is_stack = |name: &&str| self.stacks.iter().any(|stack| stack == name);
        if COMPUTED.iter().all(is_stack) {
            return self.table_of_run("respiration", &["min_months"]);
        }
        let mut table = self.whole_table_of_run("respiration");
        table.remove("ensemble");
        table
    }

    /// The zone sets of the run.
    fn zones(&self) -> Table {
        let mut sets = self.whole_table_of_run("zones");
        for (_, set) in &mut sets {
            if let Some(set) = set.as_table_mut() {
                self.resolve(set, "file");
            }
        }
        sets
    }

    /// Some keys of a table of the run's study.
    fn table_of_run(&self, name: &str, keys: &[&str]) -> Table {
        let mut table = self.whole_table_of_run(name);
        table.retain(|key, _| keys.contains(&key));
        table
    }

    fn whole_table_of_run(&self, name: &str) -> Table {
        let table = self.run.study.get(name).and_then(Value::as_table);
        table.cloned().unwrap_or_default()
    }

    /// Makes the paths of a key independent of the working folder.
    fn resolve(&self, table: &mut Table, key: &str) {
        let resolved = |path: &mut Value| {
            if let Some(text) = path.as_str() {
                let found = resolve(&self.run.study_dir, text);
                *path = Value::from(found.to_string_lossy().into_owned());
            }
        };
        match table.get_mut(key) {
            Some(Value::Array(paths)) => paths.iter_mut().for_each(resolved),
            Some(path) => resolved(path),
            None => {}
        }
    }
}

/// Whether a series is a response without its climate part.
fn is_human_part(series: &str) -> bool {
    series.ends_with("_human")
}

/// A stack as an input: its numbers are results, and need no check.
fn stack_table(file: &Path) -> Value {
    let file = Value::from(file.to_string_lossy().into_owned());
    Value::Table(Table::from_iter([
        ("files".to_owned(), Value::Array(vec![file])),
        ("steps".to_owned(), Value::from("annual")),
        ("check_range".to_owned(), Value::from(false)),
    ]))
}
