//! Looks at a file of the place; no path leads out of its root.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use sha2::{Digest, Sha256};

use super::{Tried, shorten};
use crate::file::FileCheck;
use crate::place::Place;

/// Longer files are not read, in bytes.
const LENGTH: u64 = 1 << 30;
/// A text is looked for in so much of a file, in bytes.
const SEARCHED: u64 = 16 << 20;

pub fn expected(check: &FileCheck) -> String {
    if check.exists == Some(false) {
        return "no such file".to_owned();
    }
    let mut words = vec!["the file".to_owned()];
    words.extend(check.mode.map(|mode| format!("mode {:04o}", mode.0)));
    words.extend(
        check
            .sha256
            .as_ref()
            .map(|hash| format!("SHA-256 {}", hash.0)),
    );
    words.extend(
        check
            .contains
            .as_ref()
            .map(|text| format!("{text:?} in it")),
    );
    words.join(", ")
}

pub fn attempt(check: &FileCheck, place: &Place) -> Tried {
    match (open(check, place), check.exists.unwrap_or(true)) {
        (Ok(file), true) => match fault(check, file) {
            Ok(None) => Tried::Right("it is there".to_owned()),
            Ok(Some(fault)) => Tried::Wrong(fault),
            Err(error) => Tried::Wrong(shorten(&error.to_string())),
        },
        (Ok(_), false) => Tried::Wrong("it is there".to_owned()),
        (Err(error), wanted) if error.kind() == std::io::ErrorKind::NotFound => match wanted {
            true => Tried::Wrong("there is no such file".to_owned()),
            false => Tried::Right("there is no such file".to_owned()),
        },
        (Err(error), _) => Tried::Wrong(shorten(&error.to_string())),
    }
}

/// Links are followed within the root of the place; a fifo is not waited for.
fn open(check: &FileCheck, place: &Place) -> std::io::Result<File> {
    let root = File::open(&place.root)?;
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    let file = openat2(&root, &check.path, flags, Mode::empty(), resolve)?;
    Ok(File::from(file))
}

fn fault(check: &FileCheck, mut file: File) -> std::io::Result<Option<String>> {
    let facts = file.metadata()?;
    let mode = facts.permissions().mode() & 0o7777;
    if check.mode.is_some_and(|wanted| wanted.0 != mode) {
        return Ok(Some(format!("mode {mode:04o}")));
    }
    if check.sha256.is_none() && check.contains.is_none() {
        return Ok(None);
    }
    let kind = facts.file_type();
    if !kind.is_file() || kind.is_fifo() {
        return Ok(Some("it is no plain file".to_owned()));
    }
    if facts.len() > LENGTH {
        return Ok(Some("it is longer than 1 GiB".to_owned()));
    }
    if let Some(wanted) = &check.sha256 {
        let found = hash(&mut file)?;
        if found != wanted.0 {
            return Ok(Some(format!("SHA-256 {found}")));
        }
        std::io::Seek::rewind(&mut file)?;
    }
    if let Some(text) = &check.contains {
        let mut bytes = Vec::new();
        file.take(SEARCHED).read_to_end(&mut bytes)?;
        if !String::from_utf8_lossy(&bytes).contains(text) {
            return Ok(Some(format!("no {text:?} in it")));
        }
    }
    Ok(None)
}

fn hash(file: &mut File) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    let mut read = 0;
    while read <= LENGTH {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
        read += count as u64;
    }
    Ok(hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
