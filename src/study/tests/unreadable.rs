//! Files and arguments that are no study at all.

use super::support::{LEAST, message, read};
use crate::study::*;

#[test]
fn a_syntax_error_has_its_line_and_column() {
    let error = read("[study]\nname = \"é\" x\n", &[]).unwrap_err();
    assert!(
        matches!(
            error,
            StudyError::Syntax {
                line: 2,
                column: 12,
                ..
            }
        ),
        "{error:?}"
    );
    let error = read("[study]\nyears = [1, 2]\nyears = [1, 2]\n", &[]).unwrap_err();
    assert!(
        matches!(
            error,
            StudyError::Syntax {
                line: 3,
                column: 1,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .starts_with("study.toml:3:1: not valid TOML: "),
        "{error}"
    );
}

#[test]
fn an_override_that_cannot_be_applied_says_why() {
    let fails = |argument: &str| read(LEAST, &[argument]).unwrap_err().to_string();
    for argument in ["engine", "=3", "a..b=3", "a\n[b]\nc=3", "a]=3"] {
        assert!(
            fails(argument).ends_with("expected key=value, such as --set engine.device=cpu"),
            "{argument}"
        );
    }
    assert_eq!(
        fails("study.years.first=2001"),
        "study.toml with --set: study.years.first: `study.years` is the list [2001, 2020], not a \
         table; nothing can be set inside it"
    );
    assert_eq!(
        fails("engine.devise=cpu"),
        "study.toml with --set: engine.devise: unknown key; did you mean `engine.device`?"
    );
}

#[test]
fn a_file_that_cannot_be_a_study_is_refused_before_it_is_parsed() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = Study::load(&folder.path().join("none.toml"), &[]).unwrap_err();
    assert!(matches!(missing, StudyError::Read { .. }) && missing.exit_code() == 2);
    let path = folder.path().join("big.toml");
    std::fs::write(&path, vec![b'#'; 4 * 1024 * 1024 + 1]).expect("written");
    let error = Study::load(&path, &[]).unwrap_err();
    assert!(matches!(error, StudyError::TooLarge { .. }), "{error}");
    std::fs::write(&path, [0xff, 0xfe]).expect("written");
    assert!(matches!(
        Study::load(&path, &[]),
        Err(StudyError::Encoding { is_utf16: true, .. })
    ));
    std::fs::write(&path, format!("\u{feff}{LEAST}")).expect("written");
    let study = Study::load(&path, &[]).expect("a study");
    assert_eq!(
        (study.name.as_str(), study.dir.as_path()),
        ("big", folder.path())
    );
}

#[test]
fn lists_too_deep_or_too_long_are_errors_and_no_crash() {
    let deep = format!("a = {}", "[".repeat(200_000));
    assert!(matches!(read(&deep, &[]), Err(StudyError::Syntax { .. })));
    let many = format!("[drivers]\npredictors = [{}]", "\"npp\", ".repeat(9));
    assert!(
        message(&many)
            .contains("drivers.predictors: found a list of 9, expected 1 to 8 predictors")
    );
}
