//! The verdict on an adapter.

/// One check of an adapter.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Check {
    /// What is checked.
    pub name: &'static str,
    /// Whether a failure makes results wrong; else the answer is for information alone.
    pub is_required: bool,
    /// Whether the answer is as wanted.
    pub passed: bool,
    /// What the adapter did.
    pub measured: String,
    /// What the kernels rely on.
    pub bound: &'static str,
}

impl Check {
    /// A check whose failure makes results wrong.
    pub(super) fn required(
        name: &'static str,
        passed: bool,
        measured: String,
        bound: &'static str,
    ) -> Self {
        Self {
            name,
            is_required: true,
            passed,
            measured,
            bound,
        }
    }

    /// An answer on which nothing depends.
    pub(super) fn information(name: &'static str, passed: bool, measured: String) -> Self {
        Self {
            name,
            is_required: false,
            passed,
            measured,
            bound: "no kernel depends on it",
        }
    }

    /// Whether it shows that results would be wrong.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.is_required && !self.passed
    }
}

/// All checks of an adapter.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct SelfTest {
    /// The adapter with kind, backend and driver.
    pub adapter: String,
    /// The checks.
    pub checks: Vec<Check>,
    /// Seconds that they took, compiling included.
    pub seconds: f64,
}

impl SelfTest {
    /// Whether the adapter computes what the kernels rely on.
    #[must_use]
    pub fn passed(&self) -> bool {
        !self.checks.is_empty() && !self.checks.iter().any(Check::fails)
    }

    /// Each failure: the check and what the adapter did.
    #[must_use]
    pub fn failures(&self) -> Vec<String> {
        let failed = self.checks.iter().filter(|check| check.fails());
        failed
            .map(|check| format!("{}: {} ({})", check.name, check.measured, check.bound))
            .collect()
    }
}
