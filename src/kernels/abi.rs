//! What a kernel is: a WGSL file, its twin in Rust, and what both read and write.
//!
//! GPU twin: `shaders/lib/abi.wgsl`.
//!
//! A kernel works on one pixel and its series. [`Pixel::sample`] gives the value of an input at a
//! step and whether there is one; [`Pixel::put`] writes a value of an output or marks it missing.
//! The shader has functions of the same names and the same arguments. Missing values read as 0 and
//! are never used: the twin selects them away, as the shader does.

use crate::calendar::Steps;
use crate::tile::{Decoding, Geometry, Resampling, places};

use super::lanes;
use super::real::{Decoder, Mask, Real};
use super::tolerance::Tolerance;

/// Bits of `maps/flags.tif`: why a pixel has no value, or what to know of it.
pub mod flags {
    /// Fewer valid years than `min_years`.
    pub const TOO_FEW_YEARS: u16 = 1;
    /// A predictor is constant or a combination of the others.
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
}

/// Sizes between which `f32` does what kernels do with numbers: square them, add up a thousand squares, divide by
/// their spread. A pixel with a number outside that is not 0 is computed in `f64` on every engine.
pub const WITHIN_F32: [f32; 2] = [1e-30, 1e17];

/// Whether a quantity is none of [`WITHIN_F32`], nor 0 or missing.
#[must_use]
pub fn is_extreme(quantity: f32) -> bool {
    let [smallest, largest] = WITHIN_F32;
    let size = quantity.abs();
    (size > 0.0 && size < smallest) || size > largest
}

/// An input or an output of a kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    /// Its name, such as `slope` or `partial_2`.
    pub name: String,
    /// How often it has a value.
    pub steps: Steps,
    /// How far a GPU's value may lie from the reference; of no meaning for inputs.
    pub tolerance: Tolerance,
    /// Where the numbers of an input lie.
    pub geometry: Geometry,
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

    /// Where the pixels lie among the cells of the input before.
    #[must_use]
    pub fn places(name: impl Into<String>) -> Self {
        Self {
            geometry: Geometry::Positions,
            ..Self::input(name, Steps::Members(places::COUNT))
        }
    }

    /// An output.
    #[must_use]
    pub fn output(name: impl Into<String>, steps: Steps, tolerance: Tolerance) -> Self {
        Self {
            name: name.into(),
            steps,
            tolerance,
            geometry: Geometry::StudyGrid,
        }
    }
}

/// A field of a uniform struct: name, byte offset, and `f32` or `u32`.
pub type ParamField = (&'static str, usize, &'static str);

/// What is the same for every instance of a kernel.
#[derive(Debug)]
pub struct KernelSpec {
    /// Stem of its files, and its name in listings.
    pub name: &'static str,
    /// What it computes, in a few words.
    pub title: &'static str,
    /// When its result is missing, in one line.
    pub missing: &'static str,
    /// Where its equations come from.
    pub source: &'static str,
    /// Its WGSL.
    pub wgsl: &'static str,
    /// The shader libraries it uses, in order.
    pub libs: &'static [&'static str],
    /// Fields of its `Params`, for the layout test.
    pub params: &'static [ParamField],
    /// Where its tolerances come from, in one line.
    pub tolerance: &'static str,
    /// A text of the shader that occurs once and the small mistake that the comparison must notice.
    pub canary: (&'static str, &'static str),
}

/// What a kernel ranks. Engines that start from numbers which differ by rounding may rank them otherwise,
/// and a result that hangs on it then differs by more than rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RankDependence {
    /// Nothing: its results change with its inputs by little.
    Nothing,
    /// The values of its inputs.
    Inputs,
    /// The values of its inputs, of which it takes some by their rank or goes between two: no result falls where a value
    /// rises, and none moves further than the value that moves most.
    Members,
    /// Numbers that it makes of its inputs; its output `margin` says how near the nearest two are.
    Made,
}

/// The CPU twin of a shader.
pub trait Twin: Send + Sync {
    /// What is the same for every instance.
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
    /// Sizes that the shader needs when it is compiled.
    fn constants(&self) -> Vec<(&'static str, u32)> {
        Vec::new()
    }
    /// Numbers by step or by degrees of freedom that do not depend on the pixel.
    fn tables(&self) -> Vec<f64> {
        Vec::new()
    }
    /// Computes one pixel, or as many neighbours as `R` has lanes.
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>);
    /// Computes all pixels of a block in another order of loops, with the bits of [`Twin::run_pixel`]; false where
    /// that would not be faster.
    #[inline(always)]
    fn run_whole_block(&self, block: &mut Block<'_>) -> bool {
        let _ = block;
        false
    }
    /// Passes of all loops of one thread of the shader, where they may be many; some drivers stop a
    /// thread that makes too many, and do not say so.
    fn max_iterations(&self) -> usize {
        0
    }
    /// Whether the results hang on which of two numbers is larger.
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

/// A [`Twin`] whose type is forgotten.
pub trait Kernel: Send + Sync {
    /// What is the same for every instance.
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
    /// Sizes that the shader needs when it is compiled.
    fn constants(&self) -> Vec<(&'static str, u32)>;
    /// Numbers that do not depend on the pixel.
    fn tables(&self) -> Vec<f64>;
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

impl<T: Twin> Kernel for T {
    fn spec(&self) -> &'static KernelSpec {
        const { &T::SPEC }
    }
    fn recorded_as(&self) -> &'static str {
        Twin::recorded_as(self)
    }
    fn title(&self) -> &'static str {
        Twin::title(self)
    }
    fn inputs(&self) -> Vec<Port> {
        Twin::inputs(self)
    }
    fn outputs(&self) -> Vec<Port> {
        Twin::outputs(self)
    }
    fn params(&self) -> Vec<u8> {
        Twin::params(self)
    }
    fn constants(&self) -> Vec<(&'static str, u32)> {
        Twin::constants(self)
    }
    fn tables(&self) -> Vec<f64> {
        Twin::tables(self)
    }
    fn run_block(&self, block: &mut Block<'_>, precision: Precision) {
        match precision {
            Precision::Reference => run_all::<T, f64>(self, block),
            Precision::Single => run_all::<T, f32>(self, block),
            Precision::Lanes => lanes::run(self, block),
        }
    }
    fn max_iterations(&self) -> usize {
        Twin::max_iterations(self)
    }
    fn ranks(&self) -> RankDependence {
        Twin::ranks(self)
    }
    fn error_scale(
        &self,
        block: &mut Block<'_>,
        pixel: usize,
        port: usize,
        step: usize,
        reference: f64,
    ) -> f64 {
        Twin::error_scale(self, &mut Pixel::new(block, pixel), port, step, reference)
    }
}

/// Runs a twin over all pixels of a block, as many at a time as `R` has lanes.
#[inline(always)]
pub(super) fn run_all<T: Twin, R: Real>(twin: &T, block: &mut Block<'_>) {
    if R::LANES > 1 && twin.run_whole_block(block) {
        return;
    }
    let mut at = 0;
    let mut pixel = Pixel::<R>::new(block, 0);
    while at + R::LANES <= pixel.block.n_pixels {
        pixel.at = at;
        twin.run_pixel(&mut pixel);
        at += R::LANES;
    }
    // The last few pixels one by one: the bits are the same.
    while at < block.n_pixels {
        twin.run_pixel(&mut Pixel::<f64>::new(block, at));
        at += 1;
    }
}

/// Values of an input, from the first pixel of the block on.
#[derive(Clone, Copy, Debug)]
pub enum Values<'a> {
    /// Stored bytes.
    U8(&'a [u8]),
    /// Stored signed 16-bit integers.
    I16(&'a [i16]),
    /// Stored unsigned 16-bit integers.
    U16(&'a [u16]),
    /// Stored floats.
    F32(&'a [f32]),
    /// A layer that another kernel wrote: quantities, NaN where missing.
    Layer(&'a [f32]),
}

impl Values<'_> {
    /// One stored number, or a layer's value.
    #[inline(always)]
    fn single(&self, at: usize) -> f32 {
        match self {
            Self::U8(v) => f32::from(v[at]),
            Self::I16(v) => f32::from(v[at]),
            Self::U16(v) => f32::from(v[at]),
            Self::F32(v) | Self::Layer(v) => v[at],
        }
    }
}

/// An input of a block, `[step][pixel]`.
#[derive(Clone, Copy, Debug)]
pub struct InputView<'a> {
    /// The values.
    pub values: Values<'a>,
    /// Distance from one step to the next.
    pub stride: usize,
    /// Number of steps.
    pub n_steps: usize,
    /// How stored values become quantities; not used for layers.
    pub(super) decoder: Decoder,
    /// Factors of stored values, one a step or one for all steps; not used for layers.
    scale: &'a [f64],
}

impl<'a> InputView<'a> {
    /// An input of the study, with its decoding.
    #[must_use]
    pub fn stored(
        values: Values<'a>,
        stride: usize,
        n_steps: usize,
        decoding: &'a Decoding,
    ) -> Self {
        Self {
            values,
            stride,
            n_steps,
            decoder: Decoder::new(decoding),
            scale: &decoding.scale,
        }
    }

    /// A layer that another kernel wrote.
    #[must_use]
    pub fn layer(values: &'a [f32], stride: usize, n_steps: usize) -> Self {
        let decoder = Decoder::new(&Decoding::identity());
        Self {
            values: Values::Layer(values),
            stride,
            n_steps,
            decoder,
            scale: &[1.0],
        }
    }

    /// The factor of stored values at `step`.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    pub(super) fn scale_at(&self, step: usize) -> f32 {
        (if self.scale.len() == 1 {
            self.scale[0]
        } else {
            self.scale[step]
        }) as f32
    }

    /// The quantity of a stored number at `step`, NaN where it is missing.
    #[inline(always)]
    #[must_use]
    pub fn quantity(&self, step: usize, at: usize) -> f32 {
        self.decoder.decode(
            self.values.single(step * self.stride + at),
            self.scale_at(step),
        )
    }

    /// The quantities of neighbours from `at` on. Not inlined: an engine decodes its inputs beforehand.
    #[cold]
    #[inline(never)]
    fn quantities(&self, step: usize, at: usize, quantities: &mut [f32]) {
        for (l, quantity) in quantities.iter_mut().enumerate() {
            *quantity = self.quantity(step, at + l);
        }
    }
}

/// An output of a block, `[step][pixel]`, NaN where missing.
#[derive(Debug)]
pub struct OutputView<'a> {
    /// The values.
    pub values: &'a mut [f32],
    /// Distance from one step to the next.
    pub stride: usize,
}

/// Some neighbouring pixels with all inputs and outputs of one kernel.
#[derive(Debug)]
pub struct Block<'a> {
    /// How many pixels.
    pub n_pixels: usize,
    /// Inputs in the order of the kernel's slots.
    pub inputs: Vec<InputView<'a>>,
    /// Outputs in the order of the kernel's ports.
    pub outputs: Vec<OutputView<'a>>,
    /// The kernel's tables.
    pub tables: &'a [f64],
}

/// A value and whether there is one.
#[derive(Clone, Copy, Debug)]
pub struct Sample<R: Real> {
    /// The quantity; 0 where missing.
    pub value: R,
    /// Whether it is there.
    pub valid: R::Mask,
}

/// One pixel of a block, or as many neighbours as `R` has lanes.
pub struct Pixel<'p, 'b, R: Real> {
    block: &'p mut Block<'b>,
    at: usize,
    /// Room that a kernel may borrow, kept from one pixel to the next.
    rooms: Vec<Vec<R::Single>>,
}

impl<'p, 'b, R: Real> Pixel<'p, 'b, R> {
    /// The pixels of `block` from `at` on.
    #[inline(always)]
    pub fn new(block: &'p mut Block<'b>, at: usize) -> Self {
        Self {
            block,
            at,
            rooms: Vec::new(),
        }
    }

    /// Room for numbers of this pixel, empty; hand it back with [`Pixel::return_scratch`], so that the next
    /// pixel need not ask for memory again.
    #[inline(always)]
    #[must_use]
    pub fn take_scratch(&mut self) -> Vec<R::Single> {
        self.rooms.pop().unwrap_or_default()
    }

    /// Hands room back.
    #[inline(always)]
    pub fn return_scratch(&mut self, mut room: Vec<R::Single>) {
        room.clear();
        self.rooms.push(room);
    }

    /// Entry `i` of the kernel's own table.
    #[inline(always)]
    #[must_use]
    pub fn table(&self, i: usize) -> R {
        R::of(self.block.tables[i])
    }

    /// The entries at a whole number that may differ between pixels; the last entry for any
    /// number past the end.
    #[inline(always)]
    #[must_use]
    pub fn table_at(&self, i: R) -> R {
        let last = self.block.tables.len() - 1;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small whole number"
        )]
        R::from_lanes(|l| self.block.tables[(i.lane(l).max(0.0) as usize).min(last)])
    }

    /// Number of steps of input `slot`.
    #[inline(always)]
    #[must_use]
    pub fn n_steps(&self, slot: usize) -> usize {
        self.block.inputs[slot].n_steps
    }

    /// Input `slot` at `step`.
    #[inline(always)]
    #[must_use]
    pub fn sample(&self, slot: usize, step: usize) -> Sample<R> {
        let input = &self.block.inputs[slot];
        if let Values::Layer(values) = input.values {
            let from = step * input.stride + self.at;
            return R::from_layer(&values[from..from + R::LANES]);
        }
        let mut quantities = [f32::NAN; lanes::N_LANES];
        input.quantities(step, self.at, &mut quantities[..R::LANES]);
        R::from_layer(&quantities)
    }

    /// Cell `cell` of input `slot`, which lies on cells of its own, at `step`; missing where it is not `there`.
    #[inline(always)]
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small whole numbers"
    )]
    pub fn cell(&self, slot: usize, step: usize, cell: R, there: R::Mask) -> Sample<R> {
        let mut quantities = [f32::NAN; lanes::N_LANES];
        for (l, quantity) in quantities.iter_mut().enumerate().take(R::LANES) {
            if R::mask_lane(there, l) {
                *quantity = self.block.inputs[slot].quantity(step, cell.lane(l) as usize);
            }
        }
        R::from_layer(&quantities)
    }

    /// Writes output `port` at `step`. A value that is not finite is missing.
    #[inline(always)]
    pub fn put(&mut self, port: usize, step: usize, value: R, valid: R::Mask) {
        let output = &mut self.block.outputs[port];
        let from = step * output.stride + self.at;
        value.to_layer(valid, &mut output.values[from..from + R::LANES]);
    }
}

/// Declares a uniform struct with its fields' names and offsets, which a test holds against the
/// WGSL struct `Params`.
#[macro_export]
macro_rules! gpu_params {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$fmeta:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$meta])*
        #[allow(missing_docs, clippy::pub_underscore_fields, reason = "padding has a name and no meaning")]
        #[repr(C, align(16))]
        #[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
        pub struct $name { $($(#[$fmeta])* pub $field: $ty,)* }

        impl $name {
            /// Name, byte offset and type of each field, in order.
            pub const FIELDS: &'static [$crate::kernels::abi::ParamField] =
                &[$((stringify!($field), std::mem::offset_of!($name, $field), stringify!($ty)),)*];
        }
    };
}

/// Calls `any` on masks without naming the trait.
#[inline(always)]
pub(crate) fn any<R: Real>(mask: R::Mask) -> bool {
    mask.any()
}
