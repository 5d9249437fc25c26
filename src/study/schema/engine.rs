//! `[engine]`.

use toml::Value;

use super::row::{Fallback, Key, Shown, TableSpec, keys};
use crate::study::choices::{OnError, bytes_from_text};
use crate::study::formats::{ValueFormat, or_format, text, word};

keys! {
    TABLE = TableSpec::header(
        "engine",
        "[engine]",
        "where the run computes, and in how much memory",
    );

    DEVICE: String = Key::new(
        "device",
        ValueFormat {
            expected: "a string",
            example: "\"auto\", \"gpu\", \"cpu\" or a part of an adapter's name",
            parse: |value| or_format(text(value)),
        },
        Fallback::Value("\"auto\""),
        "auto, gpu, cpu, or a part of an adapter's name",
    )
    .shown(Shown::Stated("\"auto\""));

    MEMORY: u64 = Key::new(
        "memory",
        ValueFormat {
            expected: "an amount of memory",
            example: "\"2GiB\", \"512MiB\" or a number of bytes",
            parse: |value| or_format(bytes(value)),
        },
        Fallback::Value("\"2GiB\""),
        "limit of host and device memory of a run",
    )
    .shown(Shown::Stated("\"2GiB\""));

    ON_ERROR: OnError = Key::new(
        "on_error",
        word("\"stop\""),
        Fallback::Value("\"stop\""),
        "what becomes of blocks of inputs that cannot be read",
    )
    .words::<OnError>();
}

fn bytes(value: &Value) -> Option<u64> {
    match value {
        Value::Integer(bytes) => u64::try_from(*bytes).ok().filter(|bytes| *bytes > 0),
        Value::String(text) => bytes_from_text(text),
        _ => None,
    }
}
