//! The command line as the user types it: its commands, and the way from one to its exit code.

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use super::console::{Console, Outcome, keep_standard_output, write_out};
use super::failure::report;
use super::{
    bench, calibrate, check, devices, inspect, interrupt, join, new, parts, products,
    quiet_drivers, report as page, run, steps, synth, validate,
};

/// Carbon sinks from annual rasters: respiration, NEP, trends and drivers, pixel by pixel.
///
/// Exit codes: 0 done; 1 a check failed; 2 wrong use or a bad study file; 3 an input cannot be read
/// or is inconsistent; 4 output cannot be written; 5 device lost or out of memory; 130 stopped.
#[derive(Debug, Parser)]
#[command(name = "doline", version, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Print results only, no progress and no warnings.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,

    /// Print more; twice for the messages of GDAL and the driver.
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
    /// Plan a run in parts, for many processes on any number of machines that share a folder.
    Split(parts::SplitArgs),
    /// Make the files of a run of all its parts: the bytes that an undivided run leaves.
    Join(join::JoinArgs),
    /// Show which parts of a run are done, missing, failed or being computed, and by whom.
    Status(parts::StatusArgs),
    /// Run the synthetic sample study that ships with Doline.
    Demo(run::DemoArgs),
    /// Write a study file by looking at a folder of rasters, guesses marked.
    New(new::NewArgs),
    /// Check a study: inputs, grid, outputs, memory, expected time; reports every problem at once.
    Check(check::CheckArgs),
    /// Show rasters and vector files as Doline reads them: bands, times, unit, scale, nodata, values.
    Inspect(inspect::InspectArgs),
    /// Trend of any stack of rasters, without a study file.
    Trend(steps::TrendArgs),
    /// Regression and partial correlation of a stack on its drivers, without a study file.
    Correlate(steps::CorrelateArgs),
    /// Trend of a stack split into climate and human parts, without a study file.
    Attribute(steps::AttributeArgs),
    /// Soil and heterotrophic respiration from climate and soil carbon, without a study file.
    Respiration(steps::RespirationArgs),
    /// Tables of any stack by zones and periods, without a study file; or those of a finished run by
    /// other zones.
    Zonal(steps::ZonalArgs),
    /// Effects of measures on any stack beside a control, matched, with intervals and a ranking, without a
    /// study file.
    Measures(Box<steps::MeasuresArgs>),
    /// Agreement of rasters of rs, rh, npp or nep with field data, without a study file.
    Sites(steps::SitesArgs),
    /// Measure false alarms and power of the tests of trend on series like yours.
    Calibrate(calibrate::CalibrateArgs),
    /// Make the page of a finished run again: report.html.
    Report(page::ReportArgs),
    /// Compare every GPU with the CPU reference; exit 1 if any layer exceeds its tolerance.
    Validate(validate::ValidateArgs),
    /// Measure this machine: every phase and kernel, on the CPU and on each adapter, in about a minute.
    Bench(bench::BenchArgs),
    /// List adapters, drivers and limits, and which one `auto` takes; `--test` tests each of them.
    Devices(devices::DevicesArgs),
    /// List the known products (`product = "..."`) with their scale, unit, fill values and sources.
    Products,
    /// Make a synthetic study of any size with known trends.
    Synth(synth::SynthArgs),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Parses the arguments, runs the command and gives its exit code.
#[must_use]
pub fn main() -> ExitCode {
    quiet_drivers::silence();
    // Wrong use ends here with exit code 2, help and version with 0.
    let cli = Cli::parse();
    keep_standard_output();
    start_log(cli.verbose);
    interrupt::outlive_size_limits();
    let console = Console {
        quiet: cli.quiet,
        json: cli.json,
    };
    let outcome = match cli.command {
        Command::Run(args) => run::run(&args, console),
        Command::Split(args) => parts::split(&args, console),
        Command::Join(args) => join::join(&args, console),
        Command::Status(args) => parts::status(&args, console),
        Command::Demo(args) => run::demo(&args, console),
        Command::New(args) => new::new(&args, console),
        Command::Check(args) => check::check(&args, console),
        Command::Inspect(args) => inspect::inspect(&args, console),
        Command::Trend(args) => steps::trend(&args, console),
        Command::Correlate(args) => steps::correlate(&args, console),
        Command::Attribute(args) => steps::attribute(&args, console),
        Command::Respiration(args) => steps::respiration(&args, console),
        Command::Zonal(args) => steps::zonal(&args, console),
        Command::Measures(args) => steps::measures(&args, console),
        Command::Sites(args) => steps::sites(args, console),
        Command::Calibrate(args) => calibrate::calibrate(&args, console),
        Command::Report(args) => page::report(&args, console),
        Command::Validate(args) => validate::validate(&args, console),
        Command::Bench(args) => bench::bench(&args, console),
        Command::Devices(args) => devices::devices(&args, console),
        Command::Products => Ok(products::products(console)),
        Command::Synth(args) => synth::synth(&args, console),
        Command::Completions { shell } => Ok(completions(shell)),
    };
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::CheckFailed) => ExitCode::from(1),
        Err(failure) => {
            report(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
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

fn completions(shell: clap_complete::Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "doline", &mut script);
    let _ = write_out(&script);
    Outcome::Done
}
