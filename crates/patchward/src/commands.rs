//! What each command does: one file per command.

pub mod accept;
pub mod asset_context;
pub mod config;
pub mod db;
pub mod documents;
pub mod explain;
pub mod news;
pub mod plan;
pub mod policy;
pub mod scan;
pub mod targets;
pub mod up;
pub mod vex;
