//! Tiles that follow each other through an engine, as in a run, and the time that they take.

use std::sync::Arc;
use std::time::Instant;

use crate::tile::Tile;

use super::engine::Engine;
use super::error::EngineError;

/// Sends `tile` through `engine` so many times, as tiles follow each other in a run, and gives the seconds. Layers
/// go back to the engine when they are there.
///
/// # Errors
///
/// Those of the engine.
pub fn stream(
    engine: &mut dyn Engine,
    tile: &Arc<Tile>,
    count: usize,
) -> Result<f64, EngineError> {
    let start = Instant::now();
    for _ in 0..count {
        let output = engine.run(tile)?;
        engine.reuse(output);
    }
    Ok(start.elapsed().as_secs_f64())
}
