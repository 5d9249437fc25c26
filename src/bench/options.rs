//! What to measure.

use std::path::PathBuf;

use crate::synth::ClimateType;

use super::case::ChainChoice;

/// Pixels of a tile at least and at most, where nothing is stated.
const PIXELS: [usize; 2] = [1 << 16, 1 << 18];
/// Pixels of a tile a thread.
const PIXELS_OF_A_THREAD: usize = 1 << 14;
/// An adapter that is a program on the CPU gets no more.
#[cfg(feature = "gpu")]
const PIXELS_OF_SOFTWARE: usize = 1 << 12;
/// Bytes that such an adapter may take.
#[cfg(feature = "gpu")]
const MEMORY_OF_SOFTWARE: u64 = 1 << 30;

/// What to measure.
#[derive(Clone, Debug)]
pub struct BenchOptions {
    /// The chain.
    pub chain: ChainChoice,
    /// How climate is stored.
    pub climate: ClimateType,
    /// About how many pixels a tile has; none for what suits the machine. A software adapter gets 4096 at most.
    pub pixels: Option<usize>,
    /// What is measured: `cpu`, `gpu` for every hardware adapter, or parts of names of adapters. Everything where this is
    /// empty.
    pub devices: Vec<String>,
    /// The folder whose disk is measured, and in which a run from files to files is made; none without files.
    pub folder: Option<PathBuf>,
    /// What a card may take, in bytes: enough for the largest slab. A software adapter gets 1 GiB at most.
    pub memory_bytes: u64,
}

impl Default for BenchOptions {
    /// The whole study with packed climate on every engine, files in the temporary folder.
    fn default() -> Self {
        Self {
            chain: ChainChoice::Whole,
            climate: ClimateType::Packed,
            pixels: None,
            devices: Vec::new(),
            folder: Some(std::env::temp_dir()),
            memory_bytes: 4 << 30,
        }
    }
}

impl BenchOptions {
    pub(super) fn means(&self, word: &str) -> bool {
        self.devices.is_empty()
            || self
                .devices
                .iter()
                .any(|device| device.eq_ignore_ascii_case(word))
    }

    /// Pixels of a tile on hardware.
    pub(super) fn n_pixels(&self) -> usize {
        let suits = PIXELS_OF_A_THREAD * rayon::current_num_threads();
        self.pixels
            .unwrap_or_else(|| suits.clamp(PIXELS[0], PIXELS[1]))
            .max(1)
    }

    /// Bytes that an adapter may take.
    #[cfg(feature = "gpu")]
    pub(super) fn memory_of(&self, is_software: bool) -> u64 {
        if is_software {
            self.memory_bytes.min(MEMORY_OF_SOFTWARE)
        } else {
            self.memory_bytes
        }
    }

    /// Pixels of a tile on a software adapter.
    #[cfg(feature = "gpu")]
    pub(super) fn n_pixels_of_software(&self) -> usize {
        self.n_pixels().min(PIXELS_OF_SOFTWARE)
    }
}
