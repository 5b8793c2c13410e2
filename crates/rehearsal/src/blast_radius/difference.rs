//! Compares a file of the host with the clone's.

use std::fs::{File, Metadata};
use std::io::{self, BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::{ChangeKind, target};
use crate::preimage::attributes;

/// How the clone's differs from the host's; times do not count.
pub(super) fn between(
    before: &Path,
    was: &Metadata,
    after: &Path,
    is: &Metadata,
) -> io::Result<Option<ChangeKind>> {
    if was.file_type() != is.file_type() {
        return Ok(Some(ChangeKind::Changed));
    }
    let other_content = if is.is_file() {
        was.size() != is.size() || !same_content(before, after)?
    } else if is.is_symlink() {
        target(before) != target(after)
    } else {
        was.rdev() != is.rdev()
    };
    if other_content {
        return Ok(Some(ChangeKind::Changed));
    }
    let rights = |data: &Metadata| (data.mode(), data.uid(), data.gid());
    let other_rights =
        rights(was) != rights(is) || attributes::read(before)? != attributes::read(after)?;
    Ok(other_rights.then_some(ChangeKind::Metadata))
}

fn same_content(one: &Path, other: &Path) -> io::Result<bool> {
    let mut one = BufReader::with_capacity(1 << 16, File::open(one)?);
    let mut other = BufReader::with_capacity(1 << 16, File::open(other)?);
    loop {
        let (first, second) = (one.fill_buf()?, other.fill_buf()?);
        let length = first.len().min(second.len());
        if length == 0 {
            return Ok(first.len() == second.len());
        }
        if first.get(..length) != second.get(..length) {
            return Ok(false);
        }
        one.consume(length);
        other.consume(length);
    }
}
