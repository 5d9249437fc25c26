//! The command line: what the user typed, and one file a command.

mod bench;
mod calibrate;
mod check;
mod climate;
mod console;
mod devices;
mod entry;
mod explained;
mod failure;
mod inspect;
mod interrupt;
mod new;
mod products;
mod progress;
mod quiet_drivers;
mod record;
#[cfg(test)]
mod reference;
mod report;
mod run;
mod steps;
mod synth;
mod text;
mod validate;

pub use entry::main;
