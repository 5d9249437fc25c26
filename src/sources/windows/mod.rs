//! What do the files of an input hold in this window? Blocks are decoded on all cores, each once.

pub(crate) mod bands;
pub(crate) mod block_store;
pub(crate) mod left_out;
pub(crate) mod nothing_stored;
pub(crate) mod reading;
pub(crate) mod threads;
mod unreadable;
