//! Running a change on one machine: propose, rehearse, apply, verify, roll back, resume.
//!
//! | use case | what it does |
//! | --- | --- |
//! | [`propose`] | scans, decides, plans, and asks the package manager for the exact transaction; changes nothing |
//! | [`rehearse`] | applies it in a clone beside a control clone, checks both, takes it back there, throws both away |
//! | [`apply`] | puts it in: checks before, save, download, apply, restart, verify, checks after; takes it back when that fails |
//! | [`verify`] | looks again whether an earlier change is in |
//! | [`roll_back`] | takes a change back |
//! | [`resume`] | after a crash: finishes, or takes back, and says which |
//!
//! Each step is first an entry of the ledger, then a move in the store's journal, and only then an action
//! ([`journal`]). The engine knows neither terminal nor server: it is given a clock and a listener of [`Event`]s.

mod applied;
mod blast;
mod checking;
mod clone_machine;
mod conclude;
mod engine;
mod error;
mod event;
mod journal;
mod lock;
mod operations;
mod proof;
mod propose;
mod records;
mod rehearse;
mod report;
mod resume;
mod roll_back;
mod scanned;
mod steps;
mod subject;
mod verify;

pub use applied::{Rehearsed, apply};
pub use engine::{ChangeOptions, CloneLimits, Engine, Scanning};
pub use error::ChangeError;
pub use event::Event;
pub use propose::{Only, Wanted, propose};
pub use rehearse::rehearse;
pub use report::{history, report};
pub use resume::resume;
pub use roll_back::roll_back;
pub use subject::Subject;
pub use verify::verify;
