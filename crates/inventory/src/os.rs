//! Operating systems: which distribution a root holds, and the packages that its package managers installed.
//!
//! One file per package database, listed once in [`FORMATS`]. A reader gets bytes and tells what it understood; which
//! files to read is in [`collect`](collect::collect).

pub mod apk;
pub mod channels;
pub mod chisel;
pub mod chocolatey;
pub mod collect;
pub mod cos;
pub mod dpkg;
pub mod ecosystem;
pub mod flatpak;
pub mod homebrew;
pub mod identity;
pub mod kernel;
pub mod macapps;
pub mod ownership;
pub mod pacman;
pub mod plist;
pub mod portage;
pub mod release;
pub mod rpm;
pub mod snap;
mod text;

use patchward_protocol::inventory::OperatingSystem;

use crate::parse::{Input, ParseError, Parsed};

/// A package database's format: how it is called and read.
pub struct Format {
    /// Stable name, as in the corpus: `dpkg-status`, `rpmdb`.
    pub name: &'static str,
    /// Reads one file of this format; the distribution goes into the purls.
    pub parse: fn(&Input<'_>, Option<&OperatingSystem>) -> Result<Parsed, ParseError>,
}

/// Every format.
pub const FORMATS: &[Format] = &[
    Format {
        name: "apk-installed",
        parse: apk::parse,
    },
    Format {
        name: "chisel",
        parse: chisel::parse,
    },
    Format {
        name: "chocolatey",
        parse: chocolatey::parse,
    },
    Format {
        name: "cos-package-info",
        parse: cos::parse,
    },
    Format {
        name: "dpkg-status",
        parse: dpkg::parse,
    },
    Format {
        name: "flatpak",
        parse: flatpak::parse,
    },
    Format {
        name: "homebrew",
        parse: homebrew::parse,
    },
    Format {
        name: "macapps",
        parse: macapps::parse,
    },
    Format {
        name: "pacman-desc",
        parse: pacman::parse,
    },
    Format {
        name: "portage",
        parse: portage::parse,
    },
    Format {
        name: "rpmdb",
        parse: rpm::parse,
    },
    Format {
        name: "snap",
        parse: snap::parse,
    },
];

/// The format of a name.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}
