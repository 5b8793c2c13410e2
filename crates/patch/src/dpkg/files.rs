//! The files that packages own.

use sha2::{Digest, Sha256};
use std::io::Read;

use patchward_protocol::transaction::SavedFile;

use super::diversions::Diversions;
use super::status::Package;
use super::{MAX_LIST, info_path};
use crate::below::Below;

/// The paths that a package owns (folders too), where they really lie.
pub fn of_package(root: &Below, package: &Package) -> Vec<String> {
    let Some(list) = info_path(root, &package.name, &package.arch, "list") else {
        return Vec::new();
    };
    let diversions = Diversions::read(root);
    let text = root.text(&list, MAX_LIST).unwrap_or_default();
    text.lines()
        .filter(|path| path.starts_with('/') && *path != "/.")
        .map(|path| diversions.place(path, &package.name).to_owned())
        .collect()
}

/// The files (not folders) of packages, as they are now, and their configuration files.
pub fn record<'a>(root: &Below, packages: impl Iterator<Item = &'a Package>) -> Vec<SavedFile> {
    let mut paths: Vec<String> = packages
        .flat_map(|package| {
            let conffiles = package.conffiles.iter().map(|(path, _)| path.clone());
            of_package(root, package)
                .into_iter()
                .chain(conffiles)
                .collect::<Vec<String>>()
        })
        .collect();
    paths.sort();
    paths.dedup();
    paths
        .into_iter()
        .filter(|path| root.place(path).is_none_or(|place| !place.is_dir()))
        .map(|path| describe(root, path))
        .collect()
}

/// A file as it is now. Nothing there gives an empty digest.
pub fn describe(root: &Below, path: String) -> SavedFile {
    let place = root.place(&path);
    let digest = match place {
        Some(place) if place.is_link() => {
            let target = root.link(&path).unwrap_or_default();
            hex(&Sha256::digest(target.as_bytes()))
        }
        Some(place) if place.is_file() => sha256(root, &path).unwrap_or_default(),
        _ => String::new(),
    };
    SavedFile {
        digest,
        mode: place.map_or(0, |place| place.mode),
        path,
    }
}

/// SHA-256 of a file's content, in hex.
///
/// # Errors
/// When it cannot be read.
pub fn sha256(root: &Below, path: &str) -> std::io::Result<String> {
    digest::<Sha256>(root, path)
}

/// A file's digest in hex, read piece by piece.
pub(crate) fn digest<D: Digest>(root: &Below, path: &str) -> std::io::Result<String> {
    let mut file = root.file(path)?;
    let mut hasher = D::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&hasher.finalize())),
            read => hasher.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

/// Bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
