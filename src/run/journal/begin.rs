//! Claims the output folder: anew, or from where a run of the same study ended.

use std::path::Path;

use crate::error::Error;
use crate::run::collect::{StateError, loaded, saved};
use crate::run::options::{Event, RunOptions};
use crate::run::plan::Plan;
use crate::sinks::{OutputFolder, SinkError, Unfinished};
use crate::study::Study;

use super::identity::Identity;
use super::keeper::RunState;

/// A folder that this run may write into.
pub(in crate::run) struct Begun {
    pub(in crate::run) folder: OutputFolder,
    /// What another run of the same study left to go on from, with what it knew.
    pub(in crate::run) unfinished: Option<(Unfinished, RunState)>,
}

/// Claims the folder of the outputs.
///
/// # Errors
///
/// Another run has it; the unfinished run in it is another than this one, or damaged.
pub(in crate::run) fn begin(
    study: &Study,
    plan: &Plan,
    options: &RunOptions,
    out: &Path,
    device: &str,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<Begun, Error> {
    let mut folder = OutputFolder::claim(out)?;
    let identity = Identity::of(study, plan, device);
    let damaged = |error: StateError| SinkError::Journal {
        path: out.to_owned(),
        reason: error.to_string(),
    };
    let left = if options.resume {
        folder.unfinished()?
    } else {
        None
    };
    let Some(mut left) = left else {
        if folder.has_leftovers() {
            on_event(Event::Remark(&leftovers(options, out)));
        }
        folder.start_anew(&saved(&identity).map_err(damaged)?)?;
        return Ok(Begun {
            folder,
            unfinished: None,
        });
    };
    let was: Identity = loaded(&left.identity).map_err(damaged)?;
    identity.check(&was, out)?;
    let of = plan.tiling.windows.len();
    if left.tiles > of {
        let (found, expected) = (left.tiles, of);
        return Err(damaged(StateError::Parts { found, expected }).into());
    }
    let state = loaded(&std::mem::take(&mut left.run)).map_err(damaged)?;
    folder.take_up()?;
    on_event(Event::Remark(&format!(
        "going on after {} of {of} tiles",
        left.tiles
    )));
    Ok(Begun {
        folder,
        unfinished: Some((left, state)),
    })
}

/// What happens to the files of an interrupted run that this one does not go on with.
fn leftovers(options: &RunOptions, out: &Path) -> String {
    let out = out.display();
    if options.resume {
        format!(
            "the unfinished run in {out} had not written enough to go on from; it is started anew"
        )
    } else if options.keeps_journal {
        format!(
            "an unfinished run lies in {out}; add --resume to go on with it; it is started anew"
        )
    } else {
        format!("what an unfinished run left in {out} is removed")
    }
}
