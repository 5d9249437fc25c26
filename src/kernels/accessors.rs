//! `sample(slot, step, pixel)` and `put(port, step, pixel, value, valid)` of one kernel, as text.
//!
//! Everything that is known of a slot stands in its own function: type, bias, scale, bounds and
//! nodata codes as literals, and nothing where a literal would change nothing. Words of validity
//! bits are read once a pixel, and written once. Where a slot lies in its buffer is not text but in
//! the uniform `slots`, so that the trends of two layers share a text.

use std::fmt::Write as _;

use super::decode_text::decode_text;
use super::slots::{InputSlot, OutputSlot, Slots, Source};

/// Layers with more words of validity bits have them read at each step.
const MAX_WORDS_KEPT: usize = 8;

/// The functions of a kernel's slots.
#[derive(Debug, Default)]
struct Accessors {
    /// Private variables, and one function a slot.
    functions: String,
    /// What is done before the kernel, for each pixel.
    before: String,
    /// What is done after it.
    after: String,
}

/// Words of validity bits of so many steps.
pub(super) fn words_of(n_steps: usize) -> usize {
    n_steps.div_ceil(32)
}

/// The name of the function that reads `step` of input `slot`.
pub(super) fn sample_name(slots: &Slots, slot: usize, step: Option<usize>) -> Option<String> {
    let input = slots.inputs.get(slot)?;
    let words = words_of(input.n_steps);
    let step = step.filter(|_| input.source == Source::Layer && has_words(words));
    Some(match step {
        Some(step) => format!("sample_{slot}_{}", (step / 32).min(words - 1)),
        None => format!("sample_{slot}"),
    })
}

fn has_words(words: usize) -> bool {
    (2..=MAX_WORDS_KEPT).contains(&words)
}

/// The text between the interface and the kernel.
pub(super) fn accessors(slots: &Slots) -> String {
    let mut text = Accessors::default();
    for (slot, input) in slots.inputs.iter().enumerate() {
        match &input.source {
            Source::Stored(data_type, decoding) => {
                text.stored(slot, &decode_text(slot, *data_type, decoding));
            }
            Source::Layer => text.layer(slot, input),
        }
    }
    for (port, output) in slots.outputs.iter().enumerate() {
        text.output(slots.inputs.len() + port, port, output);
    }
    text.finish(slots)
}

// Writing to a String cannot fail.
impl Accessors {
    fn stored(&mut self, slot: usize, lines: &str) {
        let _ = write!(
            self.functions,
            "fn sample_{slot}(step: u32, pixel: u32) -> Sample {{\n{lines}}}\n"
        );
    }

    fn layer(&mut self, slot: usize, input: &InputSlot) {
        let words = words_of(input.n_steps);
        let read = |of: &str, word: &str| {
            format!(
                "fn sample_{of}(step: u32, pixel: u32) -> Sample {{\n    let word = {word};\n    \
                 let value = layers[slots[{slot}].at + step * slots[{slot}].stride + pixel];\n    \
                 return notice(Sample(bitcast<f32>(value), ((word >> (step & 31u)) & 1u) != 0u));\n}}\n"
            )
        };
        let word_of = |word: &str| format!("layers[slots[{slot}].bits_at + {word} + pixel]");
        let is_kept = words == 1 || has_words(words);
        for word in (0..words).filter(|_| is_kept) {
            let _ = writeln!(self.functions, "var<private> valid_{slot}_{word}: u32;");
            let at = format!("{word}u * slots[{slot}].stride");
            let _ = writeln!(self.before, "    valid_{slot}_{word} = {};", word_of(&at));
            if has_words(words) {
                let name = format!("{slot}_{word}");
                self.functions += &read(&name, &format!("valid_{slot}_{word}"));
            }
        }
        let word = if words == 1 {
            format!("valid_{slot}_0")
        } else {
            word_of(&format!("(step / 32u) * slots[{slot}].stride"))
        };
        self.functions += &read(&slot.to_string(), &word);
    }

    fn output(&mut self, slot: usize, port: usize, output: &OutputSlot) {
        let words = words_of(output.n_steps);
        let word_at =
            format!("slots[{slot}].bits_at + (step / 32u) * slots[{slot}].stride + pixel");
        let name = format!("valid_{slot}");
        let of_kernel = if output.is_whole { "step" } else { "of_kernel" };
        let _ = writeln!(
            self.functions,
            "fn put_{port}({of_kernel}: u32, pixel: u32, value: f32, valid: bool) {{"
        );
        let _ = writeln!(
            self.functions,
            "    let bits = bitcast<u32>(value);\n    let is_valid = valid & is_finite_bits(bits);"
        );
        if !output.is_whole {
            let _ = writeln!(
                self.functions,
                "    let step = tile.first_step + of_kernel;"
            );
        }
        let _ = writeln!(
            self.functions,
            "    layers[slots[{slot}].at + step * slots[{slot}].stride + pixel] = \
             select(0u, bits, is_valid);\n    let bit = select(0u, 1u, is_valid) << (step & 31u);"
        );
        if !output.is_whole {
            let _ = writeln!(
                self.functions,
                "    let word_at = {word_at};\n    \
                 layers[word_at] = select(layers[word_at], 0u, (step & 31u) == 0u) | bit;\n}}"
            );
            return;
        }
        let _ = writeln!(self.functions, "    {name} |= bit;");
        if words > 1 {
            let _ = writeln!(
                self.functions,
                "    if (step & 31u) == 31u {{\n        layers[{word_at}] = {name};\n        \
                 {name} = 0u;\n    }}"
            );
        }
        let _ = writeln!(self.functions, "}}\nvar<private> {name}: u32 = 0u;");
        // With several words the last step of each stores it.
        if words == 1 || !output.n_steps.is_multiple_of(32) {
            let at = format!("{}u * slots[{slot}].stride", words - 1);
            let last = format!("slots[{slot}].bits_at + {at} + pixel");
            let _ = writeln!(self.after, "    layers[{last}] = {name};");
        }
    }

    fn finish(self, slots: &Slots) -> String {
        let Self {
            functions,
            before,
            after,
        } = self;
        let n_inputs = slots.inputs.len();
        let samples = switch("slot", n_inputs, |slot| {
            format!("return sample_{slot}(step, pixel);")
        });
        let steps = switch("slot", n_inputs, |slot| {
            format!("return {}u;", slots.inputs[slot].n_steps)
        });
        let puts = switch("port", slots.outputs.len(), |port| {
            format!("put_{port}(step, pixel, value, valid);")
        });
        format!(
            "{functions}\
             fn read_validity(pixel: u32) {{\n{before}}}\n\
             fn write_validity(pixel: u32) {{\n{after}}}\n\
             fn n_steps(slot: u32) -> u32 {{\n{steps}}}\n\
             fn sample(slot: u32, step: u32, pixel: u32) -> Sample {{\n{samples}}}\n\
             fn put(port: u32, step: u32, pixel: u32, value: f32, valid: bool) {{\n{puts}}}\n"
        )
    }
}

/// A switch over `n` numbers, the last as the default.
fn switch(on: &str, n: usize, case: impl Fn(usize) -> String) -> String {
    let mut text = format!("    switch {on} {{\n");
    for i in 0..n {
        let label = if i + 1 == n {
            "default".to_owned()
        } else {
            format!("case {i}u")
        };
        let _ = writeln!(text, "        {label}: {{ {} }}", case(i));
    }
    text + "    }\n"
}
