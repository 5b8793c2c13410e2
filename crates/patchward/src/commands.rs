//! What each command does: one file per command.

pub mod accept;
pub mod apply;
pub mod asset_context;
pub mod backup;
pub mod change;
pub mod checks;
pub mod config;
pub mod db;
pub mod documents;
pub mod explain;
pub mod history;
pub mod ledger;
pub mod news;
pub mod plan;
pub mod policy;
pub mod scan;
pub mod targets;
pub mod up;
pub mod verify;
pub mod vex;
