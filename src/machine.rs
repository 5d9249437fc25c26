//! What the machine and the limits of the process leave to a run: memory, and space on disks.

use std::fs;
use std::path::Path;

/// What bounds the memory of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemoryBound {
    /// Address space of the process (`ulimit -v`).
    AddressSpace,
    /// The memory of the container or the job (cgroup).
    ControlGroup,
    /// Memory and swap of the machine.
    Machine,
}

/// Memory that the process may still take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemoryLeft {
    /// Bytes.
    pub(crate) bytes: u64,
    /// What bounds them.
    pub(crate) bound: MemoryBound,
}

/// The least of what the bounds leave; `None` where the system reports none of them.
#[must_use]
pub(crate) fn memory_left() -> Option<MemoryLeft> {
    let bounds = [
        (address_space_left(), MemoryBound::AddressSpace),
        (control_group_left(), MemoryBound::ControlGroup),
        (machine_bytes(), MemoryBound::Machine),
    ];
    let left = bounds.into_iter().filter_map(|(bytes, bound)| {
        let bytes = bytes?;
        Some(MemoryLeft { bytes, bound })
    });
    left.min_by_key(|left| left.bytes)
}

/// Bytes that may be written to the disk of `path`, or of the nearest folder above it that is there.
#[cfg(unix)]
#[must_use]
pub(crate) fn disk_left(path: &Path) -> Option<u64> {
    let folders = path.ancestors().map(|folder| {
        if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        }
    });
    let mut there = folders.filter(|folder| folder.exists());
    let found = rustix::fs::statvfs(there.next()?).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Not known here.
#[cfg(not(unix))]
#[must_use]
pub(crate) fn disk_left(_path: &Path) -> Option<u64> {
    None
}

#[cfg(target_os = "linux")]
fn address_space_left() -> Option<u64> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::As).current?;
    let taken = kib_of(&fs::read_to_string("/proc/self/status").ok()?, "VmSize:").unwrap_or(0);
    Some(limit.saturating_sub(taken * 1024))
}

#[cfg(not(target_os = "linux"))]
fn address_space_left() -> Option<u64> {
    None
}

fn machine_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let swap = kib_of(&text, "SwapTotal:").unwrap_or(0);
    Some((kib_of(&text, "MemTotal:")? + swap) * 1024)
}

/// What the groups of the process leave, the innermost and those around it. Files that the system keeps in memory make
/// room.
fn control_group_left() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let of_version_2 = groups.lines().find_map(|line| line.strip_prefix("0::"));
    let of_version_1 = groups.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let is_memory = parts.next()?.split(',').any(|name| name == "memory");
        parts.next().filter(|_| is_memory)
    });
    let second = of_version_2.and_then(|group| {
        let names = ["memory.max", "memory.current", "file"];
        left_in_groups(Path::new("/sys/fs/cgroup"), group, names)
    });
    let first = of_version_1.and_then(|group| {
        let names = [
            "memory.limit_in_bytes",
            "memory.usage_in_bytes",
            "total_cache",
        ];
        left_in_groups(Path::new("/sys/fs/cgroup/memory"), group, names)
    });
    second.into_iter().chain(first).min()
}

/// The least that the groups from `root/group` up to `root` leave.
///
/// # Arguments
///
/// * `limit`, `taken` - names of the files with the limit and with what is taken, in bytes.
/// * `files` - what `memory.stat` calls files that are kept in memory.
fn left_in_groups(root: &Path, group: &str, [limit, taken, files]: [&str; 3]) -> Option<u64> {
    let number = |path: &Path| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let left = |folder: &Path| {
        // A group without a limit has `max`, or more than any machine has.
        let limit = number(&folder.join(limit)).filter(|limit| *limit < 1 << 60)?;
        let stat = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
        let mut lines = stat.lines().filter_map(|line| line.split_once(' '));
        let kept = lines.find(|(name, _)| *name == files);
        let kept = kept.and_then(|(_, bytes)| bytes.parse().ok()).unwrap_or(0);
        let taken = number(&folder.join(taken)).unwrap_or(0);
        Some(limit.saturating_sub(taken.saturating_sub(kept)))
    };
    let innermost = root.join(group.trim_start_matches('/'));
    let folders = innermost.ancestors().take_while(|at| at.starts_with(root));
    folders.filter_map(left).min()
}

/// The number of KiB in a line of `/proc`.
fn kib_of(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_of_all_groups_counts() {
        let dir = tempfile::tempdir().expect("a folder");
        let put = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        };
        let names = ["memory.max", "memory.current", "file"];
        let left = |group| left_in_groups(dir.path(), group, names);
        assert_eq!(left("/a/b"), None);
        put("memory.max", "max\n");
        put("a/memory.max", "1000\n");
        put("a/memory.current", "700\n");
        put("a/memory.stat", "anon 400\nfile 300\n");
        assert_eq!(left("/a/b"), Some(600));
        put("a/b/memory.max", "500\n");
        put("a/b/memory.current", "200\n");
        assert_eq!(left("/a/b"), Some(300));
        assert_eq!(left("/"), None);
    }

    #[test]
    fn disks_and_machines_have_some_room() {
        let dir = tempfile::tempdir().expect("a folder");
        let below = dir.path().join("not/there");
        if cfg!(unix) {
            assert!(disk_left(&below).is_some_and(|bytes| bytes > 0));
            assert!(memory_left().is_some_and(|left| left.bytes > 0));
        }
    }
}
