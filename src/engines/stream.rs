//! Tiles that follow each other through an engine, as in a run, and the time that they take.

use std::sync::Arc;
use std::time::Instant;

use crate::tile::Tile;

use super::engine::Engine;
use super::error::EngineError;

/// Sends `tile` through `engine` so many times, with as many on their way as the engine takes, and gives the seconds.
/// Layers go back to the engine when they are there.
///
/// # Errors
///
/// Those of the engine.
pub fn stream(engine: &mut dyn Engine, tile: &Arc<Tile>, count: usize) -> Result<f64, EngineError> {
    let at_once = engine.tiles_in_flight().max(1);
    let start = Instant::now();
    let mut started = 0;
    for finished in 0..count {
        while started < count.min(finished + at_once) {
            engine.start(Arc::clone(tile))?;
            started += 1;
        }
        let output = engine.finish()?;
        engine.reuse(output);
    }
    Ok(start.elapsed().as_secs_f64())
}
