//! Whether there is room for a run: memory for its plan, and space for its outputs.

use std::path::Path;

use crate::chain::Chain;
use crate::error::Error;
use crate::formats::{FileKind, Format};
use crate::machine::{MemoryBound, MemoryLeft, disk_left, memory_left};
use crate::sinks::SinkError;

/// Address space that the program takes besides what it has and what it counts: heaps and stacks of further threads.
const ADDRESSES_BESIDE: u64 = 64 << 20;
/// No run compresses its maps to less than this part, unless most of them is missing.
const LEAST_COMPRESSED: u64 = 200;

/// Refuses a plan that takes more memory than the process may have.
pub(super) fn check_memory_left(host_bytes: u64) -> Result<(), Error> {
    let Some(left) = memory_left() else {
        return Ok(());
    };
    refuse_memory(host_bytes, left)?;
    // What no limit says, the system may still refuse.
    let bytes = usize::try_from(host_bytes).unwrap_or(usize::MAX);
    let tried = Vec::<u8>::new().try_reserve_exact(bytes);
    tried.map_err(|_| no_memory(host_bytes, 0, "the system gives no more"))
}

fn refuse_memory(host_bytes: u64, left: MemoryLeft) -> Result<(), Error> {
    let (beside, what) = match left.bound {
        MemoryBound::AddressSpace => (
            ADDRESSES_BESIDE,
            "beside the program the limit of address space (ulimit -v) leaves",
        ),
        MemoryBound::ControlGroup => (0, "the container or job (cgroup) leaves"),
        MemoryBound::Machine => (0, "the machine has"),
    };
    let usable = left.bytes.saturating_sub(beside);
    if host_bytes <= usable {
        return Ok(());
    }
    Err(no_memory(host_bytes, usable, what))
}

fn no_memory(needed_bytes: u64, left_bytes: u64, what: &'static str) -> Error {
    Error::Memory {
        needed_bytes,
        left_bytes,
        what,
    }
}

/// Bytes of all maps before they are compressed.
pub(super) fn output_bytes(chain: &Chain, n_pixels: usize) -> u64 {
    let of_file = |kind: &FileKind| match kind {
        FileKind::Values => 4,
        FileKind::Classes(_) | FileKind::Labelled(_) => 1,
        FileKind::Flags(_) => 2,
    };
    let files = chain.files.iter();
    let a_pixel: u64 = files
        .map(|file| file.bands.len() as u64 * of_file(&file.kind))
        .sum();
    a_pixel * n_pixels as u64
}

/// The same with the store of Zarr, which has all values once more.
pub(super) fn disk_bytes(format: Format, chain: &Chain, n_pixels: usize) -> u64 {
    let times = if format.has_store() { 2 } else { 1 };
    times * output_bytes(chain, n_pixels)
}

/// Refuses a disk that cannot hold the outputs however well they are compressed, and gives a warning where it may be too
/// small.
///
/// # Arguments
///
/// * `bytes` - those of the outputs before they are compressed.
pub(super) fn check_disk(bytes: u64, out: &Path) -> Result<Option<String>, SinkError> {
    let Some(left) = disk_left(out) else {
        return Ok(None);
    };
    judge_disk(bytes, left, out)
}

fn judge_disk(bytes: u64, left: u64, out: &Path) -> Result<Option<String>, SinkError> {
    if left >= bytes {
        return Ok(None);
    }
    let gigabytes = |bytes: u64| {
        let tenths = bytes / 100_000_000;
        format!("{}.{} GB", tenths / 10, tenths % 10)
    };
    let figures = format!(
        "the maps have {} before they are compressed, and the disk has {} free",
        gigabytes(bytes),
        gigabytes(left)
    );
    if left < bytes / LEAST_COMPRESSED {
        return Err(SinkError::Folder {
            dir: out.to_owned(),
            reason: format!(
                "{figures}, which cannot be enough; ask for fewer layers (output.layers) or a coarser grid"
            ),
        });
    }
    Ok(Some(format!(
        "{}: {figures}: it may become full, and then the run ends and leaves nothing",
        out.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_refused_only_where_nothing_would_help() {
        let judged = |bytes, left| judge_disk(bytes, left, Path::new("out"));
        assert!(judged(1000, 1000).is_ok_and(|warning| warning.is_none()));
        let warning = judged(40_000_000_000, 1_500_000_000).expect("possible");
        assert!(warning.is_some_and(|text| text.contains("40.0 GB") && text.contains("1.5 GB")));
        let refused = judged(40_000_000_000, 100_000_000).expect_err("impossible");
        assert!(refused.to_string().contains("0.1 GB free"), "{refused}");
    }

    #[test]
    fn a_plan_past_a_limit_is_refused_with_the_limit() {
        let left = |bound| MemoryLeft {
            bytes: 400 << 20,
            bound,
        };
        assert!(refuse_memory(300 << 20, left(MemoryBound::Machine)).is_ok());
        let refused = refuse_memory(350 << 20, left(MemoryBound::AddressSpace));
        let error = refused.expect_err("too little beside the program");
        assert_eq!(error.exit_code(), 5);
        let text = error.to_string();
        assert!(
            text.contains("336 MiB") && text.contains("ulimit -v"),
            "{text}"
        );
        assert!(refuse_memory(500 << 20, left(MemoryBound::ControlGroup)).is_err());
    }
}
