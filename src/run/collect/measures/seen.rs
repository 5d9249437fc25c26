//! What is seen of picked pixels while they pass.

use std::collections::BTreeSet;
use std::io;

use crate::effects::PassedOnce;

use super::pixels::Picked;
use super::setup::{Setup, is_treated};
use super::spool::Spool;

/// What is seen of the pixels while they pass.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Seen {
    /// Means before the measures, where classes are made of them.
    pre_means: Option<PassedOnce>,
    groups: BTreeSet<u32>,
}

impl Seen {
    pub(super) fn new(setup: &Setup) -> Self {
        let n_classes = setup.table.match_pre;
        Self {
            pre_means: (n_classes > 0).then(|| PassedOnce::new(n_classes)),
            groups: BTreeSet::new(),
        }
    }

    pub(super) fn look(&mut self, picked: &Picked) {
        let groups = picked.group.chunk_by(|a, b| a == b);
        self.groups.extend(groups.map(|alike| alike[0]));
        if let Some(pre_means) = &mut self.pre_means {
            for (group, pre_mean) in picked.group.iter().zip(&picked.covariates) {
                if is_treated(*group) {
                    pre_means.add(*pre_mean);
                }
            }
        }
    }

    /// Adds what was seen of other pixels.
    pub(super) fn merge(&mut self, other: &Self) {
        self.groups.extend(&other.groups);
        if let (Some(ours), Some(theirs)) = (&mut self.pre_means, &other.pre_means) {
            ours.merge(theirs);
        }
    }

    /// Whether no pixel has passed.
    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Whether a group has a pixel.
    pub(super) fn has(&self, group: u32) -> bool {
        self.groups.contains(&group)
    }

    /// Where the classes of the mean before the measures end.
    pub(super) fn cuts(self, spool: &mut Spool) -> io::Result<Vec<f32>> {
        let Some(pre_means) = self.pre_means else {
            return Ok(Vec::new());
        };
        let mut second = pre_means.next_pass();
        spool.read(|picked| {
            for (group, pre_mean) in picked.group.iter().zip(&picked.covariates) {
                if is_treated(*group) {
                    second.add(*pre_mean);
                }
            }
        })?;
        Ok(second.cuts())
    }
}
