//! What we know and did: assets, inventories, findings with their life cycle, decisions, runs, steps, check results.
//!
//! One SQLite file in the data directory behind [`Store`]; its functions are the queries, and none takes or gives SQL, so
//! that another database can serve the same ones. The SQL of a table stands in the file of its noun, the schema in
//! `migrations/`. What is not asked for by a query (plans, results, evidence) is stored as JSON.
//!
//! Every fact has two [`Times`]: when it was so, and when we learnt it. Nothing here knows a clock. Nothing is deleted.
//!
//! Runs are a journal written ahead of each action, see [`Progress`] and [`Store::unfinished_runs`].

mod asset;
mod check;
mod decision;
mod error;
mod fact;
mod finding;
mod inventory;
mod json;
mod migrate;
mod run;
mod store;

pub use asset::StoredAsset;
pub use check::Checked;
pub use decision::StoredDecision;
pub use error::StoreError;
pub use fact::{AssetId, DecisionId, FindingId, InventoryId, RunId, Times};
pub use finding::{Because, FindingChange, FindingState, ScanOutcome, StoredFinding};
pub use inventory::InventoryState;
pub use migrate::VERSION;
pub use run::{Move, NewRun, Progress, RunEvent, RunKind, StoredRun, StoredStep};
pub use store::Store;
