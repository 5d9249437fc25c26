//! What a user may choose.

/// How random maps are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Random maps of each layer; 0 for none.
    pub surrogates: usize,
    /// Seed of their random numbers.
    pub seed: u32,
    /// Height and width of a pixel in km, at the middle of the grid.
    pub pixel_km: [f64; 2],
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            surrogates: 199,
            seed: 1,
            pixel_km: [1.0, 1.0],
        }
    }
}
