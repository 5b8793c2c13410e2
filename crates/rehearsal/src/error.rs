//! Why a clone could not be made or used, and what to do instead.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why no clone was made.
#[derive(Debug, thiserror::Error)]
pub enum CloneError {
    /// Mounts and namespaces need the root user.
    #[error("make a clone without being root")]
    NotRoot,
    /// The kernel refused a namespace although this is root: a container without `CAP_SYS_ADMIN`, or a policy.
    #[error("make namespaces of its own for a clone")]
    NoNamespaces(#[source] io::Error),
    /// The kernel has no overlayfs, or refuses to use it here.
    #[error("mount an overlay over {path}")]
    NoOverlay {
        /// The lower layer.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The root lies on overlays already, as deep as the kernel allows, and their layers cannot be reached.
    #[error("stack one more overlay over {path}, which is an overlay of overlays")]
    TooDeep {
        /// The lower layer.
        path: PathBuf,
    },
    /// The root is not a directory.
    #[error("clone {path}: it is not a directory")]
    NotADirectory {
        /// The root asked for.
        path: PathBuf,
    },
    /// There is no program in the root that can serve as the first process.
    #[error("find `cat` below {path}, which serves as the clone's first process")]
    NoInit {
        /// The root asked for.
        path: PathBuf,
    },
    /// systemd did not start as the clone's first process.
    #[error("boot systemd in the clone: {0}")]
    Boot(String),
    /// A step failed.
    #[error("{doing}")]
    Step {
        /// What was being done, to what.
        doing: String,
        /// What the system said.
        source: io::Error,
    },
    /// A thread of ours ended by a panic: a bug.
    #[error("keep the thread that holds the clone")]
    Lost,
}

impl CloneError {
    /// What to do instead, as a sentence for a person.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::NotRoot => {
                "run as root, or rehearse on a copy of the machine's root directory where you are root"
            }
            Self::NoNamespaces(_) => {
                "this looks like a container without CAP_SYS_ADMIN: rehearse on its host, or on a copy of this root elsewhere"
            }
            Self::NoOverlay { .. } => {
                "load the kernel's `overlay` module, or rehearse on a machine that has it"
            }
            Self::TooDeep { .. } => {
                "rehearse on the container's host, or from the container's image"
            }
            Self::NotADirectory { .. } => "name the root directory of an installed system",
            Self::NoInit { .. } => {
                "check that the directory holds an installed system with its base programs"
            }
            Self::Boot(_) => "try the own runner, which starts services by their init scripts",
            Self::Step { .. } | Self::Lost => {
                "see the cause; what clones need, and what of it this machine has, is listed by the support check"
            }
        }
    }
}

/// Why a command was not run in the clone.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The clone's own time limit has passed and it was stopped.
    #[error("run {program}: the clone was stopped when its time limit of {limit:?} had passed")]
    Expired {
        /// The program asked for.
        program: String,
        /// The limit.
        limit: Duration,
    },
    /// The program could not be started.
    #[error("start {program} in the clone")]
    Start {
        /// The program asked for.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// The user is not in the clone's `/etc/passwd`.
    #[error("run {program} as {user}: the clone has no such user")]
    NoUser {
        /// The program asked for.
        program: String,
        /// The user asked for.
        user: String,
    },
    /// No program was named.
    #[error("run a command without a program")]
    Empty,
    /// Something failed while the program ran.
    #[error("watch {program} in the clone")]
    Watch {
        /// The program asked for.
        program: String,
        /// What the system said.
        source: io::Error,
    },
}

/// Adds what was being done to an error of the system.
pub(crate) trait Doing<T> {
    /// Names the step that failed.
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, CloneError>;
}

impl<T, E: Into<io::Error>> Doing<T> for Result<T, E> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, CloneError> {
        self.map_err(|error| CloneError::Step {
            doing: what(),
            source: error.into(),
        })
    }
}
