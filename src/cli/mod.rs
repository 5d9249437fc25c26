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
mod join;
mod local_folder;
mod new;
mod part_of_run;
mod parts;
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
mod watched;

pub use entry::main;
