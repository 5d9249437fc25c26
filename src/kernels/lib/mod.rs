//! What several kernels share; the WGSL of each is in `shaders/lib` under the same stem.

pub mod annual;
pub mod cells;
pub mod cells_block;
pub mod cells_under;
pub mod drivers;
pub mod holm;
pub mod mann_kendall;
pub mod monthly;
pub mod normal;
pub mod order;
pub mod persistence;
pub mod prewhitening;
pub mod random;
pub mod replicate;
pub mod rescaled_range;
pub mod search;
pub mod sensitivity;
pub mod series;
pub mod shader_constants;
pub mod slopes;
pub mod tails;
pub mod weighted_twin;
