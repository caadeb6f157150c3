//! The documents beside the repository: published samples and specifications, to check against.

use std::path::PathBuf;

/// A file below `../shared` of the repository. `None`, said aloud, where that folder is absent; a failure
/// where `EARSHOT_REQUIRE` names `shared`.
#[expect(clippy::disallowed_methods, reason = "a switch of the tests' own")]
pub(crate) fn file(path: &str) -> Option<Vec<u8>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let required = std::env::var("EARSHOT_REQUIRE").is_ok_and(|v| v.split(',').any(|w| w.trim() == "shared"));
    if !root.is_dir() && !required {
        eprintln!("skipped: ../shared is absent, so nothing was checked against {path}");
        return None;
    }
    Some(std::fs::read(root.join(path)).unwrap_or_else(|e| panic!("../shared/{path}: {e}")))
}
