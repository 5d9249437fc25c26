//! Why an engine gave no layers.

/// An engine could not compute a tile, or could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// There is no adapter of the kind asked for.
    #[error("no GPU to compute on: {reason}")]
    NoAdapter {
        /// The message of the graphics library, or the adapters there are.
        reason: String,
    },
    /// The adapter refused a device.
    #[error("adapter {adapter} gave no device: {reason}")]
    NoDevice {
        /// Name of the adapter.
        adapter: String,
        /// Its message.
        reason: String,
    },
    /// A software adapter would stop the loops of a shader before their end, without an error.
    #[error(
        "adapter {adapter} stops a thread after {limit} loop iterations, and {stage} may need \
         {iterations}: its result would be wrong"
    )]
    TooManyIterations {
        /// Name of the adapter.
        adapter: String,
        /// The stage.
        stage: String,
        /// Iterations that it may need.
        iterations: usize,
        /// Iterations that the adapter does.
        limit: usize,
    },
    /// The adapter computes the self-test wrong.
    #[error("adapter {adapter} fails the self-test: {what}")]
    SelfTest {
        /// Name of the adapter.
        adapter: String,
        /// What is wrong.
        what: String,
    },
    /// A tile does not fit, even one workgroup at a time.
    #[error("64 pixels need {needed} bytes on the device, and a buffer holds {limit}")]
    TooLarge {
        /// Bytes of 64 pixels.
        needed: u64,
        /// Largest buffer.
        limit: u64,
    },
    /// The device was lost, or ran out of memory.
    #[error("device {adapter} failed while computing {window}: {reason}")]
    DeviceLost {
        /// Name of the adapter.
        adapter: String,
        /// The tile.
        window: crate::grid::Window,
        /// Its message.
        reason: String,
    },
    /// More tiles were started, or finished, than an engine takes at a time.
    #[error("a tile {what}: this is a mistake in the program that calls the engine")]
    OutOfTurn {
        /// What was asked of a tile.
        what: String,
    },
    /// The run ended while a tile was on its way.
    #[error("{window} was not computed to its end, as the run ended before")]
    GivenUp {
        /// The tile.
        window: crate::grid::Window,
    },
}
