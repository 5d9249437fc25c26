//! How far a command is: a bar on a terminal, a line every tenth elsewhere.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

use super::console::Console;

/// The progress of one command.
pub(super) struct Progress {
    console: Console,
    unit: &'static str,
    bar: Option<ProgressBar>,
    tenths: u64,
}

impl Progress {
    /// Nothing done yet.
    pub(super) fn new(console: Console, unit: &'static str) -> Self {
        Self {
            console,
            unit,
            bar: None,
            tenths: 0,
        }
    }

    /// `done` of `all` are done.
    pub(super) fn set(&mut self, done: u64, all: u64) {
        if self.console.quiet {
            return;
        }
        if std::io::stderr().is_terminal() {
            let unit = self.unit;
            let bar = self.bar.get_or_insert_with(|| {
                let bar = ProgressBar::new(all);
                let template = format!(
                    "{{bar:30}} {{percent:>3}} %  {{human_pos}} of {{human_len}} {unit}  {{per_sec}}  {{eta}} left"
                );
                // The template is a constant and valid; a bar in the default style would do as well.
                bar.set_style(ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar()));
                bar
            });
            bar.set_position(done);
        } else if let Some(tenths) = (10 * done).checked_div(all)
            && tenths > self.tenths
        {
            self.tenths = tenths;
            self.console.remark(&format!(
                "{:>3} %  {done} of {all} {}",
                10 * tenths,
                self.unit
            ));
        }
    }

    /// Takes the bar away.
    pub(super) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
