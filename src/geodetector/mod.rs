//! How much of the pattern of a map a set of zones accounts for: the q of the geodetector, its F test, the
//! interaction of two sets, and what q is on maps that only look like this one.
//!
//! ```text
//! q = 1 − Σ_h SS_h / SST        SS_h: squares about the mean of stratum h, SST: about the mean of all
//! F = (N − L)/(L − 1) · q/(1 − q)      N pixels, L strata
//! ```
//!
//! F takes pixels for a sample. Neighbouring pixels are alike, so on maps its p says little: each q is shown beside
//! the q of random maps that have the map's own variogram (`null`).
//!
//! Source: Wang et al. (2010), Int. J. Geogr. Inf. Sci. 24, 107-127; Wang, Zhang & Fu (2016), Ecol. Indic. 67,
//! 250-256; random maps as Viladomat et al. (2014), Biometrics 70, 409-418, have them.

mod cholesky;
mod detect;
mod f_test;
mod interaction;
mod lattice;
mod note;
mod null;
mod q;
mod settings;
mod stratified_sums;
mod stratum;
mod surrogates;
mod table;
mod variogram;
mod whole;

pub use detect::{Detection, detect};
pub use f_test::{FTest, f_test, f_upper_tail};
pub use interaction::Interaction;
pub use lattice::{Lattice, LatticeSamples, MAX_POINTS};
pub use note::GeodetectorNote;
pub use q::{Explained, explained};
pub use settings::Settings;
pub use stratified_sums::StratifiedSums;
pub use stratum::{NO_STRATUM, StratumSums};
pub use table::{GeodetectorRow, geodetector_csv};
pub use variogram::{Bin, Variogram};
pub use whole::weight_of_area;
