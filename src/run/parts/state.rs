//! What a part hands on to the whole run, beside the blocks of its rasters.

use serde::{Deserialize, Serialize};

use crate::engines::EngineStats;
use crate::run::journal::RunState;
use crate::run::plan::Plan;
use crate::run::record::PartRecord;

/// What is known of a part after its last tile.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PartState {
    /// Its first block and the one after its last, in the order of files.
    pub(super) blocks: [usize; 2],
    /// What was gathered.
    pub(super) run: RunState,
    pub(super) engine: PartEngine,
    /// Seconds of reading, computing and writing.
    pub(super) busy_s: [f64; 3],
    pub(super) record: PartRecord,
}

impl PartState {
    /// That of a part without a tile.
    pub(super) fn without_a_tile(
        plan: &Plan,
        collectors: Vec<Vec<u8>>,
        record: PartRecord,
    ) -> Self {
        Self {
            blocks: [0; 2],
            run: RunState::before_any_tile(&plan.chain, collectors),
            engine: PartEngine::default(),
            busy_s: [0.0; 3],
            record,
        }
    }
}

/// What computed a part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct PartEngine {
    /// Why this engine.
    pub(super) reason: String,
    pub(super) compile_s: f64,
    pub(super) losses: Vec<String>,
    pub(super) tiles_on_cpu: u64,
    pub(super) warnings: Vec<String>,
}

impl PartEngine {
    /// That of an engine, and why it was chosen.
    pub(super) fn new(stats: EngineStats, reason: &str) -> Self {
        let EngineStats {
            compile_s,
            losses,
            tiles_on_cpu,
            warnings,
        } = stats;
        Self {
            reason: reason.to_owned(),
            compile_s,
            losses,
            tiles_on_cpu,
            warnings,
        }
    }

    /// Adds the statistics to those of other parts. A warning that another part has given already is not repeated.
    pub(super) fn add_to(self, all: &mut EngineStats) {
        all.compile_s += self.compile_s;
        all.losses.extend(self.losses);
        all.tiles_on_cpu += self.tiles_on_cpu;
        for warning in self.warnings {
            if !all.warnings.contains(&warning) {
                all.warnings.push(warning);
            }
        }
    }
}
