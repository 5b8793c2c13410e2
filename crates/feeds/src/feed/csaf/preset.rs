//! Providers that everybody needs: where their folders are, and the archive of everything.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::directory::{Archive, Directory};
use super::signature::Keys;
use super::{discover, listing};
use crate::base::{self, Base};
use crate::client::Fetched;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::Run;

/// A provider with known folders.
pub struct Preset {
    name: &'static str,
    /// Where its folders lie.
    base: &'static Base,
    /// Path of the metadata below the base.
    metadata: &'static str,
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
        base: &base::CSAF_REDHAT,
        metadata: "provider-metadata.json",
        folders: &[Folder {
            path: "vex",
            archive: ArchiveName::Latest,
        }],
    },
    Preset {
        name: "suse",
        base: &base::CSAF_SUSE,
        metadata: "csaf/provider-metadata.json",
        folders: &[Folder {
            path: "csaf-vex",
            archive: ArchiveName::Fixed("csaf-vex.tar.bz2"),
        }],
    },
    Preset {
        name: "cisa",
        base: &base::CSAF_CISA,
        metadata: "provider-metadata.json",
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
    /// The keys that the provider's metadata names; of a folder of this machine none are asked for.
    pub fn keys(&self, run: &mut Run<'_>) -> Result<Keys, FeedError> {
        let place = Location::base(run.config, self.base).join(self.metadata)?;
        if matches!(place, Location::File(_)) {
            return Ok(Keys::default());
        }
        let keys = discover::at(run, &place)?.map(|provider| provider.keys);
        Keys::fetch(run, self.name, &keys.unwrap_or_default())
    }

    /// A folder of this provider; its archive only at the first time.
    pub fn directory(&self, run: &mut Run<'_>, folder: &Folder) -> Result<Directory, FeedError> {
        let provider = Location::base(run.config, self.base);
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
