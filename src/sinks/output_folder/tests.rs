//! Output folders of runs that are interrupted, and of two runs at a time.

use super::naming::publish_file;
use super::*;

/// The names of all files in a folder, hidden ones too.
fn listing(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(&inner).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("inside");
                names.push(name.to_string_lossy().into_owned());
            }
        }
    }
    names.sort();
    names
}

/// A folder with two texts, about to be renamed.
fn with_texts(dir: &Path) -> (OutputFolder, Vec<String>) {
    let mut folder = OutputFolder::claim(dir).expect("claimed");
    folder.start_anew(b"who").expect("anew");
    for name in ["tables/a.csv", "run.json"] {
        folder.write_text(name, "new").expect("written");
    }
    folder.stays = true;
    (
        folder,
        vec!["tables/a.csv".to_owned(), "run.json".to_owned()],
    )
}

/// As `with_texts`, interrupted after the first of the names was given.
fn interrupted(dir: &Path) {
    let (folder, names) = with_texts(dir);
    folder.note_names(&names).expect("noted");
    let first = publish_file(
        &folder.unfinished_path(&names[0]),
        &folder.final_path(&names[0]),
    );
    first.expect("named");
}

#[test]
fn a_second_run_is_refused_and_the_first_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let (first, _) = with_texts(dir.path());
    let refused = OutputFolder::claim(dir.path()).expect_err("in use");
    let text = refused.to_string();
    let process = format!("process {}", std::process::id());
    assert!(matches!(refused, SinkError::InUse { .. }), "{text}");
    assert!(text.contains(&process) && text.contains("--out"), "{text}");
    first.publish(Vec::new(), None).expect("published");
    assert_eq!(listing(dir.path()), ["run.json", "tables/a.csv"]);
    let next = OutputFolder::claim(dir.path()).expect("free again");
    assert!(!next.has_leftovers());
}

#[test]
fn names_that_were_given_are_taken_back_by_a_run_that_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("run.json"), "old").expect("an earlier result");
    interrupted(dir.path());
    let mut folder = OutputFolder::claim(dir.path()).expect("claimed");
    assert!(folder.has_leftovers());
    folder.take_up().expect("taken up");
    assert!(!dir.path().join("tables/a.csv").exists());
    let read = |path: PathBuf| fs::read_to_string(path).expect("a text");
    assert_eq!(read(folder.unfinished_path("tables/a.csv")), "new");
    assert_eq!(read(folder.unfinished_path("run.json")), "new");
    assert_eq!(read(dir.path().join("run.json")), "old");
    // Once more, as if it was interrupted before anything else.
    drop(folder);
    let mut folder = OutputFolder::claim(dir.path()).expect("claimed");
    folder.take_up().expect("taken up");
    assert_eq!(read(folder.unfinished_path("tables/a.csv")), "new");
}

#[test]
fn a_complete_run_gets_its_names_before_another_begins() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("run.json"), "old").expect("an earlier result");
    interrupted(dir.path());
    let mut folder = OutputFolder::claim(dir.path()).expect("claimed");
    folder.start_anew(b"who").expect("anew");
    let read = fs::read_to_string(dir.path().join("run.json"));
    assert_eq!(read.expect("a text"), "new");
    drop(folder);
    assert_eq!(listing(dir.path()), ["run.json", "tables/a.csv"]);
}

#[test]
fn names_in_a_damaged_list_lead_nowhere() {
    let dir = tempfile::tempdir().expect("a folder");
    interrupted(dir.path());
    let names = dir.path().join(HIDDEN).join(NAMES);
    for text in ["[\"../out\"]", "[\"/etc/passwd\"]", "[\"run.json\""] {
        fs::write(&names, text).expect("written");
        let mut folder = OutputFolder::claim(dir.path()).expect("claimed");
        let refused = folder.take_up().expect_err(text);
        assert!(matches!(refused, SinkError::Journal { .. }), "{refused}");
    }
}

#[test]
fn what_no_run_left_is_not_touched() {
    let dir = tempfile::tempdir().expect("a folder");
    let hidden = dir.path().join(HIDDEN);
    fs::create_dir(&hidden).expect("made");
    fs::write(hidden.join("thesis.txt"), "years").expect("written");
    let refused = OutputFolder::claim(dir.path()).expect_err("foreign");
    assert!(refused.to_string().contains("move it away"), "{refused}");
    assert_eq!(listing(dir.path()), [".doline-unfinished/thesis.txt"]);
}

#[test]
fn nothing_is_left_of_a_folder_that_was_made_for_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let inner = dir.path().join("a/b");
    let mut folder = OutputFolder::claim(&inner).expect("claimed");
    folder.start_anew(b"who").expect("anew");
    drop(folder);
    assert!(!dir.path().join("a").exists());
}
