//! The `doline` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    doline::cli::main()
}
