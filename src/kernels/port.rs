//! Inputs and outputs of a kernel.

use crate::calendar::Steps;
use crate::tile::{Geometry, Resampling, places};

use super::output::OutputInfo;
use super::tolerance::Tolerance;

/// An input or an output of a kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    /// Its name, such as `slope` or `partial_2`.
    pub name: String,
    /// How often it has a value.
    pub steps: Steps,
    /// How far a GPU's value may be from the reference. Not used for inputs.
    pub tolerance: Tolerance,
    /// The grid that the numbers of an input are on.
    pub geometry: Geometry,
    /// The name, unit and description of an output. Not used for inputs.
    pub info: OutputInfo,
}

impl Port {
    /// An input.
    #[must_use]
    pub fn input(name: impl Into<String>, steps: Steps) -> Self {
        Self {
            name: name.into(),
            steps,
            tolerance: Tolerance::Exact,
            geometry: Geometry::StudyGrid,
            info: OutputInfo::default(),
        }
    }

    /// An input on a grid of its own.
    #[must_use]
    pub fn cells(
        name: impl Into<String>,
        steps: Steps,
        resampling: Resampling,
        reach: [f64; 2],
    ) -> Self {
        Self {
            geometry: Geometry::SourceGrid {
                resampling,
                reach,
                most_cells: 0,
            },
            ..Self::input(name, steps)
        }
    }

    /// The positions of the pixels on the grid of the previous input.
    #[must_use]
    pub fn positions(name: impl Into<String>) -> Self {
        Self {
            geometry: Geometry::Positions,
            ..Self::input(name, Steps::Members(places::COUNT))
        }
    }

    /// An output. The module [`output`](super::output) has what may be stated of it besides.
    #[must_use]
    pub fn output(name: impl Into<String>, steps: Steps, tolerance: Tolerance) -> Self {
        let name = name.into();
        Self {
            info: OutputInfo::named(&name),
            name,
            steps,
            tolerance,
            geometry: Geometry::StudyGrid,
        }
    }
}

/// Declares the ports of a kernel's outputs by name: a module with a constant for each, in their
/// order, and `NAMES`, the field `ports` of its [`KernelSpec`](crate::kernels::twin::KernelSpec).
/// The shader finds the same ports under the same names as `PORT_SLOPE` and so on.
///
/// The constant of a port is its index, unless a group such as `coef_*` comes before it: then
/// [`port_index`](crate::kernels::port::port_index) turns it into the index.
///
/// ```
/// doline::ports! {
///     /// Ports of the outputs.
///     pub mod port {
///         /// Slope per year.
///         SLOPE = "slope",
///         /// Two-sided p.
///         P = "p",
///     }
/// }
/// assert_eq!(port::NAMES[port::P], "p");
/// ```
#[macro_export]
macro_rules! ports {
    (
        $(#[$meta:meta])*
        $vis:vis mod $module:ident { $($(#[$port_meta:meta])* $port:ident = $name:literal),+ $(,)? }
    ) => {
        $(#[$meta])*
        #[allow(
            dead_code,
            unreachable_pub,
            reason = "some kernels are private, and some ports are written by a library"
        )]
        $vis mod $module {
            #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "counts the ports")]
            #[derive(Clone, Copy)]
            enum Index { $($port,)+ }

            $(
                #[doc = concat!("Output `", $name, "`.\n")]
                $(#[$port_meta])*
                pub const $port: usize = Index::$port as usize;
            )+

            /// The names of all ports, in their order.
            pub const NAMES: &[&str] = &[$($name,)+];
        }
    };
}

/// The index of a port among the outputs, where each group of `names` has `n_members`; of a group,
/// the index of its first member.
#[inline(always)]
#[must_use]
pub fn port_index(names: &[&str], port: usize, n_members: usize) -> usize {
    let outputs_of = |name: &&str| if name.ends_with("_*") { n_members } else { 1 };
    names[..port].iter().map(outputs_of).sum()
}
