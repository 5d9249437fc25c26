//! What helps against an error of an engine, in the words of the command.

use crate::engines::{EngineError, Remedy};

/// An error of an engine with what to do.
pub(super) fn with_remedies(error: &EngineError) -> String {
    let remedies: Vec<&str> = error.remedies().iter().map(|of| in_words(*of)).collect();
    match remedies.as_slice() {
        [] => error.to_string(),
        remedies => format!("{error}; {}", remedies.join(", or ")),
    }
}

fn in_words(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::UseCpu => "use `--device cpu`",
        Remedy::InstallDriver => "install a driver (docs/guide/devices.md)",
        Remedy::UpdateDriver => "update its driver",
        Remedy::SeeSelfTest => "see all of it with `doline devices --test`",
        Remedy::SkipSelfTest => {
            "set DOLINE_SELF_TEST=off in the environment to compute all the same"
        }
        Remedy::LessMemory => "try a smaller engine.memory",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_says_what_helps_in_its_own_options() {
        let reason = "no such card".to_owned();
        assert_eq!(
            with_remedies(&EngineError::NoAdapter { reason }),
            "no GPU to compute on: no such card; use `--device cpu`, or install a driver (docs/guide/devices.md)"
        );
        let what = "was started twice".to_owned();
        let mistake = EngineError::OutOfTurn { what };
        assert_eq!(with_remedies(&mistake), mistake.to_string());
    }
}
