//! How a kernel describes its outputs: what may follow [`Port::output`].
//!
//! ```text
//! Port::output("slope", Steps::Static, tolerance)
//!     .unit(UnitRule::PerYear(0))
//!     .described("Linear trend of {series} by ordinary least squares")
//! ```

use std::borrow::Cow;

use super::output::{OutputKind, UnitRule};
use super::port::Port;

impl Port {
    /// Ends the name of the output's layer in `suffix` in place of `_` and the port's name.
    #[must_use]
    pub fn suffix(mut self, suffix: impl Into<Cow<'static, str>>) -> Self {
        self.info.suffix = suffix.into();
        self
    }

    /// Gives the output a unit.
    #[must_use]
    pub fn unit(mut self, rule: UnitRule) -> Self {
        self.info.unit = rule;
        self
    }

    /// Makes the output a file that shows what `description` says: a stack where it has a value for
    /// every year, a map otherwise. See [`output`](super::output) for what may be in braces.
    #[must_use]
    pub fn described(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.info.description = Some(description.into());
        self
    }

    /// Says how the values of the output are to be read.
    #[must_use]
    pub fn kind(mut self, kind: OutputKind) -> Self {
        self.info.kind = kind;
        self
    }

    /// Says that the values of the output are whole numbers from −32,767 to 32,767, which a device
    /// returns in two bytes.
    #[must_use]
    pub fn whole(mut self) -> Self {
        self.info.is_whole = true;
        self
    }

    /// Says that the output is about one driver, counted from 0.
    #[must_use]
    pub fn of_driver(mut self, driver: usize) -> Self {
        self.info.driver = Some(driver);
        self
    }
}
