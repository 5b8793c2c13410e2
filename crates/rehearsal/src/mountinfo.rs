//! What is mounted: the format of `/proc/PID/mountinfo` (proc(5)).

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

/// More mounts than this are not read: a host with more is not one that we can clone.
const MAX_MOUNTS: usize = 20_000;

/// One mounted file system.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mount {
    /// The directory of the file system that is mounted.
    pub root: PathBuf,
    /// Where it is mounted.
    pub point: PathBuf,
    /// Options of this mount, such as `ro`.
    pub options: String,
    /// Type, such as `ext4`.
    pub kind: String,
    /// Options of the file system, such as overlay's layers.
    pub super_options: String,
}

impl Mount {
    /// Whether this mount can only be read.
    pub fn is_read_only(&self) -> bool {
        self.options.split(',').any(|option| option == "ro")
    }

    /// The value of an option of the file system.
    pub fn super_option(&self, name: &str) -> Option<&str> {
        self.super_options
            .split(',')
            .find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
    }
}

/// The mounts that the calling thread sees, in the order in which they were made.
pub(crate) fn of_thread() -> io::Result<Vec<Mount>> {
    Ok(parse(&std::fs::read("/proc/thread-self/mountinfo")?))
}

/// Reads mountinfo; lines that are not understood are left out.
pub(crate) fn parse(bytes: &[u8]) -> Vec<Mount> {
    bytes
        .split(|byte| *byte == b'\n')
        .take(MAX_MOUNTS)
        .filter_map(line)
        .collect()
}

fn line(bytes: &[u8]) -> Option<Mount> {
    let mut words = bytes.split(|byte| *byte == b' ');
    let root = words.by_ref().nth(3)?;
    let point = words.next()?;
    let options = words.next()?;
    words.by_ref().find(|word| *word == b"-")?;
    let kind = words.next()?;
    let _source = words.next()?;
    Some(Mount {
        root: path(root),
        point: path(point),
        options: text(options),
        kind: text(kind),
        super_options: words.next().map(text).unwrap_or_default(),
    })
}

/// Undoes the octal escapes (`\040` is a space).
fn path(word: &[u8]) -> PathBuf {
    let mut plain = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((first, after)) = rest.split_first() {
        let octal = match (first, after) {
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..]) => {
                Some((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'))
            }
            _ => None,
        };
        plain.push(octal.unwrap_or(*first));
        rest = if octal.is_some() {
            after.get(3..).unwrap_or_default()
        } else {
            after
        };
    }
    PathBuf::from(OsString::from_vec(plain))
}

fn text(word: &[u8]) -> String {
    String::from_utf8_lossy(word).into_owned()
}

/// The mount that a path lies on: the last made of the longest mount points above it.
pub(crate) fn holding<'a>(mounts: &'a [Mount], place: &Path) -> Option<&'a Mount> {
    mounts
        .iter()
        .filter(|mount| place.starts_with(&mount.point))
        .max_by_key(|mount| mount.point.components().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &[u8] = b"27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n\
        31 27 0:28 /sub /mnt/a\\040b ro,nodev - overlay o rw,lowerdir=/l1:/l2,upperdir=/u\n\
        nonsense\n";

    #[test]
    fn mounts_are_read_with_their_escapes() {
        let mounts = parse(SAMPLE);
        assert_eq!(mounts.len(), 2);
        assert_eq!(mounts[1].point, Path::new("/mnt/a b"));
        assert!(mounts[1].is_read_only() && !mounts[0].is_read_only());
        assert_eq!(mounts[1].super_option("upperdir"), Some("/u"));
    }

    #[test]
    fn a_path_lies_on_the_nearest_mount() {
        let mounts = parse(SAMPLE);
        assert_eq!(
            holding(&mounts, Path::new("/mnt/a b/c")).unwrap().kind,
            "overlay"
        );
        assert_eq!(holding(&mounts, Path::new("/mnt")).unwrap().kind, "ext4");
    }

    #[test]
    fn any_bytes_are_survived() {
        patchward_test_support::mutate(&[SAMPLE], 2000, |bytes| {
            parse(bytes);
        });
    }
}
