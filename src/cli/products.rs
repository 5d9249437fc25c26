//! `doline products`.

use crate::products::{Layer, PRODUCTS, Product};

use super::console::{Console, Outcome};
use super::text::table;

pub(super) fn products(console: Console) -> Outcome {
    if console.json {
        console.result(&serde_json::to_string_pretty(PRODUCTS).unwrap_or_default());
        return Outcome::Done;
    }
    let rows: Vec<Vec<String>> = PRODUCTS
        .iter()
        .flat_map(|product| product.layers.iter().map(|layer| row(product, layer)))
        .collect();
    let header = [
        "product",
        "variable",
        "for input",
        "steps",
        "unit",
        "scale",
        "valid range",
        "fill",
    ];
    console.result(&table(&header, &rows, 8));
    let sources: Vec<String> = PRODUCTS.iter().map(lines).collect();
    console.result(&format!("\n{}", sources.join("\n")));
    Outcome::Done
}

/// What one quantity has; `file` if its files state it themselves.
fn row(product: &Product, layer: &Layer) -> Vec<String> {
    let of_file = || "file".to_owned();
    let fill: Vec<String> = layer.fill.iter().map(|fill| code(fill.code)).collect();
    vec![
        product.name.to_owned(),
        layer.variable.unwrap_or("-").to_owned(),
        if layer.inputs.is_empty() {
            "by variable".to_owned()
        } else {
            layer.inputs.join(", ")
        },
        layer.cadence.to_string(),
        layer.unit.map_or_else(of_file, str::to_owned),
        layer.scale.map_or_else(of_file, |scale| scale.to_string()),
        layer
            .valid_range
            .map_or_else(|| "-".to_owned(), |[low, high]| format!("{low} to {high}")),
        match fill.as_slice() {
            [] => of_file(),
            [only] => only.clone(),
            [first, .., last] => format!("{first} to {last}"),
        },
    ]
}

/// Title, version, note and source.
fn lines(product: &Product) -> String {
    let Product {
        name,
        title,
        version,
        source,
        note,
        ..
    } = product;
    let note = if note.is_empty() {
        String::new()
    } else {
        format!("\n  {note}")
    };
    format!("{name}: {title} ({version}){note}\n  source: {source}")
}

fn code(code: f64) -> String {
    if code.abs() > 1e9 {
        format!("{code:.2e}")
    } else {
        code.to_string()
    }
}
