//! The records that cross a wire or a disk: inventories, findings, decisions, checks, scan reports.
//!
//! Each record has a version number in its `schema` field and keeps three promises: new code reads old records, old
//! code reads new ones, and old code writing back loses nothing it understands.

pub mod check;
pub mod decision;
pub mod inventory;
pub mod plan;
pub mod report;
pub mod restart;
pub mod run;
pub mod transaction;
