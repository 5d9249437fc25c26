//! What a user chooses and reads by a word.

use crate::words::words;

words! {
    /// What was measured at a site.
    SiteVariable {
        /// Soil respiration.
        Rs = "rs",
        /// Heterotrophic respiration.
        Rh = "rh",
        /// Net primary production.
        Npp = "npp",
        /// Net ecosystem production.
        Nep = "nep",
    }
}

words! {
    /// What a measurement is compared with.
    When {
        /// The year that it was made in.
        Year = "year",
        /// The mean of all years of the study.
        Mean = "mean",
    }
}

words! {
    /// What becomes of several measurements in one pixel.
    Merge {
        /// Each is a pair of its own.
        None = "none",
        /// Those of one pixel and one year become their mean.
        PixelYear = "pixel-year",
    }
}

words! {
    /// What became of a row of the field data.
    Status {
        /// It has a measured and a modelled value.
        Used = "used",
        /// It lies in no pixel of the study grid.
        OutsideGrid = "outside grid",
        /// Its pixel is outside the mask.
        OutsideMask = "outside mask",
        /// Its year is not one of the study.
        OutsideYears = "outside years",
        /// Nothing was measured, or nothing is modelled there.
        NoValue = "no value",
        /// Longitude, latitude, year or measured value is no number.
        NotANumber = "not a number",
        /// The rows that are kept (`where`) are others.
        LeftOut = "left out",
    }
}

words! {
    /// The pairs of which the agreement is computed.
    Level {
        /// All pairs.
        All = "all",
        /// The mean of each site: how well places are distinguished.
        SiteMean = "site-mean",
        /// Departures from the mean of each site: how well years are distinguished.
        Anomaly = "anomaly",
    }
}

/// The cells around a site whose mean is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellWindow {
    /// The pixel that holds the site.
    #[default]
    One,
    /// The valid ones of 3 x 3 pixels.
    Three,
}

impl CellWindow {
    /// Pixels to each side of the middle one.
    #[must_use]
    pub fn reach(self) -> usize {
        match self {
            Self::One => 0,
            Self::Three => 1,
        }
    }
}
