//! Lists in the documentation that repeat what the code says.

use doline::kernels::registry::{self, Example};
use doline::kernels::tolerance::Tolerance;

const ACCURACY: &str = include_str!("../docs/ACCURACY.md");

/// The rows of the table of tolerances that belong to `kernel`, its own and those below without a name.
fn rows_of(kernel: &str) -> String {
    let rows = ACCURACY
        .lines()
        .skip_while(|line| !line.starts_with(&format!("| `{kernel}` |")));
    let mut rows = rows.take_while(|line| line.starts_with('|'));
    let first = rows.next().unwrap_or_default().to_owned();
    rows.take_while(|line| line.starts_with("| |"))
        .fold(first, |all, row| all + "\n" + row)
}

#[test]
fn the_table_of_tolerances_is_that_of_the_kernels() {
    for kernel in registry::all(Example::default()) {
        let spec = kernel.spec();
        // A bar would end the cell.
        let rows = rows_of(spec.name).replace("&#124;", "|");
        assert!(
            rows.contains(spec.tolerance),
            "{}: docs/ACCURACY.md lacks {:?}",
            spec.name,
            spec.tolerance
        );
        for port in kernel.outputs() {
            let Tolerance::Relative { relative, absolute } = port.tolerance else {
                continue;
            };
            let number = if relative > 0.0 {
                format!("| {relative:e} |")
            } else {
                format!("| {absolute:e} absolute |")
            };
            assert!(
                rows.contains(&number),
                "{} {}: docs/ACCURACY.md lacks {number:?}",
                spec.name,
                port.name
            );
        }
    }
}
