//! How fast this host copies memory.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::clock::{middle_of, per_second};

/// Bytes of a copy: more than the caches of most processors.
const BYTES: usize = 128 << 20;
/// Bytes of a thread at a time.
const PIECE: usize = 1 << 18;

/// Bytes a second that all threads read and write when they copy memory.
pub(super) fn copy_of_the_host() -> f64 {
    let from = vec![1_u8; BYTES];
    let mut to = vec![2_u8; BYTES];
    let seconds = middle_of::<Infallible>(Duration::from_millis(300), || {
        let start = Instant::now();
        to.par_chunks_mut(PIECE)
            .zip(from.par_chunks(PIECE))
            .for_each(|(to, from)| to.copy_from_slice(from));
        Ok(start.elapsed().as_secs_f64())
    });
    seconds.map_or(0.0, |seconds| per_second(2 * BYTES, seconds))
}
