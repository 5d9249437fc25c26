//! Puts the text of a shader together: constants from Rust, the shared interface, the libraries
//! that the kernel names, and the kernel itself.

use std::fmt::Write as _;

use super::accessors::accessors;
use super::constant::Constant;
use super::f32_range::WITHIN_F32;
use super::flags;
use super::lib::shader_constants;
use super::slots::Slots;
use super::twin::Kernel;
use super::written_out::{Known, write_out};

/// Threads of a workgroup.
pub const WORKGROUP_SIZE: u32 = 64;

/// The mark of a pixel that read a number outside the range of `f32`.
pub const MARK_EXTREME: u32 = 1;
/// The mark of a pixel that a kernel leaves to `f64` with all that is made of it.
pub const MARK_LEFT: u32 = 2;

/// The most bytes of libraries and body with loops written out; longer ones keep their loops.
pub const MAX_TEXT_BYTES: usize = 300 << 10;

const ABI: &str = include_str!("../../shaders/lib/abi.wgsl");

/// The whole text of `kernel` for these slots, with `body` instead of its own WGSL (the
/// canaries need that).
#[must_use]
pub fn compose_with(kernel: &dyn Kernel, slots: &Slots, body: &str) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "const WORKGROUP_SIZE: u32 = {WORKGROUP_SIZE}u;");
    let _ = writeln!(text, "const N_SLOTS: u32 = {}u;", slots.count());
    for (bit, name, _) in flags::ALL {
        let _ = writeln!(text, "const {name}: u32 = {bit}u;");
    }
    let [smallest, largest] = WITHIN_F32.map(f32::to_bits);
    let _ = writeln!(text, "const MIN_BITS: u32 = {smallest}u;");
    let _ = writeln!(text, "const MAX_BITS: u32 = {largest}u;");
    let _ = writeln!(text, "const MARK_EXTREME: u32 = {MARK_EXTREME}u;");
    let _ = writeln!(text, "const MARK_LEFT: u32 = {MARK_LEFT}u;");
    let known = known_of(kernel, slots);
    for (name, value) in &known.constants {
        let _ = writeln!(text, "const {name}: {value};");
    }
    text.push_str(ABI);
    text.push_str(&accessors(slots));
    let source = source_of(kernel, body);
    match write_out(&source, &known, MAX_TEXT_BYTES) {
        Ok(written) => text.push_str(&written),
        // Loops and arrays as they are written: slower, and as right. A test shows that nothing but
        // the length leads here.
        Err(_) => text.push_str(&source),
    }
    text
}

/// Libraries and body, as they are written.
#[must_use]
pub fn source_of(kernel: &dyn Kernel, body: &str) -> String {
    let parts = kernel.spec().libs.iter().chain([&body]);
    parts.flat_map(|part| ["\n", part]).collect()
}

/// What is known when the text of a kernel is composed.
#[must_use]
pub fn known_of(kernel: &dyn Kernel, slots: &Slots) -> Known {
    let libraries = kernel.spec().libs.iter();
    let of_libraries = libraries.flat_map(|library| shader_constants::of_library(library));
    let constants = kernel.constants().into_iter().chain(of_libraries.copied());
    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    let table = kernel.tables().into_iter().map(|x| x as f32).collect();
    let named = constants.map(|(name, value)| (name.to_owned(), value));
    let inputs = slots.inputs.iter().enumerate();
    let steps =
        inputs.map(|(slot, input)| (format!("N_STEPS_{slot}"), Constant::size(input.n_steps)));
    Known {
        constants: named.chain(ports_of(kernel)).chain(steps).collect(),
        slots: slots.clone(),
        table,
    }
}

/// The whole text of `kernel` for these slots.
#[must_use]
pub fn compose(kernel: &dyn Kernel, slots: &Slots) -> String {
    compose_with(kernel, slots, kernel.spec().wgsl)
}

/// `PORT_SLOPE` and so on: the index of each output; of a group such as `coef_*`, that of its first
/// member.
fn ports_of(kernel: &dyn Kernel) -> Vec<(String, Constant)> {
    let outputs = kernel.outputs();
    let port = |&name: &&str| {
        let (stem, first) = match name.strip_suffix("_*") {
            Some(stem) => (stem, format!("{stem}_1")),
            None => (name, name.to_owned()),
        };
        let index = outputs.iter().position(|output| output.name == first)?;
        let name = format!("PORT_{}", stem.to_uppercase());
        Some((name, Constant::size(index)))
    };
    kernel.spec().ports.iter().filter_map(port).collect()
}
