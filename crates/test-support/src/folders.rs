//! Where outside test data lies: `PATCHWARD_CORPUS` and `PATCHWARD_FEEDS`.

use std::path::{Path, PathBuf};

/// The corpus folder (`PATCHWARD_CORPUS`, default `../shared/corpus` beside the project), or `None` where there is
/// none: the caller then says "skipped" aloud.
pub fn corpus() -> Option<PathBuf> {
    folder("PATCHWARD_CORPUS", "corpus")
}

/// The folder of recorded feeds (`PATCHWARD_FEEDS`, default `../shared/feeds` beside the project), or `None`.
pub fn feeds() -> Option<PathBuf> {
    folder("PATCHWARD_FEEDS", "feeds")
}

fn folder(variable: &str, default: &str) -> Option<PathBuf> {
    let path = match std::env::var_os(variable) {
        Some(given) => PathBuf::from(given),
        None => Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared")
            .join(default),
    };
    path.canonicalize().ok().filter(|path| path.is_dir())
}
