//! The command line: what the user typed, and one file a command.

mod calibrate;
mod check;
mod devices;
mod inspect;
mod products;
mod progress;
mod run;
mod steps;
mod synth;
mod text;
mod validate;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::error::Error;

/// Carbon sinks from annual rasters: respiration, NEP, trends and drivers, pixel by pixel.
///
/// Exit codes: 0 done; 1 a check failed; 2 wrong use or a bad study file; 3 an input cannot be read
/// or is inconsistent; 4 output cannot be written; 5 device lost or out of memory; 130 stopped.
#[derive(Debug, Parser)]
#[command(name = "doline", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Print results only, no progress and no warnings.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,

    /// Say more; twice for what GDAL and the driver say too.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,

    /// Print the result as JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a study: read its inputs, compute, write maps and tables.
    Run(run::RunArgs),
    /// Run the synthetic sample study that ships with Doline.
    Demo(run::DemoArgs),
    /// Check a study: inputs as understood, grid, outputs, memory, expected time; every problem at once.
    Check(check::CheckArgs),
    /// Show rasters and vector files as Doline reads them: bands, times, unit, scale, nodata, values.
    Inspect(inspect::InspectArgs),
    /// Trend of any stack of rasters, without a study file.
    Trend(steps::TrendArgs),
    /// Regression and partial correlation of a stack on its drivers, without a study file.
    Correlate(steps::CorrelateArgs),
    /// Trend of a stack split into the parts of climate and people, without a study file.
    Attribute(steps::AttributeArgs),
    /// Soil and heterotrophic respiration from climate and soil carbon, without a study file.
    Respiration(steps::RespirationArgs),
    /// Measure false alarms and power of the tests of trend on series like yours.
    Calibrate(calibrate::CalibrateArgs),
    /// Hold every adapter against the CPU reference, layer by layer; exit code 1 past tolerance.
    Validate(validate::ValidateArgs),
    /// List adapters, drivers and limits, and which one `auto` takes.
    Devices,
    /// List the products that `product = "..."` of an input knows, with their numbers and sources.
    Products,
    /// Make a synthetic study of any size with known truth.
    Synth(synth::SynthArgs),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// How much a command says.
#[derive(Clone, Copy, Debug)]
struct Say {
    quiet: bool,
    json: bool,
}

impl Say {
    /// Prints a result. A closed pipe, as of `| head`, is no error.
    #[expect(
        clippy::unused_self,
        reason = "results are printed whatever else is said"
    )]
    fn result(self, text: &str) {
        let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
    }

    /// Prints a remark on standard error.
    fn remark(self, text: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// Prints a warning on standard error.
    fn warning(self, text: &str) {
        let style = anstyle::AnsiColor::Yellow.on_default().bold();
        self.remark(&format!("{}: {text}", painted("warning", style)));
    }
}

/// Text in a colour where standard error is a terminal and `NO_COLOR` is not set.
fn painted(text: &str, style: anstyle::Style) -> String {
    use std::io::IsTerminal as _;
    let is_wanted = std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    if is_wanted {
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}

/// What a command that did its work ends with.
enum Verdict {
    Done,
    /// It ran, and a check failed.
    CheckFailed,
}

/// Parses the arguments, runs the command and gives its exit code.
#[must_use]
pub fn main() -> ExitCode {
    // Wrong use ends here with exit code 2, help and version with 0.
    let cli = Cli::parse();
    start_log(cli.verbose);
    let say = Say {
        quiet: cli.quiet,
        json: cli.json,
    };
    let verdict = match cli.command {
        Command::Run(args) => run::run(&args, say),
        Command::Demo(args) => run::demo(&args, say),
        Command::Check(args) => check::check(&args, say),
        Command::Inspect(args) => inspect::inspect(&args, say),
        Command::Trend(args) => steps::trend(&args, say),
        Command::Correlate(args) => steps::correlate(&args, say),
        Command::Attribute(args) => steps::attribute(&args, say),
        Command::Respiration(args) => steps::respiration(&args, say),
        Command::Calibrate(args) => calibrate::calibrate(&args, say),
        Command::Validate(args) => validate::validate(&args, say),
        Command::Devices => Ok(devices::devices(say)),
        Command::Products => Ok(products::products(say)),
        Command::Synth(args) => synth::synth(&args, say),
        Command::Completions { shell } => Ok(completions(shell)),
    };
    match verdict {
        Ok(Verdict::Done) => ExitCode::SUCCESS,
        Ok(Verdict::CheckFailed) => ExitCode::from(1),
        Err(failure) => {
            report(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}

/// What can end a command.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Run(#[from] Error),
    #[error(transparent)]
    Synth(#[from] crate::synth::SynthError),
    #[error("{0}")]
    Usage(String),
    /// Errors put into the words of the command.
    #[error("{}", texts.join("\n"))]
    Said { texts: Vec<String>, exit_code: u8 },
}

impl Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Run(error) => error.exit_code(),
            Self::Synth(_) => 4,
            Self::Usage(_) => 2,
            Self::Said { exit_code, .. } => *exit_code,
        }
    }
}

/// Prints an error with its causes, and several of them one after the other.
fn report(failure: &Failure) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    for text in texts_of(failure) {
        let _ = writeln!(std::io::stderr(), "{}: {text}", painted("error", style));
    }
}

/// Each error of a failure with its causes.
fn texts_of(failure: &Failure) -> Vec<String> {
    match failure {
        Failure::Run(error) => error
            .each()
            .into_iter()
            .map(|error| with_causes(error))
            .collect(),
        Failure::Said { texts, .. } => texts.clone(),
        other => vec![with_causes(other)],
    }
}

/// An error with what caused it.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let reason = error.to_string();
        if !text.contains(&reason) {
            // Writing to a String cannot fail.
            let _ = write!(text, "\n  caused by: {reason}");
        }
        cause = error.source();
    }
    text
}

fn start_log(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => tracing::Level::INFO,
        _ => tracing::Level::DEBUG,
    };
    // A second start, as in tests, changes nothing.
    let _ = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .without_time()
        .try_init();
}

fn completions(shell: clap_complete::Shell) -> Verdict {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "doline", &mut script);
    let _ = std::io::stdout().write_all(&script);
    Verdict::Done
}

/// The command line as typed, for the record.
fn command_line() -> String {
    std::env::args_os()
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A folder given on the command line, else this one.
fn folder_or(given: Option<&PathBuf>, default: &str) -> PathBuf {
    given.cloned().unwrap_or_else(|| PathBuf::from(default))
}
