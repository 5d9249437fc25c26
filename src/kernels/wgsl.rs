//! Puts the text of a shader together: constants from Rust, the shared interface, the libraries
//! that the kernel names, and the kernel itself.

use std::fmt::Write as _;

use crate::tile::{DataType, Decoding};

use super::constant::NamedConstant;
use super::f32_range::WITHIN_F32;
use super::flags;
use super::lib::shader_constants;
use super::twin::Kernel;
use super::written_out::{Known, write_out};

/// Threads of a workgroup.
pub const WORKGROUP_SIZE: u32 = 64;

/// The most bytes of libraries and body with loops written out; longer ones keep their loops.
pub const MAX_TEXT_BYTES: usize = 300 << 10;

const ABI: &str = include_str!("../../shaders/lib/abi.wgsl");

/// Where a slot's values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SlotKind {
    /// An input in its stored type.
    Stored(DataType),
    /// A layer on the device.
    Layer,
}

/// Each kind with its number and its name in shaders.
const KINDS: [(SlotKind, u32, &str); 5] = [
    (SlotKind::Layer, 0, "KIND_LAYER"),
    (SlotKind::Stored(DataType::U8), 1, "KIND_U8"),
    (SlotKind::Stored(DataType::I16), 2, "KIND_I16"),
    (SlotKind::Stored(DataType::U16), 3, "KIND_U16"),
    (SlotKind::Stored(DataType::F32), 4, "KIND_F32"),
];

fn number_of(kind: SlotKind) -> u32 {
    KINDS
        .iter()
        .find(|(k, ..)| *k == kind)
        .map_or(0, |(_, number, _)| *number)
}

/// The whole text of `kernel` for inputs of these kinds, with `body` instead of its own WGSL (the
/// canaries need that).
#[must_use]
pub fn compose_with(kernel: &dyn Kernel, kinds: &[SlotKind], body: &str) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "const WORKGROUP_SIZE: u32 = {WORKGROUP_SIZE}u;");
    let _ = writeln!(text, "const MAX_NODATA: u32 = {}u;", Decoding::MAX_NODATA);
    for (_, number, name) in KINDS {
        let _ = writeln!(text, "const {name}: u32 = {number}u;");
    }
    for (bit, name, _) in flags::ALL {
        let _ = writeln!(text, "const {name}: u32 = {bit}u;");
    }
    let [smallest, largest] = WITHIN_F32.map(f32::to_bits);
    let _ = writeln!(text, "const MIN_BITS: u32 = {smallest}u;");
    let _ = writeln!(text, "const MAX_BITS: u32 = {largest}u;");
    let constants = constants_of(kernel);
    for (name, value) in &constants {
        let _ = writeln!(text, "const {name}: {value};");
    }
    text.push_str(&ports_of(kernel));
    text.push_str(&kind_of(kinds));
    text.push_str(ABI);
    let source = source_of(kernel, body);
    match write_out(&source, &Known::new(&constants, Vec::new()), MAX_TEXT_BYTES) {
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

/// What a kernel and its libraries take from Rust.
#[must_use]
pub fn constants_of(kernel: &dyn Kernel) -> Vec<NamedConstant> {
    let libraries = kernel.spec().libs.iter();
    let of_libraries = libraries.flat_map(|library| shader_constants::of_library(library));
    kernel
        .constants()
        .into_iter()
        .chain(of_libraries.copied())
        .collect()
}

/// The whole text of `kernel` for inputs of these kinds.
#[must_use]
pub fn compose(kernel: &dyn Kernel, kinds: &[SlotKind]) -> String {
    compose_with(kernel, kinds, kernel.spec().wgsl)
}

/// `PORT_SLOPE` and so on: the index of each output; of a group such as `coef_*`, that of its first
/// member.
fn ports_of(kernel: &dyn Kernel) -> String {
    let outputs = kernel.outputs();
    let mut text = String::new();
    for &name in kernel.spec().ports {
        let (stem, first) = match name.strip_suffix("_*") {
            Some(stem) => (stem, format!("{stem}_1")),
            None => (name, name.to_owned()),
        };
        if let Some(index) = outputs.iter().position(|output| output.name == first) {
            let _ = writeln!(text, "const PORT_{}: u32 = {index}u;", stem.to_uppercase());
        }
    }
    text
}

/// `kind_of(slot)`: constants, so that a compiler leaves one branch of `sample`.
fn kind_of(kinds: &[SlotKind]) -> String {
    let mut text = "fn kind_of(slot: u32) -> u32 {\n    switch slot {\n".to_owned();
    for (slot, kind) in kinds
        .iter()
        .enumerate()
        .filter(|(_, kind)| **kind != SlotKind::Layer)
    {
        let _ = writeln!(
            text,
            "        case {slot}u: {{ return {}u; }}",
            number_of(*kind)
        );
    }
    text.push_str("        default: { return 0u; }\n    }\n}\n");
    text
}
