//! What a command prints: results on standard output, remarks and warnings on standard error.

use std::io::Write as _;

use crate::servers::as_written;

/// How much a command prints.
#[derive(Clone, Copy, Debug)]
pub(super) struct Console {
    pub(super) quiet: bool,
    pub(super) json: bool,
}

impl Console {
    /// Prints a result. A closed pipe, as with `| head`, is not an error.
    #[expect(clippy::unused_self, reason = "results are printed even with --quiet")]
    pub(super) fn result(self, text: &str) {
        let text = as_written(text.trim_end());
        let _ = write_out(format!("{text}\n").as_bytes());
    }

    /// Prints a remark on standard error.
    pub(super) fn remark(self, text: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr(), "{}", as_written(text));
        }
    }

    /// Prints a warning on standard error.
    pub(super) fn warning(self, text: &str) {
        let style = anstyle::AnsiColor::Yellow.on_default().bold();
        self.remark(&format!("{}: {text}", painted("warning", style)));
    }
}

/// Text in a colour where standard error is a terminal and `NO_COLOR` is not set.
pub(super) fn painted(text: &str, style: anstyle::Style) -> String {
    use std::io::IsTerminal as _;
    let is_wanted = std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    if is_wanted {
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}

/// How a command that ran to its end came out.
pub(super) enum Outcome {
    Done,
    /// It ran, and a check failed.
    CheckFailed,
}

/// Standard output as it was when the program began.
#[cfg(unix)]
static OUT: std::sync::OnceLock<std::fs::File> = std::sync::OnceLock::new();

/// Keeps standard output for results. What drivers of GDAL print there goes to standard error from here on.
#[cfg(unix)]
pub(super) fn keep_standard_output() {
    use std::os::fd::AsFd as _;
    let Ok(own) = std::io::stdout().as_fd().try_clone_to_owned() else {
        return;
    };
    if OUT.set(own.into()).is_ok() {
        // Where this fails, as without standard error, output goes where it went before.
        let _ = rustix::stdio::dup2_stdout(std::io::stderr().as_fd());
    }
}

/// Elsewhere results and what drivers print share standard output.
#[cfg(not(unix))]
pub(super) fn keep_standard_output() {}

/// Writes to standard output as it was when the program began.
pub(super) fn write_out(bytes: &[u8]) -> std::io::Result<()> {
    #[cfg(unix)]
    if let Some(mut out) = OUT.get() {
        return out.write_all(bytes);
    }
    std::io::stdout().write_all(bytes)
}
