//! VEX documents on their own: who publishes them, and the three formats that `scan` writes too.

use std::io;
use std::path::Path;

use patchward_protocol::report::ScanReport;

use super::{csaf, cyclonedx, openvex};

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum VexFormat {
    /// OpenVEX 0.2.0
    Openvex,
    /// CSAF 2.0, profile VEX
    Csaf,
    /// CycloneDX 1.6
    Cyclonedx,
}

/// Who publishes a document, and in which version.
#[derive(Debug, Clone)]
pub struct Publication {
    /// Who says so; the tool when nobody is named.
    pub author: Option<String>,
    /// The author's address.
    pub namespace: Option<String>,
    /// Goes up with every change.
    pub version: u32,
}

impl Default for Publication {
    fn default() -> Publication {
        Publication {
            author: None,
            namespace: None,
            version: 1,
        }
    }
}

impl Publication {
    /// The author's name.
    pub fn author(&self) -> &str {
        self.author.as_deref().unwrap_or(super::facts::TOOL)
    }
}

/// Writes the document; a file is complete or not there at all.
///
/// # Errors
/// When the file or standard output cannot be written.
pub fn write(
    report: &ScanReport,
    format: VexFormat,
    publication: &Publication,
    file: Option<&Path>,
) -> io::Result<()> {
    super::to(file, &mut |out| match format {
        VexFormat::Openvex => openvex::publish(report, publication, out),
        VexFormat::Csaf => csaf::publish(report, publication, out),
        VexFormat::Cyclonedx => cyclonedx::publish(report, publication, out),
    })
}

#[cfg(test)]
mod tests;
