//! Extended attributes (xattr(7)): access lists, capabilities of programs, security labels.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::io;
use std::path::Path;

use rustix::fs::{XattrFlags, lgetxattr, llistxattr, lremovexattr, lsetxattr};
use rustix::io::Errno;

/// What the kernel allows for a list of names and for one value.
const MAX_BYTES: usize = 64 << 10;
/// Overlayfs keeps its own notes here.
const OVERLAY: &str = "trusted.overlay.";

/// Names and values; those of overlayfs left out. File systems without attributes have none.
pub(crate) fn read(path: &Path) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut names = vec![0; MAX_BYTES];
    let length = match llistxattr(path, names.as_mut_slice()) {
        Err(Errno::OPNOTSUPP) => return Ok(BTreeMap::new()),
        other => other?,
    };
    let mut found = BTreeMap::new();
    for name in names
        .get(..length)
        .unwrap_or_default()
        .split(|byte| *byte == 0)
    {
        let Ok(name) = String::from_utf8(name.to_vec()) else {
            continue;
        };
        if name.is_empty() || name.starts_with(OVERLAY) {
            continue;
        }
        let mut value = vec![0; MAX_BYTES];
        match lgetxattr(path, c_string(&name)?, value.as_mut_slice()) {
            Ok(length) => {
                value.truncate(length);
                found.insert(name, value);
            }
            // It is computed, or was taken away meanwhile.
            Err(Errno::NODATA | Errno::OPNOTSUPP) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

/// Makes a file's attributes exactly these.
pub(crate) fn write(path: &Path, wanted: &BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    let present = read(path)?;
    for name in present.keys().filter(|name| !wanted.contains_key(*name)) {
        lremovexattr(path, c_string(name)?)?;
    }
    for (name, value) in wanted
        .iter()
        .filter(|(name, value)| present.get(*name) != Some(value))
    {
        lsetxattr(path, c_string(name)?, value, XattrFlags::empty())?;
    }
    Ok(())
}

fn c_string(name: &str) -> io::Result<CString> {
    CString::new(name).map_err(|_| io::ErrorKind::InvalidInput.into())
}
