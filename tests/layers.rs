//! Who may use whom: reads the paths in `src` and fails where a module reaches one that stands
//! above or beside it. docs/ARCHITECTURE.md says why.
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each module of `src`, and the modules that it may use. All of these stand above it in this list,
/// so that nothing flows back.
const MAY_USE: &[(&str, &[&str])] = &[
    // Plain data.
    ("calendar", &[]),
    ("words", &[]),
    ("servers", &[]),
    ("grid", &["words"]),
    // A study states these, and engines and sinks act by them, which know nothing of studies.
    ("device", &[]),
    ("formats", &["words"]),
    ("palette", &[]),
    ("units", &["calendar"]),
    ("products", &["calendar"]),
    ("tile", &["calendar", "grid"]),
    // What is computed: no file, no device, no argument.
    ("kernels", &["calendar", "tile", "words"]),
    ("chain", &["calendar", "formats", "kernels", "tile"]),
    ("tables", &["calendar", "chain", "grid", "kernels", "tile"]),
    ("stages", &["calendar", "kernels", "tables", "words"]),
    ("geodetector", &["kernels", "tables", "words"]),
    (
        "sites",
        &["calendar", "grid", "kernels", "tables", "units", "words"],
    ),
    ("effects", &["calendar", "kernels", "tables"]),
    ("tiling", &["grid", "tables"]),
    ("pipeline", &["grid", "tile"]),
    // What the user wrote.
    (
        "study",
        &[
            "calendar", "chain", "device", "formats", "grid", "kernels", "products", "servers",
            "sites", "stages", "tile", "units", "words",
        ],
    ),
    // The four that meet in `run` alone.
    ("open_files", &[]),
    ("gdal_calls", &["open_files"]),
    // What the system gives.
    ("machine", &[]),
    ("styles", &["calendar", "formats", "grid", "palette"]),
    (
        "engines",
        &["calendar", "chain", "device", "grid", "kernels", "tile"],
    ),
    (
        "sources",
        &[
            "calendar",
            "gdal_calls",
            "grid",
            "open_files",
            "products",
            "servers",
            "tile",
        ],
    ),
    ("zones", &["gdal_calls", "grid", "sources"]),
    (
        "sinks",
        &[
            "calendar",
            "formats",
            "gdal_calls",
            "grid",
            "open_files",
            "palette",
        ],
    ),
    ("synth", &["calendar", "gdal_calls", "grid", "tile"]),
    ("draft", &["products", "servers", "sources"]),
    // Above them.
    (
        "arrays",
        &[
            "calendar", "chain", "device", "engines", "formats", "grid", "kernels", "tile",
        ],
    ),
    ("comparison", &["chain", "engines", "kernels", "tile"]),
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
            "sites",
            "sources",
            "study",
            "tiling",
            "units",
            "zones",
        ],
    ),
    (
        "run",
        &[
            "calendar",
            "calibrate",
            "chain",
            "comparison",
            "effects",
            "engines",
            "error",
            "geodetector",
            "formats",
            "grid",
            "kernels",
            "machine",
            "palette",
            "pipeline",
            "products",
            "servers",
            "sinks",
            "sites",
            "sources",
            "stages",
            "study",
            "styles",
            "tables",
            "tile",
            "tiling",
            "units",
            "zones",
        ],
    ),
    (
        "report",
        &[
            "engines", "error", "grid", "kernels", "palette", "sinks", "sites", "sources",
        ],
    ),
    (
        "validate",
        &[
            "calendar",
            "chain",
            "comparison",
            "engines",
            "error",
            "grid",
            "kernels",
            "run",
            "sources",
            "study",
            "synth",
            "tile",
        ],
    ),
    (
        "bench",
        &[
            "calendar", "chain", "engines", "error", "grid", "kernels", "run", "study", "synth",
            "tile",
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
            "synth/files/",
            "zones/",
            "gdal_calls.rs",
            "gdal_calls/",
            "run/record/run.rs",
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
const UNSAFE: [&str; 8] = [
    "cli/quiet_drivers.rs",
    "gdal_calls.rs",
    "gdal_calls/vsi.rs",
    "gdal_calls/vsi_file.rs",
    "engines/gpu/pipeline_cache.rs",
    "kernels/lanes/avx2.rs",
    "kernels/lanes/avx512.rs",
    "kernels/lanes/x86.rs",
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

    /// Its path as that of a module: `a/b.rs` and `a/b/mod.rs` are `a::b`.
    fn module_path(&self) -> Vec<String> {
        let path = self.path.trim_end_matches(".rs").trim_end_matches("/mod");
        path.split('/').map(str::to_owned).collect()
    }

    /// Whether it is the face of a folder.
    fn is_face(&self) -> bool {
        self.path.ends_with("mod.rs")
    }

    /// The paths that its code names below `crate`, those that start with `self`, `super` or a module that it
    /// declares included. Unit tests may use what they like.
    fn paths(&self) -> BTreeSet<Vec<String>> {
        let code = self
            .code
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or("");
        let own = self.module_path();
        let mut paths = paths_after(code, "crate::", &[]);
        paths.extend(paths_after(code, "self::", &own));
        let mut above = own.clone();
        for path in paths_after(code, "super::", &[]) {
            let n = path.iter().take_while(|word| *word == "super").count();
            above.truncate(own.len().saturating_sub(n + 1));
            paths.insert([&above, &path[n..]].concat());
            above.clone_from(&own);
        }
        for line in code.lines().filter(|line| line.ends_with(';')) {
            let Some((_, name)) = line.trim_end_matches(';').split_once("mod ") else {
                continue;
            };
            let child = [own.clone(), vec![name.to_owned()]].concat();
            paths.extend(paths_after(code, &format!("{name}::"), &child));
        }
        paths
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

/// The paths that follow `prefix` in `code`, each behind `before`: `a::{b::c, d}` gives `a::b::c` and `a::d`.
fn paths_after(code: &str, prefix: &str, before: &[String]) -> BTreeSet<Vec<String>> {
    let mut paths = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let is_longer_word =
            code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$');
        // `pub(in crate::a)` uses nothing.
        let is_visibility = code[..at].ends_with("(in ");
        if !is_longer_word && !is_visibility {
            read_path(&code[at + prefix.len()..], before.to_vec(), &mut paths);
        }
    }
    paths
}

/// Reads one path, or all of a group in braces, and gives the text behind it.
fn read_path<'a>(
    text: &'a str,
    mut path: Vec<String>,
    paths: &mut BTreeSet<Vec<String>>,
) -> &'a str {
    let mut rest = text.trim_start();
    loop {
        if let Some(group) = rest.strip_prefix('{') {
            rest = group;
            while !rest.trim_start().starts_with('}') && !rest.is_empty() {
                rest = read_path(rest, path.clone(), paths);
                // Past `as another_name` to the next item.
                rest = &rest[rest.find([',', '}']).unwrap_or(rest.len())..];
                rest = rest.strip_prefix(',').unwrap_or(rest);
            }
            return rest.trim_start().strip_prefix('}').unwrap_or("");
        }
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        path.push(rest[..end].to_owned());
        rest = &rest[end..];
        let Some(next) = rest.strip_prefix("::") else {
            paths.insert(path);
            return rest;
        };
        rest = next;
    }
}

/// The files of one module, and where a path leads.
struct Files<'a> {
    by_path: BTreeMap<Vec<String>, &'a Source>,
}

impl<'a> Files<'a> {
    fn new(sources: &[&'a Source]) -> Self {
        let by_path = sources
            .iter()
            .map(|source| (source.module_path(), *source))
            .collect();
        Self { by_path }
    }

    /// The file that defines what a path names: a face (`mod.rs`) hands out what the files below it define.
    fn defining(&self, path: &[String]) -> Option<&'a Source> {
        let n = (1..=path.len())
            .rev()
            .find(|&n| self.by_path.contains_key(&path[..n]))?;
        let found = self.by_path[&path[..n]];
        if !found.is_face() {
            return Some(found);
        }
        let name = path.get(n)?;
        let below = paths_after(&found.code, "use ", &path[..n]);
        let from = below
            .into_iter()
            .find(|from| from.len() > n + 1 && from.last() == Some(name))?;
        self.defining(&from)
    }
}

/// The files of one module that are in circles or between them. Faces only declare, and are in none.
fn files_in_circles(sources: &[&Source]) -> Vec<String> {
    let files = Files::new(sources);
    let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.is_face()) {
        let used = source
            .paths()
            .iter()
            .filter_map(|path| files.defining(path))
            .map(|used| used.path.as_str())
            .filter(|used| *used != source.path)
            .collect();
        uses.insert(&source.path, used);
    }
    // A file that uses none of the others, or that none of them uses, is in no circle.
    loop {
        let used: BTreeSet<&str> = uses.values().flatten().copied().collect();
        let n = uses.len();
        uses.retain(|file, uses| !uses.is_empty() && used.contains(file));
        let left: BTreeSet<&str> = uses.keys().copied().collect();
        for uses in uses.values_mut() {
            uses.retain(|file| left.contains(file));
        }
        if uses.len() == n {
            return uses.into_keys().map(str::to_owned).collect();
        }
    }
}

#[test]
fn files_of_a_module_use_one_another_one_way() {
    let sources = sources();
    let modules: BTreeSet<&str> = sources.iter().map(Source::module).collect();
    let mut wrong = Vec::new();
    for module in modules {
        let all: Vec<&Source> = sources
            .iter()
            .filter(|source| source.module() == module)
            .collect();
        let circles = files_in_circles(&all);
        if !circles.is_empty() {
            let files = circles.join(", ");
            wrong.push(format!(
                "files of {module} use one another in a circle: {files}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_face_declares_and_re_exports() {
    const ITEMS: [&str; 7] = [
        "fn ", "struct ", "enum ", "trait ", "impl", "const ", "static ",
    ];
    let mut wrong = Vec::new();
    for source in sources() {
        if !source.is_face() {
            continue;
        }
        let lines = source.code.lines().filter(|line| !line.trim().is_empty());
        let item = lines.clone().find(|line| {
            let line = line
                .trim_start_matches("pub(crate) ")
                .trim_start_matches("pub ");
            ITEMS.iter().any(|item| line.starts_with(item))
        });
        if let Some(item) = item {
            wrong.push(format!("src/{} defines something: {item}", source.path));
        }
        if lines.clone().count() >= 60 {
            wrong.push(format!("src/{} has 60 lines of code or more", source.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_circle_of_files_is_found() {
    let source = |path: &str, code: &str| Source {
        path: path.to_owned(),
        code: code.to_owned(),
    };
    let face = source("a/mod.rs", "mod b;\nmod c;\npub use c::{Thing, Other};");
    let b = source(
        "a/b.rs",
        "use crate::a::c::{self as name, Thing};\nuse crate::d::{e, f};",
    );
    let one_way = source(
        "a/c.rs",
        "use crate::d::b;\n#[cfg(test)]\nmod tests {\nuse super::*;",
    );
    assert_eq!(files_in_circles(&[&face, &b, &one_way]), [] as [&str; 0]);
    let back = source("a/c.rs", "fn f() { super::b::g() }");
    assert_eq!(files_in_circles(&[&face, &b, &back]), ["a/b.rs", "a/c.rs"]);
    let by_the_face = source("a/d.rs", "use crate::a::Thing;");
    let of_that = source("a/c.rs", "use crate::{a::{d::f}, e};");
    assert_eq!(
        files_in_circles(&[&face, &by_the_face, &of_that]),
        ["a/c.rs", "a/d.rs"]
    );
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
