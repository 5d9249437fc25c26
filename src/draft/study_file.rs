//! The text of a study file, with its guesses marked.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use crate::products::PRODUCTS;
use crate::sources::{Inspected, InspectedRaster, inspect};

use super::families::{Family, find};
use super::roles::{key_of, role_of};

/// Why no study file can be made of a folder.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// The folder cannot be read.
    #[error("{dir} cannot be read: {reason}", dir = .0, reason = .1)]
    Folder(String, io::Error),
    /// There is no raster in it.
    #[error(
        "{0} has no raster (tif, nc, hdf, vrt ...), nor has a folder in it; name the folder of your rasters by --from"
    )]
    NoRaster(String),
}

/// A study file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its text.
    pub text: String,
    /// Inputs that are in it.
    pub inputs: Vec<String>,
    /// Rasters that nothing is known of: they are in comments.
    pub unknown: Vec<String>,
}

/// What files of one kind seem to be.
struct Guess {
    family: Family,
    key: String,
    is_known: bool,
    product: Option<&'static str>,
    variable: Option<String>,
    /// Variables to choose from, where none is plainly meant.
    variables: Vec<String>,
    raster: Option<InspectedRaster>,
    /// Why the example cannot be read.
    unreadable: Option<String>,
}

/// A study file for the rasters of a folder, to be kept in that folder.
///
/// # Errors
///
/// The folder cannot be read, or has no raster.
pub fn draft(folder: &Path) -> Result<Draft, DraftError> {
    let name = folder.display().to_string();
    let found = find(folder).map_err(|error| DraftError::Folder(name.clone(), error))?;
    if found.rasters.is_empty() {
        return Err(DraftError::NoRaster(name));
    }
    let mut guesses: Vec<Guess> = found.rasters.into_iter().map(guess).collect();
    settle(&mut guesses);
    let mut text = String::from(
        "# Made by `doline new` of what lies in this folder. What follows \"guess\" was guessed: look at it, then run\n\
         # `doline check` on this file.\n\n",
    );
    study_table(&mut text, folder, &guesses);
    for guess in &guesses {
        input_table(&mut text, guess);
    }
    model_tables(&mut text, &guesses);
    for file in &found.vectors {
        zones_table(&mut text, folder, file);
    }
    text.push_str("[output]\ndir = \"out\"\n");
    let named = |is_known: bool| {
        let guesses = guesses
            .iter()
            .filter(move |guess| guess.is_known == is_known);
        guesses.map(|guess| guess.key.clone()).collect()
    };
    Ok(Draft {
        text,
        inputs: named(true),
        unknown: named(false),
    })
}

/// What some files are, by their names and by what the first of them holds.
fn guess(family: Family) -> Guess {
    let product = PRODUCTS.iter().find(|product| {
        let name = family.pattern.rsplit('/').next().unwrap_or_default();
        name.to_ascii_uppercase().starts_with(product.name)
    });
    let of_product = product.and_then(|product| Some((product.layers.first()?, product.name)));
    let mut guess = Guess {
        key: key_of(&family.pattern),
        is_known: false,
        product: of_product.map(|(_, name)| name),
        variable: None,
        variables: Vec::new(),
        raster: None,
        unreadable: None,
        family,
    };
    let mut role = role_of(&guess.family.pattern);
    if let Some((layer, _)) = of_product {
        guess.variable = layer.variable.map(str::to_owned);
        role = layer.inputs.first().copied();
    }
    match inspect(&guess.family.example, guess.variable.as_deref(), false) {
        Ok(found) => look(&mut guess, found, &mut role),
        Err(error) => guess.unreadable = Some(error.to_string()),
    }
    if let Some(role) = role {
        guess.key = role.to_owned();
    }
    guess.is_known = role.is_some() && guess.raster.is_some();
    guess
}

/// Takes what a file holds: of several variables the one whose name means an input.
fn look(guess: &mut Guess, found: Inspected, role: &mut Option<&'static str>) {
    guess.raster = found.raster;
    if guess.raster.is_some() {
        let of_variable = guess
            .raster
            .as_ref()
            .and_then(|raster| raster.variable.as_deref());
        *role = role.or_else(|| of_variable.and_then(role_of));
        return;
    }
    let meant = found.variables.iter().find(|variable| {
        let of_variable = role_of(&variable.name);
        of_variable.is_some() && role.is_none_or(|role| of_variable == Some(role))
    });
    guess.variables = found.variables.iter().map(|v| v.name.clone()).collect();
    let Some(variable) = meant else {
        return;
    };
    *role = role_of(&variable.name);
    guess.variable = Some(variable.name.clone());
    let again = inspect(&guess.family.example, Some(&variable.name), false);
    guess.raster = again.ok().and_then(|found| found.raster);
}

/// Gives each role to the first files that seem to have it, and names of their own to the others. Where no role is
/// known and there is one stack, it is taken.
fn settle(guesses: &mut [Guess]) {
    let mut keys: Vec<String> = Vec::new();
    for guess in &mut *guesses {
        if keys.contains(&guess.key) {
            let name = key_of(&guess.family.pattern);
            let numbered = (2..).map(|n| format!("{name}_{n}"));
            let mut names = std::iter::once(name.clone()).chain(numbered);
            guess.key = names.find(|name| !keys.contains(name)).unwrap_or(name);
            guess.is_known = false;
        }
        keys.push(guess.key.clone());
    }
    let any = guesses.iter().any(|guess| guess.is_known);
    let mut stacks = guesses.iter_mut().filter(|guess| years_of(guess).is_some());
    if let (false, Some(only), None) = (any, stacks.next(), stacks.next()) {
        only.is_known = only.raster.is_some();
    }
}

/// First and last year of some files.
fn years_of(guess: &Guess) -> Option<[i32; 2]> {
    guess.family.years.or_else(|| {
        let time = &guess.raster.as_ref()?.time;
        let year = |time: &Option<String>| time.as_ref()?.get(..4)?.parse().ok();
        let (first, last) = (year(&time.first)?, year(&time.last)?);
        (first < last).then_some([first, last])
    })
}

/// A string as TOML has it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

// Writing to a String cannot fail.
fn study_table(text: &mut String, folder: &Path, guesses: &[Guess]) {
    let full = folder.canonicalize().unwrap_or_default();
    let name = full.file_name().unwrap_or_default().to_string_lossy();
    let known = guesses.iter().filter(|guess| guess.is_known);
    let dated: Vec<(&str, [i32; 2])> = known
        .filter_map(|guess| Some((guess.key.as_str(), years_of(guess)?)))
        .collect();
    let first = dated.iter().map(|(_, years)| years[0]).max();
    let last = dated.iter().map(|(_, years)| years[1]).min();
    let _ = writeln!(text, "[study]\nname  = {}", quoted(&name));
    let names: Vec<&str> = dated.iter().map(|(name, _)| *name).collect();
    let _ = match first.zip(last) {
        Some((first, last)) if first <= last => writeln!(
            text,
            "years = [{first}, {last}]  # guess: those of {}\n",
            names.join(", ")
        ),
        _ => writeln!(
            text,
            "# years = [2001, 2020]  # no times were found: state them\n"
        ),
    };
}

fn input_table(text: &mut String, guess: &Guess) {
    let off = if guess.is_known { "" } else { "# " };
    let because = match (guess.product, guess.is_known) {
        (Some(_), _) => "guess: by the name of the product",
        (None, true) => "guess: by its name",
        (None, false) => "not known; give it a name of yours, or leave it out",
    };
    let _ = writeln!(text, "{off}[inputs.{}]  # {because}", guess.key);
    let _ = writeln!(
        text,
        "{off}files = {}  # {}",
        quoted(&guess.family.pattern),
        described(guess)
    );
    if let Some(product) = guess.product {
        let _ = writeln!(text, "{off}product = {}", quoted(product));
    } else if let Some(variable) = &guess.variable {
        let _ = writeln!(text, "{off}variable = {}  # guess", quoted(variable));
    } else if !guess.variables.is_empty() && guess.raster.is_none() {
        let _ = writeln!(
            text,
            "# variable = \"...\"  # one of {}",
            guess.variables.join(", ")
        );
    }
    if let Some(raster) = guess.raster.as_ref().filter(|_| guess.product.is_none()) {
        if raster.unit.is_empty() {
            let _ = writeln!(text, "# units = \"...\"  # the file states none: state it");
        }
        if raster.nodata.is_empty() {
            let _ = writeln!(text, "# nodata = -9999  # the file states none");
        }
    }
    text.push('\n');
}

/// What is known of some files, for a comment.
fn described(guess: &Guess) -> String {
    let mut words = Vec::new();
    if guess.family.n_files > 1 {
        words.push(format!("{} files", guess.family.n_files));
    }
    if let Some([first, last]) = years_of(guess) {
        words.push(format!("{first} to {last}"));
    }
    if let Some(raster) = &guess.raster {
        if let Some(step) = &raster.time.step {
            words.push(step.clone());
        }
        words.push(format!("{} x {} pixels", raster.width, raster.height));
        if !raster.unit.is_empty() {
            words.push(raster.unit.replace(['\n', '\r'], " "));
        }
    }
    if let Some(reason) = &guess.unreadable {
        words.push(format!(
            "cannot be read: {}",
            reason.replace(['\n', '\r'], " ")
        ));
    }
    words.join(", ")
}

/// Models, drivers and trends as far as the inputs go.
fn model_tables(text: &mut String, guesses: &[Guess]) {
    let known: Vec<&str> = guesses
        .iter()
        .filter(|guess| guess.is_known)
        .map(|guess| guess.key.as_str())
        .collect();
    let has = |name: &str| known.contains(&name);
    let has_models = ["temperature", "precipitation", "soc"].into_iter().all(has);
    if has_models {
        text.push_str(
            "[respiration]\nmodel         = \"gsmsr\"  # guess; others: docs/reference/study-file.md\n\
             heterotrophic = \"bond-lamberty-2004\"  # guess\n\n",
        );
    }
    let climate = ["temperature", "precipitation", "radiation"];
    let response = match (has("npp"), has_models) {
        (true, true) => Some("nep"),
        (true, false) => Some("npp"),
        _ => {
            let named = |name: &&&str| !climate.contains(*name) && **name != "soc";
            let any = |name: &&&str| **name != "soc";
            let known = || known.iter();
            known().find(named).or_else(|| known().find(any)).copied()
        }
    };
    let Some(response) = response else {
        return;
    };
    let predictors = climate
        .into_iter()
        .filter(|name| has(name) && *name != response);
    let predictors: Vec<String> = predictors.map(quoted).collect();
    if predictors.is_empty() {
        let _ = writeln!(text, "[trend]\nof = [{}]\n", quoted(response));
    } else {
        let _ = writeln!(
            text,
            "[drivers]\nresponse   = {}  # guess\npredictors = [{}]\n",
            quoted(response),
            predictors.join(", ")
        );
    }
}

/// Outlines that may be zones, as a comment.
fn zones_table(text: &mut String, folder: &Path, file: &str) {
    let Ok(found) = inspect(&folder.join(file), None, false) else {
        return;
    };
    let name = key_of(file);
    for layer in found.layers.iter().take(1) {
        let fields: Vec<&str> = layer.fields.iter().map(String::as_str).collect();
        let _ = writeln!(
            text,
            "# [zones.{name}]  # {} features; fields: {}\n# file  = {}\n# field = \"...\"\n",
            layer.features,
            fields.join(", "),
            quoted(file)
        );
    }
}
