//! `[engine]`.

use crate::study::checker::Checker;
use crate::study::choices::{Device, OnError};
use crate::study::schema::engine as keys;
use crate::study::section::Section;
use crate::study::tables::EngineTable;

/// `[engine]`.
pub(in crate::study) fn engine(c: &mut Checker, root: &Section<'_>) -> EngineTable {
    let s = c.table(root, &keys::TABLE);
    let device = c.get(&s, &keys::DEVICE);
    EngineTable {
        device: device.map_or(Device::Auto, |word| Device::from_word(&word)),
        memory_bytes: c
            .get(&s, &keys::MEMORY)
            .unwrap_or(EngineTable::DEFAULT_MEMORY_BYTES),
        on_error: c.get(&s, &keys::ON_ERROR).unwrap_or(OnError::Stop),
    }
}
