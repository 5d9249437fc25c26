//! Who may use whom: reads the paths in `src` and fails where a module reaches one that stands
//! above or beside it. docs/ARCHITECTURE.md says why.
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each module of `src`, and the modules that it may use. All of these stand above it in this list,
/// so that nothing flows back.
const MAY_USE: &[(&str, &[&str])] = &[
    // Plain data.
    ("calendar", &[]),
    ("grid", &[]),
    ("units", &["calendar"]),
    ("products", &["calendar"]),
    ("tile", &["calendar", "grid"]),
    // What is computed: no file, no device, no argument.
    ("kernels", &["calendar", "tile"]),
    ("chain", &["calendar", "kernels", "tile"]),
    ("tables", &["calendar", "chain", "grid", "kernels", "tile"]),
    ("tiling", &["grid", "tables"]),
    ("pipeline", &["grid", "tile"]),
    // What the user wrote.
    ("study", &["calendar", "chain", "products", "tile", "units"]),
    // The four that meet in `run` alone.
    ("open_files", &[]),
    ("gdal_calls", &["open_files"]),
    ("engines", &["calendar", "chain", "grid", "kernels", "tile"]),
    (
        "sources",
        &[
            "calendar",
            "gdal_calls",
            "grid",
            "open_files",
            "products",
            "tile",
        ],
    ),
    ("sinks", &["gdal_calls", "grid", "open_files"]),
    ("synth", &["calendar", "gdal_calls", "grid", "tile"]),
    // Above them.
    (
        "calibrate",
        &["calendar", "chain", "engines", "grid", "kernels", "tile"],
    ),
    (
        "error",
        &[
            "calibrate",
            "chain",
            "engines",
            "kernels",
            "sinks",
            "sources",
            "study",
            "tiling",
            "units",
        ],
    ),
    (
        "run",
        &[
            "calendar",
            "calibrate",
            "chain",
            "engines",
            "error",
            "grid",
            "kernels",
            "pipeline",
            "products",
            "sinks",
            "sources",
            "study",
            "tables",
            "tile",
            "tiling",
            "units",
        ],
    ),
    (
        "validate",
        &[
            "calendar", "chain", "engines", "error", "grid", "kernels", "run", "sources", "study",
            "synth", "tile",
        ],
    ),
];

/// These may use everything.
const TOP: [&str; 3] = ["cli", "main", "lib"];

/// Crates that only some places know, by the beginning of their path under `src`.
const CRATES: &[(&[&str], &[&str])] = &[
    (&["wgpu", "pollster"], &["engines/gpu/"]),
    (
        &["gdal", "gdal_sys"],
        &[
            "sources/",
            "sinks/",
            "synth/files.rs",
            "gdal_calls.rs",
            "run/record.rs",
        ],
    ),
    (
        &[
            "clap",
            "clap_complete",
            "indicatif",
            "anstyle",
            "ctrlc",
            "tracing_subscriber",
        ],
        &["cli/", "cli.rs", "main.rs"],
    ),
];

/// The files with unsafe code: calls into GDAL, compiled pipelines handed back to a driver, and vector
/// instructions.
const UNSAFE: [&str; 5] = [
    "gdal_calls.rs",
    "engines/gpu/pipeline_cache.rs",
    "kernels/lanes_avx2.rs",
    "kernels/lanes_avx512.rs",
    "kernels/lanes_x86.rs",
];

/// A file of `src` by its path, without comments.
struct Source {
    path: String,
    code: String,
}

impl Source {
    /// The module under `src` that it belongs to.
    fn module(&self) -> &str {
        self.path
            .split('/')
            .next()
            .unwrap_or("")
            .trim_end_matches(".rs")
    }
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("readable folder") {
        let path = entry.expect("readable entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    files
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).expect("readable source");
            let code = text
                .lines()
                .map(|line| line.split("//").next().unwrap_or(""))
                .collect::<Vec<_>>()
                .join("\n");
            let path = file
                .strip_prefix(&src)
                .expect("under src")
                .to_string_lossy()
                .replace('\\', "/");
            Source { path, code }
        })
        .collect()
}

/// The words that follow `prefix` in `code`, one for each name in braces: `a::{b::c, d}` gives b and d.
fn names_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let word = |text: &str| {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    for (at, _) in code.match_indices(prefix) {
        let is_longer_word =
            code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$');
        if is_longer_word {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            names.insert(word(rest));
            continue;
        };
        let mut depth = 1;
        let mut item = String::new();
        for c in group.chars() {
            depth += i32::from(c == '{') - i32::from(c == '}');
            if depth == 0 || (depth == 1 && c == ',') {
                names.insert(word(item.trim_start()));
                item.clear();
            } else {
                item.push(c);
            }
            if depth == 0 {
                break;
            }
        }
    }
    names.remove("");
    names
}

#[test]
fn the_list_of_layers_has_no_way_back() {
    for (place, (module, uses)) in MAY_USE.iter().enumerate() {
        for used in *uses {
            let above = MAY_USE[..place].iter().any(|(name, _)| name == used);
            assert!(
                above,
                "{module} may use {used}, which does not stand above it in the list"
            );
        }
    }
}

#[test]
fn a_module_uses_only_what_stands_below_it() {
    let sources = sources();
    assert!(
        sources.len() > 50,
        "only {} sources were found",
        sources.len()
    );
    let mut wrong = Vec::new();
    for source in &sources {
        let module = source.module();
        if TOP.contains(&module) {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!(
                "src/{}: {module} is new; say in tests/layers.rs what it may use",
                source.path
            ));
            continue;
        };
        for used in names_after(&source.code, "crate::") {
            // Macros are at the root, whichever module declares them.
            let is_itself = used == module || ["gpu_params", "ports"].contains(&used.as_str());
            if !is_itself && !allowed.contains(&used.as_str()) {
                wrong.push(format!("src/{}: {module} must not use {used}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_crate_for_files_devices_or_arguments_stays_in_its_place() {
    let mut wrong = Vec::new();
    for source in &sources() {
        for (crates, places) in CRATES {
            let is_its_place = places.iter().any(|place| source.path.starts_with(place));
            for name in crates.iter().filter(|_| !is_its_place) {
                if !names_after(&source.code, &format!("{name}::")).is_empty() {
                    wrong.push(format!(
                        "src/{} must not use {name}; it belongs to {}",
                        source.path,
                        places.join(", ")
                    ));
                }
            }
        }
        let has_unsafe = source.code.contains("unsafe {") || source.code.contains("unsafe extern");
        if has_unsafe && !UNSAFE.contains(&source.path.as_str()) {
            wrong.push(format!(
                "src/{} has unsafe code; it belongs to {}",
                source.path,
                UNSAFE.join(" or ")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_read_from_paths_and_groups() {
    let names = names_after(
        "use crate::{a::b, c::{d, e},\n f}; let x = crate::g::h(); my_crate::i",
        "crate::",
    );
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["a", "c", "f", "g"]);
}
