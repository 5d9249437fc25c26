//! Texts of documentation, and what they name: paths, headings, links, modules.
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]
#![allow(unreachable_pub, reason = "a module of a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// A path that begins like this, in any text, is one of the repository.
const ROOTS: [&str; 8] = [
    "src/",
    "shaders/",
    "tests/",
    "docs/",
    "scripts/",
    "benches/",
    "fuzz/",
    "data-samples/",
];

/// A Markdown file, or the comments of a source file.
pub struct Document {
    /// Relative to the repository.
    pub path: String,
    pub text: String,
}

impl Document {
    /// Its lines outside of blocks of code.
    pub fn prose(&self) -> impl Iterator<Item = &str> {
        let mut is_code = false;
        self.text.lines().filter(move |line| {
            let is_fence = line.trim_start().starts_with("```");
            is_code ^= is_fence;
            !is_code && !is_fence
        })
    }

    /// The anchors of its headings, as GitHub makes them.
    pub fn anchors(&self) -> BTreeSet<String> {
        let mut anchors = BTreeSet::new();
        for title in self.prose().filter_map(heading) {
            let anchor = anchor_of(title);
            let repeated = (1..).map(|n| format!("{anchor}-{n}"));
            let free = std::iter::once(anchor.clone()).chain(repeated);
            anchors.extend(free.into_iter().find(|name| !anchors.contains(name)));
        }
        anchors
    }
}

/// The title of a line that is a heading.
pub fn heading(line: &str) -> Option<&str> {
    let title = line.trim_start_matches('#');
    let level = line.len() - title.len();
    (1..=6)
        .contains(&level)
        .then(|| title.strip_prefix(' '))
        .flatten()
}

pub fn anchor_of(title: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    title
        .trim()
        .to_lowercase()
        .chars()
        .filter(kept)
        .collect::<String>()
        .replace(' ', "-")
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Files under `folder` with this ending.
pub fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(folder)).expect("readable folder") {
        let entry = entry.expect("readable entry");
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            found.extend(files(&path, ending));
        } else if path.ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect(path)
}

/// README.md, CONTRIBUTING.md and all of docs.
pub fn manuals() -> Vec<Document> {
    let pages = ["README.md", "CONTRIBUTING.md"].map(str::to_owned);
    let pages = pages.into_iter().chain(files("docs", ".md"));
    pages
        .map(|path| Document {
            text: read(&path),
            path,
        })
        .collect()
}

/// The comments of sources, tests and shaders.
pub fn comments() -> Vec<Document> {
    let folders = [("src", ".rs"), ("tests", ".rs"), ("shaders", ".wgsl")];
    let paths = folders
        .into_iter()
        .flat_map(|(folder, ending)| files(folder, ending));
    let comments = |path: &str| {
        let text = read(path);
        let lines = text
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("//"));
        // A reference may go on in the next line, a name may not.
        lines.collect::<Vec<_>>().join("\n")
    };
    paths
        .map(|path| Document {
            text: comments(&path),
            path,
        })
        .collect()
}

/// A path that a text names, and the heading in it.
#[derive(Debug, PartialEq)]
pub struct Reference {
    pub path: String,
    pub anchor: Option<String>,
}

/// Every path of the repository that stands in `text`.
pub fn references(text: &str) -> Vec<Reference> {
    let mut found = Vec::new();
    for (at, _) in ROOTS.iter().flat_map(|root| text.match_indices(root)) {
        let goes_on =
            |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '}');
        if text[..at].ends_with(goes_on) {
            continue;
        }
        let mut in_braces = false;
        let is_of_path = |c: char| {
            in_braces = (in_braces || c == '{') && c != '}';
            c.is_ascii_alphanumeric()
                || "_-./{}*".contains(c)
                || (in_braces && matches!(c, ',' | ' '))
        };
        let rest = &text[at..];
        let path = &rest[..rest.find(not(is_of_path)).unwrap_or(rest.len())];
        let fragment = rest[path.len()..].strip_prefix('#');
        let anchor = fragment.map(|rest| {
            let is_of_anchor = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
            rest[..rest.find(not(is_of_anchor)).unwrap_or(rest.len())].to_owned()
        });
        let path = path.trim_end_matches(['.', '/']).to_owned();
        found.push(Reference { path, anchor });
    }
    found
}

pub fn not(mut is_it: impl FnMut(char) -> bool) -> impl FnMut(char) -> bool {
    move |c| !is_it(c)
}

/// `a/{b,c}.rs` as two paths; braces around a single word are a pattern, which any word fits.
pub fn spelt_out(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else {
        return vec![path.to_owned()];
    };
    let (inside, after) = rest.split_once('}').unwrap_or((rest, ""));
    let words: Vec<&str> = if inside.contains(',') {
        inside.split(',').map(str::trim).collect()
    } else {
        vec!["*"]
    };
    let paths = words
        .into_iter()
        .map(|word| format!("{before}{word}{after}"));
    paths.flat_map(|path| spelt_out(&path)).collect()
}

/// The targets of the links in a line.
pub fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
        .filter(|target| !target.contains("://"))
}

/// `target` as seen from the file `from`: a path of the repository and a heading.
pub fn resolve(from: &str, target: &str) -> Reference {
    let (path, anchor) = match target.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor.to_owned())),
        None => (target, None),
    };
    if path.is_empty() {
        let path = from.to_owned();
        return Reference { path, anchor };
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    Reference { path, anchor }
}

/// What stands between backticks in a line.
pub fn in_backticks(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The names of a path of modules: `run::plan`, `engines/gpu`, `sources/steps.rs`. Files of results
/// such as `tables/series.csv` are none.
pub fn module_names(text: &str) -> Option<Vec<&str>> {
    let is_name = |name: &&str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let text = text.strip_prefix("doline::").unwrap_or(text);
    let separator = if text.contains("::") { "::" } else { "/" };
    let names: Vec<&str> = text
        .strip_suffix(".rs")
        .unwrap_or(text)
        .split(separator)
        .collect();
    (names.len() > 1 && names.iter().all(is_name)).then_some(names)
}
