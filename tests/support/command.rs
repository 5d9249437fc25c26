//! The command `doline` and the shipped sample.
#![allow(
    dead_code,
    clippy::expect_used,
    unreachable_pub,
    reason = "a test stops at the first surprise, and each uses a part"
)]

use std::path::Path;

use assert_cmd::Command;

/// A file of the sample study.
pub fn sample(file: &str) -> String {
    format!("{}/data-samples/guangxi/{file}", env!("CARGO_MANIFEST_DIR"))
}

/// Exit code, standard output, standard error.
pub fn outcome(arguments: &[&str]) -> (i32, String, String) {
    outcome_in(Path::new("."), arguments)
}

/// The same in a working folder.
pub fn outcome_in(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("doline")
        .expect("the binary is built")
        .env("NO_COLOR", "1")
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("doline starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(!stderr.contains("panicked"), "{stderr}");
    (output.status.code().unwrap_or(-1), stdout, stderr)
}

/// What a successful command prints on both.
pub fn printed(arguments: &[&str]) -> (String, String) {
    let (code, stdout, stderr) = outcome(arguments);
    assert_eq!(code, 0, "{arguments:?}: {stderr}");
    (stdout, stderr)
}

/// A path as an argument.
pub fn path(path: &Path) -> String {
    path.display().to_string()
}
