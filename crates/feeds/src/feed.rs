//! The feeds, one file each: where the publisher keeps what, and how to tell what has changed.

pub mod alpine;
mod changes;
pub mod csaf;
pub mod cve;
pub mod debian;
pub mod eol;
pub mod epss;
pub mod go;
pub mod kev;
pub mod nvd;
pub mod osv;
pub mod packagist;
pub mod retirejs;
pub mod rss;
pub mod wordpress;
