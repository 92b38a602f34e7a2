//! Points at which a test may kill the program. Without `--cfg sambang_crash_points` they are empty, and nothing of them is in the program.

/// After the writes of a transaction, before its commit.
pub(crate) const BEFORE_COMMIT: &str = "before-commit";

/// Stops for good at the point that `SAMBANG_CRASH_POINT` names, once it has said so on the standard error stream: whoever reads that line
/// knows where the kill falls, and needs no guess about time.
#[cfg(sambang_crash_points)]
pub(crate) fn point(name: &str) {
    if std::env::var("SAMBANG_CRASH_POINT").is_ok_and(|wanted| wanted == name) {
        eprintln!("crash point {name}");
        loop {
            std::thread::park();
        }
    }
}

/// Nothing: this build has no crash points.
#[cfg(not(sambang_crash_points))]
pub(crate) const fn point(_name: &str) {}
