//! Why a file of a root could not be read.

use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::{Kind, MAX_ENTRIES};

/// Why a file of a root could not be read. The text reads after "failed to read" and names the path.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// Nothing lies at the path.
    #[error("{}: not found", path.display())]
    NotFound {
        /// The path, inside the root.
        path: PathBuf,
    },
    /// A fifo, socket, device or directory where a regular file was asked for.
    #[error("{}: not a regular file but {}", path.display(), name_of(*kind))]
    NotAFile {
        /// The path, inside the root.
        path: PathBuf,
        /// What it is.
        kind: Kind,
    },
    /// The file is larger than the reader takes.
    #[error("{}: larger than the limit of {limit} bytes", path.display())]
    TooLarge {
        /// The path, inside the root.
        path: PathBuf,
        /// The limit, in bytes.
        limit: u64,
    },
    /// The directory has more entries than a scan takes.
    #[error("{}: more than {MAX_ENTRIES} entries in one directory", path.display())]
    TooManyEntries {
        /// The path, inside the root.
        path: PathBuf,
    },
    /// Links that lead to each other, or too many of them.
    #[error("{}: too many symbolic links on the way", path.display())]
    Loop {
        /// The path, inside the root.
        path: PathBuf,
    },
    /// The operating system refused or failed.
    #[error("{}", path.display())]
    Io {
        /// The path, inside the root.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl RootError {
    /// Nothing lies there: for an optional file that is no problem.
    pub fn is_not_found(&self) -> bool {
        matches!(self, RootError::NotFound { .. })
    }

    /// The message with its cause, for a report that has one line per problem.
    pub fn to_line(&self) -> String {
        match self {
            RootError::Io { source, .. } => format!("{self}: {source}"),
            _ => self.to_string(),
        }
    }

    /// The message with its cause and without the path, for a report that tells the place by itself.
    pub fn reason(&self) -> String {
        let line = self.to_line();
        let (RootError::NotFound { path }
        | RootError::NotAFile { path, .. }
        | RootError::TooLarge { path, .. }
        | RootError::TooManyEntries { path }
        | RootError::Loop { path }
        | RootError::Io { path, .. }) = self;
        match line.strip_prefix(&format!("{}: ", path.display())) {
            Some(reason) => reason.to_owned(),
            None => line,
        }
    }

    pub(super) fn of(path: &Path, errno: Errno) -> RootError {
        let path = path.to_owned();
        match errno {
            // A file where a directory was expected: what was asked for is not there.
            Errno::NOENT | Errno::NOTDIR => RootError::NotFound { path },
            Errno::LOOP => RootError::Loop { path },
            errno => RootError::Io {
                path,
                source: errno.into(),
            },
        }
    }

    pub(super) fn io(path: &Path, source: io::Error) -> RootError {
        RootError::Io {
            path: path.to_owned(),
            source,
        }
    }
}

fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::File => "a file",
        Kind::Directory => "a directory",
        Kind::Link => "a symbolic link",
        Kind::Other => "a fifo, socket or device",
    }
}
