//! Numbers of pixels that look random, for samples that depend on the study grid alone, not on tiles or threads.

/// A number that looks random and follows from these: the last step of `SplitMix64`. That of a pixel is that of its column
/// with the number of its row as the seed.
pub(super) fn number(seed: u64, place: usize) -> u64 {
    let mut x = seed ^ (place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
