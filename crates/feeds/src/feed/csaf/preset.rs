//! Providers that everybody needs: where their folders are, and the archive of everything.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::directory::{Archive, Directory};
use super::listing;
use crate::client::Fetched;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::Run;

/// A provider with known folders.
pub struct Preset {
    name: &'static str,
    url: &'static str,
    /// Folder in a mirror.
    mirror: &'static str,
    /// Its folders.
    pub folders: &'static [Folder],
}

/// A folder with `changes.csv`.
pub struct Folder {
    /// Path below the base.
    path: &'static str,
    /// The archive of everything.
    archive: ArchiveName,
}

/// How the archive of a folder is named.
#[derive(Clone, Copy)]
enum ArchiveName {
    /// There is none.
    None,
    /// Always the same.
    Fixed(&'static str),
    /// In `archive_latest.txt` of the folder; the name holds the day.
    Latest,
}

/// Red Hat's VEX documents tell of unfixed products too, so its advisories are not needed beside them.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "redhat",
        url: "https://security.access.redhat.com/data/csaf/v2",
        mirror: "csaf-redhat/data/csaf/v2",
        folders: &[Folder {
            path: "vex",
            archive: ArchiveName::Latest,
        }],
    },
    Preset {
        name: "suse",
        url: "https://ftp.suse.com/pub/projects/security",
        mirror: "csaf-suse/pub/projects/security",
        folders: &[Folder {
            path: "csaf-vex",
            archive: ArchiveName::Fixed("csaf-vex.tar.bz2"),
        }],
    },
    Preset {
        name: "cisa",
        url: "https://raw.githubusercontent.com/cisagov/CSAF/develop/csaf_files",
        mirror: "csaf",
        folders: &[
            Folder {
                path: "OT/white",
                archive: ArchiveName::None,
            },
            Folder {
                path: "IT/white",
                archive: ArchiveName::None,
            },
        ],
    },
];

impl Preset {
    /// A folder of this provider; its archive only at the first time.
    pub fn directory(&self, run: &mut Run<'_>, folder: &Folder) -> Result<Directory, FeedError> {
        let provider = Location::base(run.config, self.mirror, self.url);
        let base = provider.join(folder.path)?;
        let label = format!("csaf/{}/{}", self.name, folder.path);
        let archive = match folder.archive {
            _ if listing::cursor(run, &label).is_some() => None,
            ArchiveName::None => None,
            ArchiveName::Fixed(name) => Some(Archive {
                location: provider.join(name)?,
                made: None,
            }),
            ArchiveName::Latest => latest(run, &base)?,
        };
        Ok(Directory {
            label,
            base,
            archive,
        })
    }
}

/// The archive that `archive_latest.txt` names.
fn latest(run: &mut Run<'_>, folder: &Location) -> Result<Option<Archive>, FeedError> {
    let name = folder.join("archive_latest.txt")?;
    let Fetched::Document(document) = run.client.fetch(&name, None, 4096)? else {
        return Ok(None);
    };
    let name = String::from_utf8_lossy(&document.bytes()?)
        .trim()
        .to_owned();
    let day: Option<Date> = name.split(['_', '.']).find_map(|part| part.parse().ok());
    let made = day.and_then(|day| day.to_zoned(TimeZone::UTC).ok());
    Ok(Some(Archive {
        location: folder.join(&name)?,
        made: made.map(|made| made.timestamp()),
    }))
}
