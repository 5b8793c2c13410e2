//! The use cases: update the knowledge base, scan, explain, watch.
//!
//! One use case is one function that a person could name; every face calls these and nothing below them. Load, decide
//! and act are three places.

pub mod backup;
pub mod baseline;
pub mod bundle;
pub mod change;
pub mod checking;
pub mod csaf;
pub mod data_folder;
pub mod destination;
pub mod evidence;
pub mod explain;
pub mod exploitation;
pub mod filter;
pub mod ignore;
pub mod life_cycle;
mod line;
pub mod local;
pub mod matching;
pub mod mend;
pub mod news;
mod parallel;
pub mod patches;
pub mod plan;
pub mod prioritise;
pub mod rank;
pub mod resolve;
pub mod scan;
pub mod update;
pub mod vex;
pub mod whole_file;

pub use {
    patchward_feeds as feeds, patchward_inventory as inventory, patchward_knowledge as knowledge,
    patchward_ledger as ledger, patchward_patch as patch, patchward_risk as risk,
    patchward_store as store,
};
