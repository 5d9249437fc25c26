//! What a unit word says: a scale, dimensions, a time and a substance.

/// Powers of the base units gram, mole, metre and joule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::units) struct Dimensions {
    /// Power of the gram.
    pub(super) mass: i32,
    /// Power of the mole.
    pub(super) moles: i32,
    /// Power of the metre.
    pub(super) length: i32,
    /// Power of the joule.
    pub(super) energy: i32,
}

/// A length.
pub(in crate::units) const LENGTH: Dimensions = Dimensions { length: 1, ..NONE };
/// Mass on an area.
pub(in crate::units) const MASS_PER_AREA: Dimensions = Dimensions {
    mass: 1,
    length: -2,
    ..NONE
};
/// Amount of substance on an area.
pub(in crate::units) const MOLES_PER_AREA: Dimensions = Dimensions {
    moles: 1,
    length: -2,
    ..NONE
};
/// Energy on an area.
pub(in crate::units) const ENERGY_PER_AREA: Dimensions = Dimensions {
    energy: 1,
    length: -2,
    ..NONE
};
/// No dimension at all.
pub(super) const NONE: Dimensions = Dimensions {
    mass: 0,
    moles: 0,
    length: 0,
    energy: 0,
};

/// Seconds of a day.
pub(in crate::units) const SECONDS_PER_DAY: f64 = 86_400.0;
/// Grams of carbon in a mole; with it 1 umol CO2 m-2 s-1 is 1.0377504 gC m-2 d-1
/// (`docs/science/units.md#conversions`).
pub(in crate::units) const CARBON_G_PER_MOL: f64 = 12.011;
/// Carbon in a mass of carbon dioxide.
pub(in crate::units) const CARBON_OF_CO2: f64 = 12.0 / 44.0;

/// The time a unit is divided by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::units) enum Per {
    /// None: an amount per step of the input.
    Step,
    /// A fixed number of seconds.
    Seconds(f64),
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
}

/// The substance of the mass, if the word names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::units) enum Substance {
    /// Not named.
    Unsaid,
    /// Carbon.
    Carbon,
    /// Carbon dioxide.
    CarbonDioxide,
    /// Water.
    Water,
}

/// A unit word as it is understood.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::units) struct Word {
    /// Factor to gram, mole, metre and joule.
    pub(in crate::units) scale: f64,
    /// Powers of the base units, without time.
    pub(in crate::units) dimensions: Dimensions,
    /// The time below.
    pub(in crate::units) per: Per,
    /// What the mass is of.
    pub(in crate::units) substance: Substance,
}
