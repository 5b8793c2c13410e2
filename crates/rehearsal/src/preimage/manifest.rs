//! What a pre-image holds, in its exact form.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{PreImageError, attributes};

/// The version of this format.
pub(super) const FORMAT: u32 = 1;

#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Manifest {
    pub format: u32,
    /// Ordered by path, so parents come before what is in them.
    pub entries: Vec<Entry>,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Entry {
    /// Relative to the root.
    #[serde(with = "exact")]
    pub path: PathBuf,
    pub state: State,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// Nothing was there.
    Absent,
    Directory(Rights),
    File {
        rights: Rights,
        size: u64,
        /// The path of an earlier entry that is the same file.
        #[serde(with = "exact_option", default)]
        same_as: Option<PathBuf>,
    },
    Link {
        rights: Rights,
        #[serde(with = "exact")]
        target: PathBuf,
    },
    /// A device or a pipe.
    Node {
        rights: Rights,
        device: u64,
    },
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Rights {
    /// With the type's bits.
    pub mode: u32,
    pub user: u32,
    pub group: u32,
    pub modified: (i64, i64),
    pub attributes: BTreeMap<String, Vec<u8>>,
}

impl Manifest {
    /// Looks at each path; sockets are returned apart.
    pub fn of(root: &Path, paths: &[PathBuf]) -> Result<(Self, Vec<PathBuf>), PreImageError> {
        let mut relative: Vec<PathBuf> = paths.iter().filter_map(|path| inside(path)).collect();
        relative.sort();
        relative.dedup();
        let mut entries = Vec::new();
        let mut sockets = Vec::new();
        let mut links = HashMap::new();
        for path in relative {
            let read = |source| PreImageError::Read {
                path: Path::new("/").join(&path),
                source,
            };
            let place = root.join(&path);
            let state = match fs::symlink_metadata(&place) {
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                    ) =>
                {
                    State::Absent
                }
                Err(error) => return Err(read(error)),
                Ok(data) if data.file_type().is_socket() => {
                    sockets.push(Path::new("/").join(&path));
                    continue;
                }
                Ok(data) => state_of(&place, &path, &data, &mut links).map_err(read)?,
            };
            entries.push(Entry { path, state });
        }
        Ok((
            Self {
                format: FORMAT,
                entries,
            },
            sockets,
        ))
    }

    /// Size of all files.
    pub fn bytes(&self) -> u64 {
        let sizes = self.entries.iter().map(|entry| match &entry.state {
            State::File {
                size,
                same_as: None,
                ..
            } => *size,
            _ => 0,
        });
        sizes.sum()
    }

    /// How many entries were not there.
    pub fn absent(&self) -> usize {
        self.entries
            .iter()
            .filter(|entry| entry.state == State::Absent)
            .count()
    }
}

fn state_of(
    place: &Path,
    path: &Path,
    data: &Metadata,
    links: &mut HashMap<(u64, u64), PathBuf>,
) -> io::Result<State> {
    let rights = Rights {
        mode: data.mode(),
        user: data.uid(),
        group: data.gid(),
        modified: (data.mtime(), data.mtime_nsec()),
        attributes: attributes::read(place)?,
    };
    Ok(if data.is_dir() {
        State::Directory(rights)
    } else if data.is_symlink() {
        State::Link {
            rights,
            target: fs::read_link(place)?,
        }
    } else if data.is_file() {
        let mut same_as = None;
        if data.nlink() > 1 {
            same_as = links.get(&(data.dev(), data.ino())).cloned();
            links
                .entry((data.dev(), data.ino()))
                .or_insert_with(|| path.to_path_buf());
        }
        State::File {
            rights,
            size: data.size(),
            same_as,
        }
    } else {
        State::Node {
            rights,
            device: data.rdev(),
        }
    })
}

/// A path relative to the root; `None` for the root itself and for paths that would leave it.
pub(crate) fn inside(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => plain.push(name),
            Component::RootDir | Component::CurDir => {}
            Component::ParentDir | Component::Prefix(_) => return None,
        }
    }
    (!plain.as_os_str().is_empty()).then_some(plain)
}

/// Paths as text that reads as itself, with `%XX` for a percent sign and for bytes that are not UTF-8.
mod exact {
    use super::*;

    pub fn serialize<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&encode(path))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
        Ok(decode(&Cow::<str>::deserialize(from)?))
    }
}

mod exact_option {
    use super::*;

    pub fn serialize<S: Serializer>(path: &Option<PathBuf>, to: S) -> Result<S::Ok, S::Error> {
        path.as_deref().map(encode).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
        Ok(Option::<String>::deserialize(from)?.map(|text| decode(&text)))
    }
}

fn encode(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        text.push_str(&chunk.valid().replace('%', "%25"));
        for byte in chunk.invalid() {
            // Writing to a string does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

fn decode(text: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_that_leave_the_root_are_refused() {
        assert_eq!(
            inside(Path::new("/etc/./passwd")),
            Some(PathBuf::from("etc/passwd"))
        );
        assert_eq!(inside(Path::new("/etc/../../x")), None);
        assert_eq!(inside(Path::new("/")), None);
    }

    proptest! {
        #[test]
        fn every_path_reads_back(bytes in prop::collection::vec(1u8.., 0..40)) {
            let path = PathBuf::from(OsString::from_vec(bytes));
            prop_assert_eq!(decode(&encode(&path)), path);
        }
    }
}
