//! How wide figures are.

/// Points of type in a millimetre.
const POINTS_PER_MM: f64 = 72.0 / 25.4;

/// The width of a figure: a column of a journal, or the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColumnWidth {
    /// 89 mm.
    #[default]
    One,
    /// 183 mm.
    Two,
}

impl ColumnWidth {
    /// Its size in millimetres.
    #[must_use]
    pub const fn mm(self) -> f64 {
        match self {
            Self::One => 89.0,
            Self::Two => 183.0,
        }
    }

    /// Its size in points, the unit of the figures.
    pub(super) fn points(self) -> f64 {
        self.mm() * POINTS_PER_MM
    }

    /// Which of two numbers holds for this width.
    pub(super) fn pick<T>(self, one: T, two: T) -> T {
        match self {
            Self::One => one,
            Self::Two => two,
        }
    }
}
