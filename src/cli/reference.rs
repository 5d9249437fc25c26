//! The pages of the manual that follow from the command: its options, and the products it knows. Tests hold the pages of
//! `docs/reference` against them.

use clap::{Arg, Command, CommandFactory as _};

use super::entry::Cli;
use crate::products::{Layer, PRODUCTS, Product};

/// `docs/reference/commands.md`.
fn commands_page() -> String {
    let mut command = Cli::command();
    // Without this, options of all commands are not in their subcommands.
    command.build();
    let mut page = String::from(
        "# The command line\n\nEvery command and option, as `doline COMMAND --help` prints them. \
         [Commands](../guide/commands.md) shows how they are used.\n\nOptions of all commands:\n\n",
    );
    page.push_str(&options_of(&command, Arg::is_global_set));
    for sub in command.get_subcommands() {
        if sub.get_name() != "help" {
            page.push_str(&section(sub));
        }
    }
    page + &exit_codes(&command)
}

/// The exit codes that the help of the command lists.
fn exit_codes(command: &Command) -> String {
    let about = command.get_long_about().map(ToString::to_string);
    let about = about.unwrap_or_default().replace('\n', " ");
    let (_, codes) = about.split_once("Exit codes: ").expect("exit codes");
    let rows = codes.trim_end_matches('.').split("; ").map(|code| {
        let (code, meaning) = code.split_once(' ').expect("a code and its meaning");
        assert!(code.parse::<u8>().is_ok(), "{code}");
        format!("| {code} | {meaning} |\n")
    });
    format!(
        "\n## Exit codes\n\n| code | meaning |\n|---|---|\n{}",
        rows.collect::<String>()
    )
}

fn section(command: &Command) -> String {
    let about = command
        .get_long_about()
        .or(command.get_about())
        .map(ToString::to_string)
        .unwrap_or_default();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let options = options_of(command, |arg| !arg.is_global_set());
    let name = command.get_name();
    format!("\n## `doline {name}`\n\n{about}.\n\n```text\n{usage}\n```\n\n{options}")
        .replace("..\n", ".\n")
}

fn options_of(command: &Command, is_shown: impl Fn(&Arg) -> bool) -> String {
    let shown = command.get_arguments();
    let shown = shown.filter(|arg| !arg.is_hide_set() && arg.get_id() != "help" && is_shown(arg));
    let rows: Vec<String> = shown.map(row).collect();
    if rows.is_empty() {
        return "No options.\n".to_owned();
    }
    format!(
        "| option | what it does |\n|---|---|\n{}\n",
        rows.join("\n")
    )
}

/// A row: names and value, help, the values that there are, the default.
fn row(arg: &Arg) -> String {
    let values: Vec<String> = arg
        .get_value_names()
        .unwrap_or_default()
        .iter()
        .map(|name| {
            if arg.is_positional() {
                name.to_string()
            } else {
                format!("<{name}>")
            }
        })
        .collect();
    let takes_value = arg.get_action().takes_values();
    let mut names: Vec<String> = Vec::new();
    names.extend(arg.get_short().map(|short| format!("-{short}")));
    names.extend(arg.get_long().map(|long| format!("--{long}")));
    let mut name = names.join(", ");
    if takes_value {
        name = format!("{name} {}", values.join(" "));
    }
    let help = arg.get_long_help().or(arg.get_help());
    let mut text = help.map(ToString::to_string).unwrap_or_default();
    text.push('.');
    let possible: Vec<String> = arg
        .get_possible_values()
        .iter()
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if takes_value && !possible.is_empty() {
        text = format!("{text} One of {}.", possible.join(", "));
    }
    let defaults: Vec<String> = arg
        .get_default_values()
        .iter()
        .map(|value| format!("`{}`", value.to_string_lossy()))
        .collect();
    if takes_value && !defaults.is_empty() {
        text = format!("{text} Default: {}.", defaults.join(", "));
    }
    let text = text
        .replace('\n', " ")
        .replace("  ", " ")
        .replace("..", ".");
    format!("| `{}` | {} |", name.trim(), text.replace('|', "\\|"))
}

/// `docs/reference/products.md`.
fn products_page() -> String {
    let products: Vec<String> = PRODUCTS.iter().map(product).collect();
    format!(
        "# Products\n\n`product = \"NAME\"` of an input sets what is stored how. Keys that a study states itself win. \
         `doline products` prints the same.\n{}",
        products.join("")
    )
}

fn product(product: &Product) -> String {
    let layers: Vec<String> = product.layers.iter().map(layer).collect();
    let note = if product.note.is_empty() {
        String::new()
    } else {
        format!("{}\n\n", product.note)
    };
    format!(
        "\n## {}\n\n{}, {}. Source: {}.\n\n{note}| quantity | variable | for input | steps | unit | scale | valid range | fill codes |\n|---|---|---|---|---|---|---|---|\n{}\n",
        product.name,
        product.title,
        product.version,
        product.source.trim_end_matches('.'),
        layers.join("\n")
    )
}

fn layer(layer: &Layer) -> String {
    let of_file = || "of the file".to_owned();
    let fill = layer.fill.iter();
    let fill: Vec<String> = fill
        .map(|fill| format!("{} {}", fill.code, fill.meaning))
        .collect();
    let range = layer.valid_range;
    let cells = [
        layer.title.to_owned(),
        layer
            .variable
            .map_or_else(String::new, |name| format!("`{name}`")),
        layer.inputs.join(", "),
        layer.cadence.to_string(),
        layer.unit.map_or_else(of_file, str::to_owned),
        layer.scale.map_or_else(of_file, |scale| scale.to_string()),
        range.map_or_else(String::new, |[low, high]| format!("{low} to {high}")),
        if fill.is_empty() {
            of_file()
        } else {
            fill.join("; ")
        },
    ];
    format!(
        "| {} |",
        cells.map(|cell| cell.replace('|', "\\|")).join(" | ")
    )
}

/// Compares a page of the manual with what follows from the code, or writes it anew where `DOLINE_WRITE` is set.
fn is_current(path: &str, expected: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("DOLINE_WRITE").is_some() {
        std::fs::write(&file, expected).expect("written");
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == expected,
        "{path} differs from the code; write it anew: DOLINE_WRITE=1 cargo test --lib cli::reference"
    );
}

#[test]
fn the_page_of_commands_is_that_of_the_command() {
    is_current("docs/reference/commands.md", &commands_page());
}

#[test]
fn the_page_of_products_is_that_of_the_table() {
    is_current("docs/reference/products.md", &products_page());
}
