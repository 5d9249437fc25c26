//! What a kernel is: a WGSL file, its twin in Rust, and what both read and write.
//!
//! A twin is generic over [`Real`]: one pixel in `f64` or `f32`, or eight pixels at a time. Its
//! lines are those of its shader, with the same names in the same order.

use super::constant::NamedConstant;
use super::port::Port;
use super::real::Real;
use super::views::{Block, Pixel};

/// A field of a uniform struct: name, byte offset, and `f32` or `u32`.
pub type ParamField = (&'static str, usize, &'static str);

/// What all instances of a kernel have in common.
#[derive(Debug)]
pub struct KernelSpec {
    /// Stem of its files, and its name in listings.
    pub name: &'static str,
    /// What it computes, in a few words.
    pub title: &'static str,
    /// When its result is missing, in one line.
    pub missing: &'static str,
    /// The source of its equations.
    pub source: &'static str,
    /// Its WGSL.
    pub wgsl: &'static str,
    /// The shader libraries it uses, in order.
    pub libs: &'static [&'static str],
    /// Fields of its `Params`, for the layout test.
    pub params: &'static [ParamField],
    /// Names of its outputs in the order of their ports, from [`ports!`](crate::ports). A name that
    /// ends with `_*` stands for a group: `coef_*` for `coef_1`, `coef_2` and so on, one for each
    /// driver.
    pub ports: &'static [&'static str],
    /// The source of its tolerances, in one line.
    pub tolerance: &'static str,
    /// A text that occurs once in the shader, and a small mistake instead of it that the comparison
    /// must detect.
    pub canary: (&'static str, &'static str),
}

/// What a kernel ranks. Engines that start from numbers with different rounding may rank them
/// differently, and a result that depends on the ranks then differs by more than rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RankDependence {
    /// Nothing: a small change of its inputs changes its results little.
    Nothing,
    /// The values of its inputs.
    Inputs,
    /// The values of its inputs. It takes some by their rank, or interpolates between two: no
    /// result falls where a value rises, and none changes more than the value that changes most.
    Members,
    /// Numbers that it computes from its inputs; its output `margin` is the distance of the nearest
    /// two.
    Made,
}

/// The CPU twin of a shader.
pub trait Twin: Send + Sync {
    /// What all instances have in common.
    const SPEC: KernelSpec;

    /// Its name in the metadata of files and in `run.json`, where that is not the kernel's.
    fn recorded_as(&self) -> &'static str {
        Self::SPEC.name
    }
    /// What it computes, where that is more than the kernel's title.
    fn title(&self) -> &'static str {
        Self::SPEC.title
    }

    /// Inputs in the order of their slots.
    fn inputs(&self) -> Vec<Port>;
    /// Outputs in the order of their ports.
    fn outputs(&self) -> Vec<Port>;
    /// The shader's `Params`, as bytes.
    fn params(&self) -> Vec<u8>;
    /// Sizes that the shader needs when it is compiled, and thresholds that it shares with the
    /// twin.
    fn constants(&self) -> Vec<NamedConstant> {
        Vec::new()
    }
    /// Numbers by step or by degrees of freedom, the same for all pixels.
    fn tables(&self) -> Vec<f64> {
        Vec::new()
    }
    /// Whether each year of its outputs comes from the twelve months of that year in its monthly inputs,
    /// from its inputs of one step, and from the twelve entries of that year in its table, if it has
    /// one. An engine may then compute each year as soon as its months are there.
    fn is_by_year(&self) -> bool {
        false
    }
    /// Computes one pixel, or as many neighbours as `R` has lanes.
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>);
    /// Computes all pixels of a block in another order of loops, with the bits of
    /// [`Twin::run_pixel`]. False, and nothing computed, where that would not be faster.
    #[inline(always)]
    fn run_whole_block(&self, block: &mut Block<'_>) -> bool {
        let _ = block;
        false
    }
    /// Iterations of all loops of one thread of the shader, where they may be many. Some drivers
    /// stop a thread that makes too many, without an error.
    fn max_iterations(&self) -> usize {
        0
    }
    /// How the results depend on which of two numbers is larger.
    fn ranks(&self) -> RankDependence {
        RankDependence::Nothing
    }
    /// The size to which the tolerance of a value is relative, where that is not the value itself:
    /// a difference of large numbers can be no better than those numbers.
    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        port: usize,
        step: usize,
        reference: f64,
    ) -> f64 {
        let _ = (pixel, port, step);
        reference.abs()
    }
}

/// How a twin computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// `f64`, one pixel at a time: the reference.
    Reference,
    /// `f64`, eight pixels at a time: the CPU engine, with the bits of the reference.
    Lanes,
    /// `f32`, one pixel at a time.
    Single,
}

/// A [`Twin`] as a trait object.
pub trait Kernel: Send + Sync {
    /// What all instances have in common.
    fn spec(&self) -> &'static KernelSpec;
    /// See [`Twin::recorded_as`].
    fn recorded_as(&self) -> &'static str;
    /// See [`Twin::title`].
    fn title(&self) -> &'static str;
    /// Inputs in the order of their slots.
    fn inputs(&self) -> Vec<Port>;
    /// Outputs in the order of their ports.
    fn outputs(&self) -> Vec<Port>;
    /// The shader's `Params`, as bytes.
    fn params(&self) -> Vec<u8>;
    /// Sizes that the shader needs when it is compiled, and thresholds that it shares with the
    /// twin.
    fn constants(&self) -> Vec<NamedConstant>;
    /// Numbers that do not depend on the pixel.
    fn tables(&self) -> Vec<f64>;
    /// See [`Twin::is_by_year`].
    fn is_by_year(&self) -> bool;
    /// Computes all pixels of a block.
    fn run_block(&self, block: &mut Block<'_>, precision: Precision);
    /// See [`Twin::max_iterations`].
    fn max_iterations(&self) -> usize;
    /// See [`Twin::ranks`].
    fn ranks(&self) -> RankDependence;
    /// See [`Twin::error_scale`].
    fn error_scale(
        &self,
        block: &mut Block<'_>,
        pixel: usize,
        port: usize,
        step: usize,
        reference: f64,
    ) -> f64;
}

/// Runs a twin over all pixels of a block, as many at a time as `R` has lanes.
#[inline(always)]
pub(super) fn run_all<T: Twin, R: Real>(twin: &T, block: &mut Block<'_>) {
    if R::LANES > 1 && twin.run_whole_block(block) {
        return;
    }
    let n_pixels = block.n_pixels;
    let mut at = 0;
    let mut pixel = Pixel::<R>::new(block, 0);
    while at + R::LANES <= n_pixels {
        pixel.move_to(at);
        twin.run_pixel(&mut pixel);
        at += R::LANES;
    }
    // The last few pixels one by one: the bits are the same.
    while at < n_pixels {
        twin.run_pixel(&mut Pixel::<f64>::new(block, at));
        at += 1;
    }
}

/// Declares a uniform struct with its fields' names and offsets, which a test compares with the
/// WGSL struct `Params`.
#[macro_export]
macro_rules! gpu_params {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$fmeta:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$meta])*
        #[allow(
            missing_docs,
            clippy::pub_underscore_fields,
            reason = "padding has a name and no meaning"
        )]
        #[repr(C, align(16))]
        #[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
        pub struct $name { $($(#[$fmeta])* pub $field: $ty,)* }

        impl $name {
            /// Name, byte offset and type of each field, in order.
            pub const FIELDS: &'static [$crate::kernels::twin::ParamField] =
                &[$((stringify!($field), std::mem::offset_of!($name, $field), stringify!($ty)),)*];
        }
    };
}
