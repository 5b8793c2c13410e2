//! Puts patches in by the machine's own package manager, and takes them out again.
//!
//! An [`Executor`] drives one package manager: [`preview`](Executor::preview) tells the exact transaction,
//! [`save`](Executor::save) makes what roll-back needs, [`download`](Executor::download) fetches before the change
//! window, [`apply`](Executor::apply) does what was agreed and nothing else, [`verify`](Executor::verify) proves it
//! from versions and checksums, [`roll_back`](Executor::roll_back) brings the old versions back by the packages' own
//! scripts. It works on a [`Machine`]: this host, a root directory, or a clone, by the same code.
//!
//! `apt` is done in full and `dnf` runs against a real dnf in our tests. `zypper`, `apk` and `pacman` have the real
//! command lines, and their parsers are tested on recorded output; they were **not run** by our tests.
//!
//! What is deliberately absent: the clone itself, vulnerabilities, the terminal, the network but through the package
//! manager, and any decision on whether a patch should go in.

mod agreement;
pub mod answers;
pub mod apk;
pub mod apt;
pub mod below;
pub mod command;
mod conffiles;
mod diff;
pub mod dnf;
pub mod dpkg;
mod error;
mod executor;
mod flow;
pub mod lock;
pub mod lockfile;
pub mod machine;
mod names;
pub mod pacman;
mod proof;
pub mod restart;
mod rpm;
pub mod snapshot;
mod space;
pub mod zypper;

pub use error::PatchError;
pub use executor::{ApplyOptions, ConfPolicy, Consent, Executor, Request, detect, executor};
pub use machine::{ChrootMachine, Command, End, LocalMachine, Machine, MachineError, Outcome};
