//! What an input measures.

use super::word;
use crate::calendar::Steps;

/// What an input measures, as far as its unit goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// Net primary production, or another carbon flux: rs, rh, nep.
    Npp,
    /// Air temperature.
    Temperature,
    /// Precipitation.
    Precipitation,
    /// Solar radiation at the ground.
    Radiation,
    /// Soil organic carbon of the topsoil.
    Soc,
    /// A further driver; its unit is carried along and never converted.
    Other,
}

impl Quantity {
    /// The quantity of an input by its name in the study file.
    #[must_use]
    pub fn of_input(name: &str) -> Self {
        match name {
            "npp" | "rs" | "rh" | "nep" => Self::Npp,
            "temperature" => Self::Temperature,
            "precipitation" => Self::Precipitation,
            "radiation" => Self::Radiation,
            "soc" => Self::Soc,
            _ => Self::Other,
        }
    }

    /// The unit inside the engine of an input with `steps`; `1` for a further driver.
    #[must_use]
    pub fn unit(self, steps: Steps) -> &'static str {
        match (self, steps) {
            (Self::Npp, Steps::Monthly) => "gC m-2 month-1",
            (Self::Npp, _) => "gC m-2 yr-1",
            (Self::Temperature, _) => "degC",
            (Self::Precipitation, Steps::Annual) => "mm yr-1",
            (Self::Precipitation, _) => "mm month-1",
            (Self::Radiation, Steps::Annual) => "MJ m-2 yr-1",
            (Self::Radiation, _) => "MJ m-2 month-1",
            (Self::Soc, _) => "kgC m-2",
            (Self::Other, _) => "1",
        }
    }

    /// The quantity in a sentence.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Npp => "a carbon flux",
            Self::Temperature => "temperature",
            Self::Precipitation => "precipitation",
            Self::Radiation => "radiation",
            Self::Soc => "soil carbon",
            Self::Other => "a further driver",
        }
    }

    /// Common spellings of units that can be converted; the first is the engine's own.
    #[must_use]
    pub fn spellings(self) -> &'static [&'static str] {
        match self {
            Self::Npp => &[
                "gC m-2 yr-1",
                "kgC m-2 yr-1",
                "tC ha-1 yr-1",
                "Mg C ha-1",
                "umol CO2 m-2 s-1",
                "gC m-2 d-1",
                "kg m-2 s-1",
            ],
            Self::Temperature => &["degC", "celsius", "K", "kelvin", "degF"],
            Self::Precipitation => &[
                "mm month-1",
                "mm",
                "cm",
                "m",
                "mm d-1",
                "m d-1",
                "kg m-2 s-1",
                "m s-1",
                "mm yr-1",
            ],
            Self::Radiation => &[
                "MJ m-2 month-1",
                "MJ m-2",
                "MJ m-2 d-1",
                "W m-2",
                "J m-2",
                "kJ m-2",
                "kWh m-2",
                "MJ m-2 yr-1",
            ],
            Self::Soc => &["kgC m-2", "kg m-2", "gC m-2", "tC ha-1", "Mg ha-1"],
            Self::Other => &["1"],
        }
    }

    /// Dimensions of the quantity without its time, and the factor from base units to the engine's.
    pub(super) fn base(self) -> Option<(word::Dimensions, f64)> {
        match self {
            Self::Npp => Some((word::MASS_PER_AREA, 1.0)),
            Self::Soc => Some((word::MASS_PER_AREA, 1e-3)),
            Self::Precipitation => Some((word::LENGTH, 1e3)),
            Self::Radiation => Some((word::ENERGY_PER_AREA, 1e-6)),
            Self::Temperature | Self::Other => None,
        }
    }
}

/// The steps of `days_of_steps`; none for a static input.
pub(super) fn steps_of(days_of_steps: &[u32]) -> Steps {
    match days_of_steps.first() {
        None => Steps::Static,
        Some(0..=31) => Steps::Monthly,
        Some(_) => Steps::Annual,
    }
}
