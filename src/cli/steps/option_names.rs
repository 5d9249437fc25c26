//! Puts messages that speak of a study file into the words of the command line.

use crate::cli::failure::{Failure, texts_of};
use crate::error::Error;
use crate::study::{Problem, StudyError};

/// Keys and phrases of a study file, each with what it is on the command line.
pub(super) struct OptionNames(Vec<(String, String)>);

/// Phrases of every step command; longer ones first.
const PHRASES: &[(&str, &str)] = &[
    ("add `variable = \"...\"`", "add --variable"),
    ("leave `variable` out", "leave --variable out"),
    ("add `missing = ", "add `--missing "),
    ("check `nodata`", "check --nodata"),
    ("check `valid_range`", "check --valid-range"),
    ("of the whole study is missing", "is missing"),
    ("state `units`", "state --units"),
    ("units = \"", "--units \""),
    ("scale = 0", "--scale 0"),
    ("nodata = [", "--nodata ["),
    ("product = \"", "--product \""),
    (
        "set `grid.crs`, or `crs` of the input that the grid is taken from",
        "state it by --raster-crs",
    ),
    (
        "add `crs = \"EPSG:...\"` to the input",
        "add --raster-crs EPSG:...",
    ),
    ("set `units` in the study", "set --units"),
    ("set `scale` in the study", "set --scale"),
    ("set `offset` in the study", "set --offset"),
    ("set `scale` to", "set --scale to"),
    ("set `nodata`", "set --nodata"),
    (
        "patterns start at the folder of the study file",
        "patterns start at the working folder",
    ),
    (
        ", which this study does not make: they are paired with nothing",
        ", and no rasters of it: they are paired with nothing",
    ),
    (
        "which this study does not make",
        "which this command does not make",
    ),
    (
        "no output of this study needs it",
        "no output of this command needs it",
    ),
    ("the years of the study", "the years of the files"),
    (
        "is not inside the study, which is",
        "is not inside the years, which are",
    ),
    ("; add [inputs.", "; give --"),
    ("] to the study", ""),
    ("trend.of: found", "the stack: found"),
    ("trend.of names", "this command makes"),
    ("study.years", "--years"),
    ("trend.min_years", "--min-years"),
    ("trend.tests", "--tests"),
    ("trend.alpha", "--alpha"),
    ("trend.fdr = true", "--fdr"),
    ("trend.fdr", "--fdr"),
    ("output.layers", "--layers"),
    ("output.format = ", "--format "),
    ("output.format", "--format"),
    ("output.compress", "--compress"),
    ("engine.memory", "--memory"),
    ("engine.on_error = \"skip\"", "--on-error skip"),
    ("engine.device", "--device"),
    (
        "grid.area = \"ellipsoid\" in a study file gives",
        "--area ellipsoid gives",
    ),
    ("grid.area = \"ellipsoid\"", "--area ellipsoid"),
    ("grid.area = \"nominal\"", "--area nominal"),
    ("grid.area", "--area"),
    ("grid.mask_layer", "--mask-layer"),
    ("grid.mask_where = ", "--mask-where "),
    ("grid.mask_where", "--mask-where"),
    ("grid.mask", "--mask"),
    ("drivers.predictors", "--driver"),
    ("drivers.response", "--response"),
    ("drivers.method", "--method"),
    ("{ baseline = [2001, 2005] }", "baseline=2001-2005"),
    ("attribution.sensitivity.baseline", "--sensitivity baseline"),
    ("attribution.sensitivity", "--sensitivity"),
    ("respiration.model = ", "--model "),
    ("respiration.model", "--model"),
    ("respiration.heterotrophic.fraction", "--heterotrophic"),
    ("respiration.heterotrophic = ", "--heterotrophic "),
    ("respiration.heterotrophic", "--heterotrophic"),
    (
        "parameters = { ",
        "one --parameter SYMBOL=NUMBER for each of { ",
    ),
    ("respiration.parameters.", "--parameter "),
    ("respiration.parameters", "--parameter"),
    ("respiration.denominator", "--denominator"),
    ("respiration.days", "--days"),
    ("respiration.power_unit", "--power-unit"),
    ("respiration.min_months", "--min-months"),
    ("[measures] with `match`", "--match"),
    ("is not after `pre`", "is not after --pre"),
    ("choose an earlier `pre`", "choose an earlier --pre"),
    (
        "of the mean in the stage `pre`",
        "of the mean in the stage --pre",
    ),
    ("state `start` by zone", "state --start by zone"),
    ("`stages`", "--stage"),
    ("[sites] has measurements of", "there are measurements of"),
    ("measures.zones", "--measure"),
    ("measures.match_pre", "--match-pre"),
    ("measures.match", "--match"),
    ("measures.block_km", "--block-km"),
    ("measures.blocks", "--blocks"),
    ("measures.buffer_km", "--buffer-km"),
    ("measures.pre", "--pre"),
    ("measures.start_field", "--start-field"),
    ("measures.start.", "--start "),
    ("measures.start", "--start"),
    ("measures.rank_by", "--rank-by"),
    ("measures.replicates", "--replicates"),
    ("measures.seed", "--seed"),
    ("measures.level", "the level, 1 less --alpha"),
    ("sites.file", "the table of field data"),
    ("sites.columns.", "--columns "),
    ("sites.columns", "--columns"),
    ("sites.where", "--where"),
    ("sites.units", "--units"),
    ("sites.when", "--when"),
    ("sites.window", "--window"),
    ("sites.merge", "--merge"),
    ("sites.crs", "--crs"),
];

/// Phrases of messages about zones.
const ZONE_PHRASES: &[(&str, &str)] = &[
    (
        "state the field that holds the labels, `field`",
        "state the field that holds the labels, --field",
    ),
    ("state one of them, `layer`", "state one of them, --layer"),
    ("`breaks = [300, 600]`", "--breaks 300,600"),
    ("name its zones by `field`", "name its zones by --field"),
    (
        "name its codes by `labels`, or cut a quantity by `breaks`",
        "name its codes by --labels, or cut a quantity by --breaks",
    ),
];

/// Keys of a zone set that are options.
const ZONE_OPTIONS: [&str; 7] = [
    "field", "layer", "labels", "breaks", "cells", "control", "cross",
];

/// Keys of an input that are options.
const OPTIONS: &[(&str, &str)] = &[
    ("product", "product"),
    ("variable", "variable"),
    ("units", "units"),
    ("scale", "scale"),
    ("offset", "offset"),
    ("nodata", "nodata"),
    ("valid_range", "valid-range"),
    ("steps", "steps"),
    ("missing", "missing"),
    ("aggregate", "aggregate"),
    ("crs", "raster-crs"),
    ("months", "months"),
    ("lag", "lag"),
    ("anomaly", "anomaly"),
    ("baseline", "anomaly"),
];

impl OptionNames {
    /// The words of a command with these stacks; options without a stack's name are of `subject`.
    pub(super) fn new(stacks: &[&str], subject: Option<&str>) -> Self {
        let mut words = Vec::new();
        for &stack in stacks {
            for (key, option) in OPTIONS {
                let of = if subject == Some(stack) {
                    String::new()
                } else {
                    format!(" {stack}=...")
                };
                words.push((format!("inputs.{stack}.{key}"), format!("--{option}{of}")));
            }
            words.push((
                format!("inputs.{stack}.check_range = false"),
                "--no-check-range".to_owned(),
            ));
            words.push((
                format!("set inputs.{stack}.allow_external = true"),
                "add --allow-external".to_owned(),
            ));
            words.push((
                format!("set inputs.{stack}.allow_missing_tiles = true"),
                "add --allow-missing-tiles".to_owned(),
            ));
            words.push((
                format!("inputs.{stack}.files"),
                format!("the files of {stack}"),
            ));
        }
        words.extend(
            PHRASES
                .iter()
                .map(|&(from, to)| (from.to_owned(), to.to_owned())),
        );
        // The shorter name could be the beginning of a longer one.
        let mut names = stacks.to_vec();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        words.extend(
            names
                .into_iter()
                .map(|name| (format!("inputs.{name}"), name.to_owned())),
        );
        Self(words)
    }

    /// The words of a command without stacks and with these zone sets.
    pub(super) fn of_zones(sets: &[&str]) -> Self {
        Self(Vec::new()).with_zones(sets)
    }

    /// The same with the words of these zone sets.
    pub(super) fn with_zones(mut self, sets: &[&str]) -> Self {
        if sets.is_empty() {
            self.0.push(("stages.".to_owned(), "--stage ".to_owned()));
            return self;
        }
        let mut words: Vec<(String, String)> = Vec::new();
        for set in sets {
            for option in ZONE_OPTIONS {
                words.push((
                    format!("zones.{set}.{option}"),
                    format!("--{option} {set}=..."),
                ));
            }
        }
        for option in ZONE_OPTIONS {
            let plain = |text: &str| text.replace("{}", option);
            words.push((plain("which `{}` names"), plain("which --{} names")));
            words.push((
                plain("to which `{}` does not belong"),
                plain("to which --{} does not belong"),
            ));
        }
        let phrases = ZONE_PHRASES.iter();
        words.extend(phrases.map(|&(from, to)| (from.to_owned(), to.to_owned())));
        // Not of any set: `zones.geojson` is a file. The shorter name could be the beginning of a longer one.
        let mut names = sets.to_vec();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        words.extend(
            names
                .into_iter()
                .map(|set| (format!("zones.{set}"), format!("--zones {set}"))),
        );
        words.push(("stages.".to_owned(), "--stage ".to_owned()));
        self.0.extend(words);
        self
    }

    /// `text` in the words of the command line.
    pub(super) fn reword(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }

    /// A failure with its causes in these words.
    pub(super) fn failure(&self, failure: &Failure) -> Failure {
        let exit_code = failure.exit_code();
        if let Failure::Run(Error::Study(StudyError::Invalid { problems, .. })) = failure {
            // The user never wrote the list of series; what is wrong with it is wrong with an argument too.
            let is_own = |problem: &&Problem| problems.len() == 1 || problem.key != "trend.of";
            let own = problems.iter().filter(is_own);
            let lines: Vec<String> = own
                .map(|problem| self.reword(&format!("{}: {}", problem.key, problem.kind)))
                .collect();
            return Failure::Reworded {
                texts: vec![lines.join("\n")],
                exit_code,
            };
        }
        let texts = texts_of(failure)
            .iter()
            .map(|text| self.reword(text))
            .collect();
        Failure::Reworded { texts, exit_code }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All string literals of the library, with lines that `\` continues put together.
    fn texts_of_the_library(folder: &std::path::Path, texts: &mut String) {
        for entry in std::fs::read_dir(folder).expect("readable folder") {
            let path = entry.expect("readable entry").path();
            if path.is_dir() {
                texts_of_the_library(&path, texts);
            } else if !path.ends_with("option_names.rs") {
                let text = std::fs::read_to_string(&path).expect("readable source");
                let mut lines = text.split("\\\n");
                texts.push_str(lines.next().unwrap_or_default());
                lines.for_each(|line| texts.push_str(line.trim_start()));
            }
        }
    }

    /// A message that is worded anew would otherwise keep the words of a study file.
    #[test]
    fn every_phrase_is_one_of_a_message() {
        let mut texts = String::new();
        let src = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        texts_of_the_library(&src, &mut texts);
        // Keys are put together with what follows them.
        let is_of_a_key = |phrase: &str| {
            let first = phrase.split(' ').next().unwrap_or_default();
            first.contains('.') && !first.contains('`')
        };
        for (phrase, _) in PHRASES
            .iter()
            .chain(ZONE_PHRASES)
            .filter(|(phrase, _)| phrase.contains(' ') && !is_of_a_key(phrase))
        {
            let escaped = phrase.replace('"', "\\\"");
            // A key that a message has by `{what}`.
            let parts: Vec<&str> = phrase.split('`').collect();
            let of_any_key = match parts.as_slice() {
                [before, _, after] => format!("{before}`{{what}}`{after}"),
                _ => escaped.clone(),
            };
            let is_there = [*phrase, &escaped, &of_any_key]
                .iter()
                .any(|form| texts.contains(form));
            assert!(is_there, "no message has {phrase:?}");
        }
    }

    #[test]
    fn keys_become_options_of_the_stack() {
        let words = OptionNames::new(&["ndvi", "temperature"], Some("ndvi"));
        assert_eq!(
            words.reword("inputs.ndvi.units: unknown"),
            "--units: unknown"
        );
        assert_eq!(
            words.reword("inputs.temperature.units: unknown"),
            "--units temperature=...: unknown"
        );
        assert_eq!(words.reword("inputs.ndvi: a sample"), "ndvi: a sample");
        assert_eq!(
            words.reword("or set inputs.ndvi.check_range = false"),
            "or set --no-check-range"
        );
        assert_eq!(
            words.reword("trend.min_years: found 30"),
            "--min-years: found 30"
        );
    }
}
