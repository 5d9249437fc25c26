//! Tables and numbers as text.

/// A table with its columns aligned: the first ones left, from `n_text` on right.
pub(super) fn table(header: &[&str], rows: &[Vec<String>], n_text: usize) -> String {
    let mut widths: Vec<usize> = header.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &[String]| {
        let padded = cells
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(i, (cell, &width))| {
                let space = " ".repeat(width - cell.chars().count());
                if i < n_text {
                    format!("{cell}{space}")
                } else {
                    format!("{space}{cell}")
                }
            });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let header: Vec<String> = header.iter().map(|cell| (*cell).to_owned()).collect();
    std::iter::once(line(&header))
        .chain(rows.iter().map(|row| line(row)))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A number with few digits, as small errors are read: `1.2e-6`, `0.31`, `0`.
pub(super) fn short(x: f64) -> String {
    if x == 0.0 {
        "0".to_owned()
    } else if (0.01..1000.0).contains(&x.abs()) {
        format!("{x:.2}")
    } else {
        format!("{x:.1e}")
    }
}

/// A number in full, with at most nine digits: `104.25`, `-9999`, `6.02e23`.
pub(super) fn number(x: f64) -> String {
    let rounded: f64 = format!("{x:.8e}").parse().unwrap_or(x);
    if rounded != 0.0 && !(1e-4..1e15).contains(&rounded.abs()) && rounded.is_finite() {
        return format!("{rounded:e}");
    }
    rounded.to_string()
}

/// A number with `n` decimals, or with an exponent if the decimals would hide it: `12.50`, `1.09e-25`.
pub(super) fn decimals(x: f64, n: usize) -> String {
    let plain = format!("{x:.n$}");
    let is_hidden = x != 0.0 && plain.parse() == Ok(0.0);
    if is_hidden || x.abs() >= 1e9 {
        format!("{x:.2e}")
    } else {
        plain
    }
}

/// Bytes in MB or GB.
pub(super) fn bytes(n: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
    let n = n as f64;
    if n >= 1e9 {
        format!("{:.2} GB", n / 1e9)
    } else {
        format!("{:.1} MB", n / 1e6)
    }
}

/// A p as papers print it.
pub(super) fn p_value(p: f64) -> String {
    if p < 0.001 {
        "p < 0.001".to_owned()
    } else {
        format!("p = {p:.3}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_never_hide_a_number() {
        assert_eq!(
            [decimals(12.5, 2), decimals(-0.0042, 3), decimals(0.0, 2)],
            ["12.50", "-0.004", "0.00"]
        );
        assert_eq!(
            [
                decimals(1.0944e-25, 2),
                decimals(-0.0004, 3),
                decimals(2.5e20, 2)
            ],
            ["1.09e-25", "-4.00e-4", "2.50e20"]
        );
    }
}
