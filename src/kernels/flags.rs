//! Bits of `maps/flags.tif`: why a pixel has no value, or what else a reader should know about it.

/// Fewer valid years than `min_years`.
pub const TOO_FEW_YEARS: u16 = 1;
/// A predictor is constant or a combination of the others; or the response is constant, or other predictors explain it
/// fully, so that a predictor has no partial correlation.
pub const SINGULAR: u16 = 2;
/// A variance inflation factor is over 10.
pub const HIGH_VIF: u16 = 4;
/// The signs of the observed, the fitted and the residual trend fit no scenario of an attribution.
pub const CONTRADICTORY: u16 = 8;
/// Within rounding of a threshold or badly conditioned: computed in `f64` on every engine.
pub const DECIDED_IN_F64: u16 = 16;
/// An input was brought to the grid with some of the cells around missing.
pub const BESIDE_MISSING: u16 = 32;
/// Each flag with its bit, its name in shaders and its label in files.
pub const ALL: [(u16, &str, &str); 6] = [
    (TOO_FEW_YEARS, "FLAG_TOO_FEW_YEARS", "too few years"),
    (SINGULAR, "FLAG_SINGULAR", "regression singular"),
    (HIGH_VIF, "FLAG_HIGH_VIF", "VIF over 10"),
    (
        CONTRADICTORY,
        "FLAG_CONTRADICTORY",
        "attribution contradictory",
    ),
    (DECIDED_IN_F64, "FLAG_DECIDED_IN_F64", "decided in f64"),
    (
        BESIDE_MISSING,
        "FLAG_BESIDE_MISSING",
        "resampled beside missing cells",
    ),
];
