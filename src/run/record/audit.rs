//! What the audit of a run has found, as in `run.json`.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// A few pixels of a run beside the same pixels computed in `f64` from the stored inputs on.
///
/// It can be saved and added to: parts of a run give the audit of the whole in any order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Pixels computed again.
    pub pixels: u64,
    /// Layers of the run that were compared.
    pub layers: usize,
    /// Values compared.
    pub values: u64,
    /// Values whose pixel has other ranks in both, which follow from the rounding of a layer: not compared.
    pub reordered: u64,
    /// Pixels that the run had decided in `f64` itself.
    pub decided: u64,
    /// Classes that differ, within rounding of a threshold or not.
    pub class_flips: u64,
    /// Values that are missing in one alone.
    pub missing_differs: u64,
    /// The value that differs most; none where all are the same.
    pub worst: Option<AuditedValue>,
    /// Layers that differ by more than their tolerance.
    pub over: BTreeSet<String>,
}

/// A value of the run beside its reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditedValue {
    /// The layer.
    pub layer: String,
    /// Its unit.
    pub unit: String,
    /// Row on the study grid, from 0.
    pub row: usize,
    /// Column.
    pub col: usize,
    /// Step of the layer, from 0.
    pub step: usize,
    /// What the run has; none where it is missing.
    pub value: Option<f32>,
    /// What `f64` gives.
    pub reference: Option<f32>,
    /// The difference as a share of what is allowed, past 1 too much; none where one of both is missing, or nothing is allowed.
    pub share: Option<f64>,
}

impl AuditedValue {
    /// From the least to the most wrong; of two that are the same, the one further down the grid is less.
    fn order(&self, other: &Self) -> Ordering {
        let share = |of: &Self| of.share.unwrap_or(f64::INFINITY);
        let place = |of: &Self| (of.row, of.col, of.layer.clone(), of.step);
        share(self)
            .total_cmp(&share(other))
            .then_with(|| place(other).cmp(&place(self)))
    }
}

impl AuditRecord {
    /// Adds the audit of other pixels.
    pub(in crate::run) fn add(&mut self, other: Self) {
        self.pixels += other.pixels;
        self.layers = self.layers.max(other.layers);
        self.values += other.values;
        self.reordered += other.reordered;
        self.decided += other.decided;
        self.class_flips += other.class_flips;
        self.missing_differs += other.missing_differs;
        self.over.extend(other.over);
        let both = self.worst.take().into_iter().chain(other.worst);
        self.worst = both.max_by(AuditedValue::order);
    }

    /// What the user has to know: layers that differ by more than is allowed.
    pub(in crate::run) fn warning(&self) -> Option<String> {
        if self.over.is_empty() {
            return None;
        }
        let layers: Vec<&str> = self.over.iter().map(String::as_str).collect();
        let worst = self.worst.as_ref().map_or_else(String::new, |worst| {
            let number = |x: Option<f32>| x.map_or("missing".to_owned(), |x| x.to_string());
            format!(
                "; the worst is {} in row {}, column {}: {} where f64 gives {}",
                worst.layer,
                worst.row,
                worst.col,
                number(worst.value),
                number(worst.reference)
            )
        });
        Some(format!(
            "audit: {} pixels were computed again in f64, and of these {} differ by more than is allowed{worst}; do not trust \
             these maps: run again with `--device cpu`, and try `doline validate` and `doline devices --test`",
            self.pixels,
            layers.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(row: usize, share: Option<f64>) -> AuditRecord {
        let value = AuditedValue {
            layer: "nep_slope".to_owned(),
            unit: "g".to_owned(),
            row,
            col: 0,
            step: 0,
            value: Some(1.0),
            reference: Some(1.5),
            share,
        };
        let is_over = share.is_none_or(|share| share > 1.0);
        AuditRecord {
            pixels: 2,
            layers: 1,
            values: 2,
            worst: Some(value),
            over: is_over
                .then(|| "nep_slope".to_owned())
                .into_iter()
                .collect(),
            ..AuditRecord::default()
        }
    }

    #[test]
    fn parts_give_the_same_audit_in_any_order_and_saved_in_between() {
        let parts = [
            found(3, Some(0.5)),
            found(1, Some(0.5)),
            found(9, Some(0.1)),
        ];
        let mut forwards = AuditRecord::default();
        for part in &parts {
            forwards.add(part.clone());
        }
        let mut backwards = AuditRecord::default();
        for part in parts.iter().rev() {
            let text = serde_json::to_string(&backwards).expect("JSON");
            backwards = serde_json::from_str(&text).expect("the same");
            backwards.add(part.clone());
        }
        assert_eq!(forwards, backwards);
        assert_eq!(forwards.pixels, 6);
        assert_eq!(forwards.worst.as_ref().map(|worst| worst.row), Some(1));
        assert_eq!(forwards.warning(), None);
        forwards.add(found(7, Some(1.5)));
        forwards.add(found(8, None));
        let warning = forwards.warning().expect("a warning");
        assert!(warning.contains("nep_slope in row 8"), "{warning}");
    }
}
