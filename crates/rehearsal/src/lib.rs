//! Makes copy-on-write clones of a machine or root directory, runs commands in them, tells what changed, and throws them
//! away.
//!
//! A clone ([`HostClone`]) is one overlay per real file system below a root directory, in mount, pid, network, uts, ipc
//! and cgroup namespaces of its own. What is written goes to a size-limited upper layer; the host's files are the lower
//! layer and are never written. Inside there are private device nodes, a fresh `/run` and `/tmp`, read-only and masked
//! `/proc` and `/sys`, few capabilities, a system call filter and a cgroup with limits. There is no network but
//! loopback; one command can be given the host's network ([`Network::Host`]), for a package manager's download.
//!
//! ```no_run
//! use patchward_rehearsal::{CloneOptions, CommandSpec, HostClone};
//!
//! # fn rehearse() -> Result<(), Box<dyn std::error::Error>> {
//! let clone = HostClone::create(&CloneOptions::of("/"))?;
//! let outcome = clone.run(&CommandSpec::new(["dpkg", "--configure", "-a"]))?;
//! let radius = clone.blast_radius(clone.first_mark(), &|_path| None)?;
//! println!("{:?}, {} files changed", outcome.ended, radius.changes.len());
//! clone.discard()?;
//! # Ok(())
//! # }
//! ```
//!
//! # What a clone does not hide
//!
//! A clone of files shows the files' content to what runs in it: service keys below `/etc/ssl` or `/etc/ssh` are there,
//! because services need them to start. People's own credentials (`.ssh`, `.gnupg`, cloud and registry logins below
//! `/root` and `/home`) are masked by default, as is everything named in [`CloneOptions::mask`]. With
//! [`Network::Host`] a command sees these files and the network at once: give it to package managers' downloads only.
//!
//! An overlay protects files only. Everything else that a clone could reach (device nodes, sysctls, the clock, kernel
//! modules, sockets bound to paths) is closed by other means, each named in the module that does it, and
//! [`HostState`] compares a machine before and after. One thing stays open where systemd-nspawn is the runner: a service
//! that mounts `/proc` anew, on purpose, can write sysctls, as in any container whose users have the host's numbers. Each
//! discarded clone therefore tells which of the host's sysctls and device nodes are not as before.

mod blast_radius;
mod build;
mod capability;
mod cgroup;
mod cleaning;
mod clone;
mod command;
mod device;
mod error;
mod file_tree;
mod hidden;
mod host_state;
mod init;
mod inside;
mod keeper;
mod kernel_files;
mod layout;
mod lease;
mod loopback;
mod mountinfo;
mod nspawn;
mod options;
mod output;
mod overlay;
mod package_database;
mod plan;
mod preimage;
mod raw;
mod resolver;
mod run;
mod run_folder;
mod seccomp;
mod services;
mod support;
mod user;

pub use blast_radius::{Area, BlastRadius, Change, ChangeKind, Group, Mark};
pub use cleaning::{Swept, sweep};
pub use clone::{Discarded, HostClone};
pub use command::{CommandSpec, Ended, Network, Outcome};
pub use error::{CloneError, RunError};
pub use host_state::{Difference, HostState, Scope, Watched};
pub use layout::{Left, LeftOut};
pub use options::{CloneOptions, Limits, RunnerChoice, Storage};
pub use preimage::{PreImage, PreImageError, Restored};
pub use run::Space;
pub use services::{ServiceReport, Started};
pub use support::{Found, Runner, Support, support};
