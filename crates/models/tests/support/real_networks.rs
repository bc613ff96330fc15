//! Real networks beside the repository: for the tests of every crate that has something to do with them.

use std::path::{Path, PathBuf};

/// A file of the folder of real networks, or `None` on a lone checkout; continuous integration must have it.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/onnx")
        .join(name);
    if path.is_file() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is absent", path.display());
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    {
        eprintln!("skipped: {} is absent", path.display());
    }
    None
}
