//! What ran, on what, and how far it can be trusted.

use super::choice::chosen;
use super::folder::Folder;
use super::html::escaped;
use super::html_table::{Cell, grid};
use super::number::{count, percent, significant};

/// The section on inputs, missing data and the audit, as HTML.
pub(super) fn provenance(folder: &Folder) -> String {
    format!(
        "<h3>Computed again</h3>{}<h3>Inputs</h3>{}{}<h3>Missing data</h3>{}{}",
        audit(folder),
        inputs(folder),
        program(folder),
        fill_codes(folder),
        flags(folder),
    )
}

/// The audit of the run.
fn audit(folder: &Folder) -> String {
    let audit = &folder.record.audit;
    if audit.pixels == 0 {
        return "<p>No pixel was computed again.</p>".to_owned();
    }
    let worst = match &audit.worst {
        None => "all values are the same".to_owned(),
        Some(worst) => {
            let number = |x: Option<f64>| x.map_or("missing".to_owned(), |x| significant(x, 6));
            let share = worst.share.map_or("not as allowed".to_owned(), |share| {
                format!("{} of what is allowed", percent(share))
            });
            format!(
                "the worst difference is {share}: {} in row {}, column {} has {} where f64 gives {} {}",
                worst.layer,
                worst.row,
                worst.col,
                number(worst.value),
                number(worst.reference),
                worst.unit
            )
        }
    };
    let over = if audit.over.is_empty() {
        "No layer differs by more than its tolerance.".to_owned()
    } else {
        format!(
            "Layers past their tolerance, which must not be trusted: {}.",
            audit.over.join(", ")
        )
    };
    let text = format!(
        "{} pixels, drawn by a hash of row and column, were computed again in f64 from the stored inputs on: {} values of {} layers; {worst}. \
         Classes that differ: {}; values missing in one alone: {}; values that the run had decided in f64 itself: {}. {over}",
        count(audit.pixels),
        count(audit.values),
        audit.layers,
        audit.class_flips,
        audit.missing_differs,
        audit.decided,
    );
    format!("<p>{}</p>", escaped(&text))
}

fn inputs(folder: &Folder) -> String {
    let rows = folder.record.inputs.iter().map(|input| {
        let bytes: u64 = input.files.iter().map(|file| file.bytes).sum();
        let latest = input
            .files
            .iter()
            .filter_map(|file| file.modified_unix_s)
            .max();
        let product = input.product.as_ref();
        let product = product.map_or_else(String::new, |product| {
            format!("{} {}", product.name, product.version)
        });
        let files = match input.files.as_slice() {
            [] => "none".to_owned(),
            [one] => one.path.clone(),
            [first, .., last] => format!(
                "{} files, {} to {}",
                input.files.len(),
                first.path,
                last.path
            ),
        };
        vec![
            Cell::text(&input.name),
            Cell::text(&product),
            Cell::text(&input.steps),
            Cell::text(&input.unit),
            Cell::text(&input.grid),
            Cell::text(&input.time),
            Cell::text(&files),
            Cell::text(&format!("{:.2} MB", megabytes(bytes))),
            Cell::text(&latest.map_or_else(String::new, date_of)),
        ]
    });
    let rows: Vec<Vec<Cell>> = rows.collect();
    let columns = [
        "input",
        "product",
        "steps",
        "unit",
        "grid",
        "time",
        "files",
        "size",
        "last change (UTC)",
    ];
    grid("Inputs as they were understood", &columns, &rows, "")
}

#[expect(clippy::cast_precision_loss, reason = "two decimals are shown")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Program, device, study and zone files.
fn program(folder: &Folder) -> String {
    let record = &folder.record;
    let mut rows = vec![
        ("Doline", record.doline.clone()),
        ("GDAL", record.gdal.clone()),
        (
            "device",
            format!("{} ({})", record.devices(), record.device_reason),
        ),
    ];
    rows.extend(
        record
            .device_losses
            .iter()
            .map(|loss| ("device lost", loss.clone())),
    );
    if !record.study_file.is_empty() {
        rows.push(("study file", record.study_file.clone()));
    }
    if !record.study_sha256.is_empty() {
        rows.push(("SHA-256 of the study", record.study_sha256.clone()));
    }
    if !record.overrides.is_empty() {
        rows.push(("changed keys", record.overrides.join(", ")));
    }
    for set in &record.zones {
        let hash = if set.sha256.is_empty() {
            String::new()
        } else {
            format!(", SHA-256 {}", set.sha256)
        };
        rows.push((
            "zones",
            format!("{}: {} of {}{hash}", set.name, set.zones, set.file),
        ));
    }
    let rows: Vec<Vec<Cell>> = rows
        .iter()
        .map(|(what, text)| vec![Cell::text(what), Cell::text(text)])
        .collect();
    grid("Program, device and files", &["what", "value"], &rows, "")
}

/// Raw values that mean missing, by input.
fn fill_codes(folder: &Folder) -> String {
    let mut rows = Vec::new();
    for input in &folder.record.inputs {
        for code in &input.fill_codes {
            let number = code.code.map_or("–".to_owned(), |code| code.to_string());
            rows.push(vec![
                Cell::text(&input.name),
                Cell::text(&number),
                Cell::text(&code.meaning),
                Cell {
                    shown: count(code.count),
                    full: Some(code.count.to_string()),
                },
            ]);
        }
        if let Some(left_out) = &input.unreadable {
            rows.push(vec![
                Cell::text(&input.name),
                Cell::text("–"),
                Cell::text(&format!("{} blocks that cannot be read", left_out.blocks)),
                Cell {
                    shown: count(left_out.values),
                    full: Some(left_out.values.to_string()),
                },
            ]);
        }
    }
    if rows.is_empty() {
        return "<p>No input has a missing value.</p>".to_owned();
    }
    let columns = ["input", "code", "meaning", "values, all steps"];
    grid("Stored values that mean missing", &columns, &rows, "")
}

/// Pixels without a value by map, and where flags are.
fn flags(folder: &Folder) -> String {
    let record = &folder.record;
    let groups = chosen(record, &["maps/flags".to_owned()]);
    let is_wanted = |path: &str| {
        let mut maps = groups.iter().flat_map(|group| &group.maps);
        maps.any(|map| map.layer == path)
    };
    let rows = record
        .layers
        .iter()
        .filter(|layer| is_wanted(&layer.path))
        .map(|layer| {
            vec![
                Cell::text(&format!("{}.tif", layer.path)),
                Cell {
                    shown: count(layer.missing),
                    full: Some(layer.missing.to_string()),
                },
            ]
        });
    let rows: Vec<Vec<Cell>> = rows.collect();
    let has_flags = record.has_layer("maps/flags");
    let note = if has_flags {
        "<code>maps/flags.tif</code> says for each pixel why: 1 too few years, 2 regression singular, 4 VIF over 10, 8 attribution contradictory, \
         16 decided in f64, 32 resampled beside missing cells."
    } else {
        ""
    };
    if rows.is_empty() {
        return String::new();
    }
    grid("Pixels without a value", &["map", "pixels"], &rows, note)
}

/// A time as a date.
fn date_of(unix_s: u64) -> String {
    // Civil from days, Howard Hinnant's algorithm for the proleptic Gregorian calendar.
    let days = i64::try_from(unix_s / 86_400).unwrap_or(0) + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_the_date_that_the_system_shows() {
        // date -u -d @N +%F
        assert_eq!(date_of(0), "1970-01-01");
        assert_eq!(date_of(951_782_400), "2000-02-29");
        assert_eq!(date_of(1_795_772_355), "2026-11-27");
        assert_eq!(date_of(4_107_542_400), "2100-03-01");
    }
}
