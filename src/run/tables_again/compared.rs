//! `[measures]`, `[geodetector]` and `[sites]` of a finished run, as far as they can be made again.

use toml::{Table, Value};

/// What there is to make tables of.
pub(super) struct Available<'a> {
    /// Variables of the tables, with the response without its climate part where its drivers are there.
    pub(super) variables: &'a [String],
    /// The zone sets, where they are others than those of the run.
    pub(super) other_zones: Option<&'a Table>,
    /// The stages, where they are others than those of the run.
    pub(super) other_stages: Option<&'a Table>,
}

/// What maps of a series are called beside the series: those that follow from its stack.
const MAPS_OF_SERIES: [&str; 6] = ["slope", "mean", "cv", "intercept", "r2", "p"];

/// Variables that field data are compared with.
const MEASURED: [&str; 4] = ["rs", "rh", "npp", "nep"];

impl Available<'_> {
    /// `[measures]`; the error says why it is left out. A variable or an input that is lost is noted.
    pub(super) fn measures(
        &self,
        table: &Table,
        has_input: impl Fn(&str) -> bool,
        notes: &mut Vec<String>,
    ) -> Result<Table, String> {
        if self.other_zones.is_some() {
            return Err(
                "they are of the zones of the run; leave --zones out, or use `doline measures` with its stacks"
                    .to_owned(),
            );
        }
        if let Some(stage) = self.lost_stage(table) {
            return Err(format!(
                "they need the stage {stage:?}, which is not among those given"
            ));
        }
        let mut table = table.clone();
        retain(
            &mut table,
            "of",
            |name| self.has(name),
            "measures.of",
            notes,
        );
        if is_empty(&table, "of") {
            return Err("no variable of measures.of is there any more".to_owned());
        }
        retain(
            &mut table,
            "placebo",
            |name| self.has(name),
            "measures.placebo",
            notes,
        );
        retain(&mut table, "balance", has_input, "measures.balance", notes);
        Ok(table)
    }

    /// A stage that the measures name and that is not there.
    fn lost_stage<'a>(&self, table: &'a Table) -> Option<&'a str> {
        let stages = self.other_stages?;
        let text = |key: &str| table.get(key).and_then(Value::as_str);
        let of_rank = text("rank_by").and_then(|contrast| contrast.strip_prefix("did_"));
        let mut named = [text("pre"), of_rank].into_iter().flatten();
        named.find(|stage| !stages.contains_key(*stage))
    }

    /// `[geodetector]`; the error says why it is left out.
    pub(super) fn geodetector(
        &self,
        table: &Table,
        notes: &mut Vec<String>,
    ) -> Result<Table, String> {
        let mut table = table.clone();
        retain(
            &mut table,
            "of",
            |map| self.has_map(map),
            "geodetector.of",
            notes,
        );
        if is_empty(&table, "of") {
            return Err("no map of geodetector.of follows from a stack that is there".to_owned());
        }
        let Some(zones) = self.other_zones else {
            return Ok(table);
        };
        if !zones.values().any(is_whole) {
            return Err("no zone set that is given has cells = \"centre\"".to_owned());
        }
        let names = table.get("factors").and_then(Value::as_array);
        let are_there = names.is_none_or(|names| {
            let mut names = names.iter().filter_map(Value::as_str);
            names.all(|name| zones.contains_key(name))
        });
        if !are_there {
            table.remove("factors");
            notes.push(
                "geodetector.factors: not all of them are among the zones given; all of these are factors"
                    .to_owned(),
            );
        }
        Ok(table)
    }

    /// Why field data cannot be compared with anything; `None` where they can.
    pub(super) fn no_sites(&self) -> Option<String> {
        let is_there = MEASURED.iter().any(|name| self.has(name));
        (!is_there).then(|| "neither rs, rh, npp nor nep is there any more".to_owned())
    }

    fn has(&self, name: &str) -> bool {
        self.variables.iter().any(|known| known == name)
    }

    /// Whether a map follows from the series that are there.
    fn has_map(&self, map: &str) -> bool {
        let parts = map.rsplit_once('_');
        parts.is_some_and(|(series, what)| self.has(series) && MAPS_OF_SERIES.contains(&what))
    }
}

/// Whether a zone set has whole pixels, as far as its own table says.
fn is_whole(set: &Value) -> bool {
    let cells = set.get("cells").and_then(Value::as_str);
    cells != Some("fraction") && set.get("cross").is_none()
}

/// Leaves out what is lost of a list, with a note.
fn retain(
    table: &mut Table,
    key: &str,
    is_there: impl Fn(&str) -> bool,
    named: &str,
    notes: &mut Vec<String>,
) {
    let Some(Value::Array(names)) = table.get_mut(key) else {
        return;
    };
    let mut lost = Vec::new();
    names.retain(|name| match name.as_str() {
        Some(text) if !is_there(text) => {
            lost.push(text.to_owned());
            false
        }
        _ => true,
    });
    if !lost.is_empty() {
        notes.push(format!(
            "{named}: {} cannot be made again and is left out",
            lost.join(", ")
        ));
    }
}

fn is_empty(table: &Table, key: &str) -> bool {
    let names = table.get(key).and_then(Value::as_array);
    names.is_some_and(Vec::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        text.parse().expect("TOML")
    }

    #[test]
    fn what_is_lost_is_left_out_and_told() {
        let variables = ["nep", "npp"].map(str::to_owned);
        let zones = table("[a]\nfile = \"a.tif\"");
        let stages = table("x = [2001, 2005]");
        let of_run = Available {
            variables: &variables,
            other_zones: None,
            other_stages: None,
        };
        let given = Available {
            other_zones: Some(&zones),
            other_stages: Some(&stages),
            ..of_run
        };
        let mut notes = Vec::new();
        let measures = table("of = [\"nep\", \"nep_human\"]\npre = \"first\"");
        let kept = of_run.measures(&measures, |_| true, &mut notes);
        let kept = kept.expect("measures");
        assert_eq!(kept["of"].to_string(), "[\"nep\"]");
        assert_eq!(
            notes,
            ["measures.of: nep_human cannot be made again and is left out"]
        );
        assert!(given.measures(&measures, |_| true, &mut notes).is_err());
        let stages_alone = Available {
            other_stages: Some(&stages),
            ..of_run
        };
        let lost = stages_alone.measures(&measures, |_| true, &mut notes);
        assert!(lost.is_err_and(|why| why.contains("\"first\"")));
        notes.clear();
        let patterns = table("of = [\"nep_slope\", \"nep_vif\"]\nfactors = [\"rock\"]");
        let kept = given.geodetector(&patterns, &mut notes).expect("factors");
        assert_eq!(kept["of"].to_string(), "[\"nep_slope\"]");
        assert!(
            !kept.contains_key("factors") && notes.len() == 2,
            "{notes:?}"
        );
        let none = table("of = [\"nep_vif\"]");
        assert!(of_run.geodetector(&none, &mut notes).is_err());
        assert_eq!(of_run.no_sites(), None);
    }
}
