//! Whether an adapter has passed its self-test: tested once for each adapter, driver and version of Doline.
//!
//! The verdict is kept beside what `auto` has measured, and for the time of the process. An error on the way, such as a device
//! that is lost, is not kept. `DOLINE_SELF_TEST=off` in the environment takes adapters that were asked for untested.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::EngineError;
use super::gpu::adapter::adapter_called;
use super::gpu::pipeline_cache::{default_folder, hex, write};
use super::gpu::self_test::self_test;
use super::gpu::{AdapterReport, Gpu, SelfTest};

/// Verdicts of this process, by what they are of.
static KNOWN: Mutex<BTreeMap<String, Vec<String>>> = Mutex::new(BTreeMap::new());

/// A file with a verdict.
#[derive(Debug, Serialize, Deserialize)]
struct File {
    /// What it is of.
    of: String,
    /// What fails; empty where the adapter has passed.
    failures: Vec<String>,
}

/// Whether adapters that are asked for are taken untested.
pub(super) fn is_switched_off() -> bool {
    std::env::var_os("DOLINE_SELF_TEST").is_some_and(|word| word == "off")
}

/// Tests an adapter now, whatever was found before, and keeps the verdict.
///
/// # Errors
///
/// There is no such adapter, or it is lost on the way.
pub fn test_adapter(name: &str) -> Result<SelfTest, EngineError> {
    let gpu = Gpu::open(Some(name))?;
    let of = of(&gpu.report);
    let tested = self_test(gpu)?;
    keep(default_folder().as_deref(), of, tested.failures());
    Ok(tested)
}

/// Whether an adapter passes, else what fails. It is tested where that is not known.
pub(super) fn check(adapter: &AdapterReport) -> Result<(), String> {
    let test = || test_adapter(&adapter.name).map(|tested| tested.failures());
    match failures(default_folder().as_deref(), &of(adapter), test) {
        Ok(failures) if failures.is_empty() => Ok(()),
        Ok(failures) => Err(failures.join("; ")),
        Err(error) => Err(error.to_string()),
    }
}

/// Refuses an adapter that was asked for and fails.
///
/// # Errors
///
/// There is no such adapter, or it fails.
pub(super) fn require(name_part: Option<&str>) -> Result<(), EngineError> {
    let adapter = adapter_called(name_part)?;
    if is_switched_off() {
        tracing::warn!("{} is taken without its self-test", adapter.name);
        return Ok(());
    }
    check(&adapter).map_err(|what| EngineError::SelfTest {
        adapter: adapter.name,
        what,
    })
}

/// What a verdict is of.
fn of(adapter: &AdapterReport) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("Doline {version}; {}", adapter.engine_name())
}

/// What is known to fail, else what `test` gives.
fn failures<E>(
    folder: Option<&Path>,
    of: &str,
    test: impl FnOnce() -> Result<Vec<String>, E>,
) -> Result<Vec<String>, E> {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known.get(of) {
        return Ok(known.clone());
    }
    // Testing takes the lock to keep its verdict.
    drop(known);
    match read(folder, of) {
        Some(kept) => Ok(kept),
        None => test(),
    }
}

fn path(folder: Option<&Path>, of: &str) -> Option<PathBuf> {
    let name = format!("self-test-{}.json", &hex(&Sha256::digest(of))[..16]);
    folder.map(|folder| folder.join(name))
}

fn read(folder: Option<&Path>, of: &str) -> Option<Vec<String>> {
    let text = fs::read_to_string(path(folder, of)?).ok()?;
    let file: File = serde_json::from_str(&text).ok()?;
    (file.of == of).then_some(file.failures)
}

/// A failure to write is not an error: the next process tests again.
fn keep(folder: Option<&Path>, of: String, failures: Vec<String>) {
    let path = path(folder, &of);
    let file = File { of, failures };
    if let Some(path) = path {
        let text = serde_json::to_string_pretty(&file).unwrap_or_default();
        if let Err(error) = write(&path, text.as_bytes()) {
            tracing::debug!("the self-test is not kept in {}: {error}", path.display());
        }
    }
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.insert(file.of, file.failures);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_kept_and_an_error_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = Some(folder.path());
        let never = || -> Result<Vec<String>, String> { panic!("tested again") };
        let of = "Card of this test, 1.0";
        let lost = failures(folder, of, || Err("lost".to_owned()));
        assert_eq!(lost, Err("lost".to_owned()));
        let wrong = vec!["exp: 40 ULP".to_owned()];
        keep(folder, of.to_owned(), wrong.clone());
        assert_eq!(failures(folder, of, never), Ok(wrong.clone()), "in memory");
        KNOWN.lock().expect("no panic").remove(of);
        assert_eq!(failures(folder, of, never), Ok(wrong), "on disk");
        let other = failures(folder, "Card of this test, 1.1", || Ok::<_, String>(vec![]));
        assert_eq!(other, Ok(vec![]), "another driver");
        fs::write(path(folder, of).expect("a path"), "{").expect("damaged");
        assert_eq!(failures(folder, of, || Ok::<_, String>(vec![])), Ok(vec![]));
    }
}
