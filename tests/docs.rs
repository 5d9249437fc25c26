//! What the documentation names exists: tolerances, paths, modules, links, headings, and the list
//! of files with unsafe code.
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use doline::kernels::registry::{self, Example};
use doline::kernels::tolerance::Tolerance;

#[path = "support/documents.rs"]
mod documents;

use documents::{
    Document, Reference, anchor_of, comments, files, heading, in_backticks, links, manuals,
    module_names, not, read, references, resolve, root, spelt_out,
};

const ACCURACY: &str = include_str!("../docs/ACCURACY.md");
const LAYERS: &str = include_str!("layers.rs");

/// The rows of the table of tolerances that belong to `kernel`: its own, and those below without a
/// name.
fn rows_of(kernel: &str) -> String {
    let rows = ACCURACY
        .lines()
        .skip_while(|line| !line.starts_with(&format!("| `{kernel}` |")));
    let mut rows = rows.take_while(|line| line.starts_with('|'));
    let first = rows.next().unwrap_or_default().to_owned();
    rows.take_while(|line| line.starts_with("| |"))
        .fold(first, |all, row| all + "\n" + row)
}

#[test]
fn the_table_of_tolerances_is_that_of_the_kernels() {
    for kernel in registry::all(Example::default()) {
        let spec = kernel.spec();
        // A bar would end the cell.
        let rows = rows_of(spec.name).replace("&#124;", "|");
        assert!(
            rows.contains(spec.tolerance),
            "{}: docs/ACCURACY.md lacks {:?}",
            spec.name,
            spec.tolerance
        );
        for port in kernel.outputs() {
            let Tolerance::Relative { relative, absolute } = port.tolerance else {
                continue;
            };
            let number = if relative > 0.0 {
                format!("| {relative:e} |")
            } else {
                format!("| {absolute:e} absolute |")
            };
            assert!(
                rows.contains(&number),
                "{} {}: docs/ACCURACY.md lacks {number:?}",
                spec.name,
                port.name
            );
        }
    }
}

/// Whether the repository has a file or folder of this name, which may be a pattern.
fn exists(path: &str) -> bool {
    let pattern = root().join(path);
    glob::glob(&pattern.to_string_lossy()).is_ok_and(|mut paths| paths.next().is_some())
}

/// What is wrong with a reference: its path, or its heading.
fn fault_of(reference: &Reference) -> Option<String> {
    let path = &reference.path;
    if let Some(missing) = spelt_out(path).into_iter().find(|path| !exists(path)) {
        return Some(format!("{missing} does not exist"));
    }
    let anchor = reference.anchor.as_ref()?;
    let page = Document {
        path: path.clone(),
        text: read(path),
    };
    (!page.anchors().contains(anchor)).then(|| format!("{path} has no heading #{anchor}"))
}

#[test]
fn every_path_and_heading_that_is_named_exists() {
    let mut wrong = Vec::new();
    let mut n_headings = 0;
    for document in manuals().into_iter().chain(comments()) {
        for reference in references(&document.text) {
            n_headings += usize::from(reference.anchor.is_some());
            wrong.extend(fault_of(&reference).map(|fault| format!("{}: {fault}", document.path)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(n_headings > 40, "only {n_headings} headings are named");
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    for document in manuals() {
        for target in document.prose().flat_map(links) {
            let fault = fault_of(&resolve(&document.path, target));
            wrong.extend(fault.map(|fault| format!("{}: {target}: {fault}", document.path)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_is_in_the_summary_of_the_manual() {
    let summary = read("docs/SUMMARY.md");
    let pages = files("docs", ".md");
    assert!(pages.len() > 30, "only {} pages", pages.len());
    for page in pages.iter().filter(|page| *page != "docs/SUMMARY.md") {
        let name = page.trim_start_matches("docs/");
        assert!(summary.contains(&format!("]({name})")), "{page} is missing");
    }
}

/// A first look takes one screen or two; the rest is in the guide.
#[test]
fn the_readme_is_short() {
    let readme = read("README.md");
    let (lines, words) = (readme.lines().count(), readme.split_whitespace().count());
    assert!(
        lines <= 160 && words <= 1400,
        "{lines} lines, {words} words"
    );
}

#[test]
fn every_page_of_the_science_is_in_its_index() {
    let index = read("docs/science/README.md");
    let pages = files("docs/science", ".md");
    assert!(pages.len() > 5, "only {} pages", pages.len());
    for page in pages.iter().filter(|page| !page.ends_with("/README.md")) {
        let name = page.rsplit('/').next().unwrap_or_default();
        assert!(index.contains(&format!("]({name})")), "{page} is missing");
    }
}

/// Whether `code` has the word `name`.
fn has_word(code: &str, name: &str) -> bool {
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
    code.split(not(is_of_word)).any(|word| word == name)
}

/// Whether names such as `run::plan` or `sources/steps.rs` lead to a module, or to an item of one;
/// `None` where the first is no module of `src`.
fn is_in_src(names: &[&str]) -> Option<bool> {
    let file_of = |module: &Path| {
        let candidates = [module.with_extension("rs"), module.join("mod.rs")];
        candidates.into_iter().find(|file| file.is_file())
    };
    let src = root().join("src");
    let (first, rest) = names.split_first()?;
    let mut module = src.join(first);
    let mut file = file_of(&module)?;
    for name in rest {
        let below = module.join(name);
        if let Some(found) = file_of(&below) {
            (module, file) = (below, found);
        } else {
            let code = fs::read_to_string(&file).expect("readable source");
            return Some(below.is_dir() || has_word(&code, name));
        }
    }
    Some(true)
}

#[test]
fn every_module_that_the_manuals_name_exists() {
    let mut wrong = Vec::new();
    let mut n_modules = 0;
    for document in manuals() {
        for text in document.prose().flat_map(in_backticks) {
            let Some(is_there) = module_names(text).and_then(|names| is_in_src(&names)) else {
                continue;
            };
            n_modules += 1;
            if !is_there {
                wrong.push(format!("{}: src has no {text}", document.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(n_modules > 3, "only {n_modules} modules are named");
}

/// The entries of `UNSAFE` in tests/layers.rs, as paths of the repository.
fn files_with_unsafe_code() -> BTreeSet<String> {
    let list = LAYERS.split("const UNSAFE").nth(1).expect("the list");
    let list = list.split("= [").nth(1).expect("its beginning");
    let list = list.split(']').next().expect("its end");
    let quoted = list.split('"').skip(1).step_by(2);
    quoted.map(|path| format!("src/{path}")).collect()
}

#[test]
fn the_files_with_unsafe_code_are_those_that_the_manuals_list() {
    let expected = files_with_unsafe_code();
    assert!(!expected.is_empty(), "tests/layers.rs lists no file");
    let mut n_lists = 0;
    for document in manuals() {
        // Paragraphs, and the items of lists.
        let prose = document.prose().collect::<Vec<_>>().join("\n");
        let prose = prose.replace("\n- ", "\n\n- ");
        for paragraph in prose.split("\n\n").filter(|text| text.contains("`unsafe`")) {
            let named = references(paragraph).into_iter().map(|named| named.path);
            let named: BTreeSet<String> = named.collect();
            assert_eq!(named, expected, "{}: {paragraph}", document.path);
            n_lists += 1;
        }
    }
    assert!(n_lists > 0, "no manual says where unsafe code is");
}

#[test]
fn paths_headings_and_modules_are_read_as_written() {
    let text = "see `src/run/{plan,record}.rs`, (docs/a.md#b-c). not xsrc/a or ../docs/b";
    let found = references(text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(
        spelt_out(&found[0].path),
        ["src/run/plan.rs", "src/run/record.rs"]
    );
    let anchor = Some("b-c".to_owned());
    assert_eq!(
        found[1],
        Reference {
            path: "docs/a.md".to_owned(),
            anchor
        }
    );
    assert_eq!(
        spelt_out("tests/golden/x_{year}.json"),
        ["tests/golden/x_*.json"]
    );

    assert_eq!(
        heading("## TP&C, by `year`").map(anchor_of).as_deref(),
        Some("tpc-by-year")
    );
    assert_eq!(heading("#no heading"), None);
    let resolved = resolve("docs/science/a.md", "../ACCURACY.md#tolerances");
    assert_eq!(resolved.path, "docs/ACCURACY.md");

    assert_eq!(
        module_names("sources/steps.rs"),
        Some(vec!["sources", "steps"])
    );
    assert_eq!(module_names("tables/series.csv"), None);
    assert_eq!(is_in_src(&["no_module", "plan"]), None);
    assert_eq!(
        is_in_src(&["kernels", "no_such_item_anywhere"]),
        Some(false)
    );
}
