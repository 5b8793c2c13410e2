//! Providers that everybody needs: where their folders are, and the archive of everything.

use jiff::civil::Date;

use super::directory::{Archive, Directory};
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
    /// Folders with `changes.csv`, and the archive of each, relative to the base.
    folders: &'static [(&'static str, ArchiveName)],
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
        folders: &[("vex", ArchiveName::Latest)],
    },
    Preset {
        name: "suse",
        url: "https://ftp.suse.com/pub/projects/security",
        mirror: "csaf-suse/pub/projects/security",
        folders: &[("csaf-vex", ArchiveName::Fixed("csaf-vex.tar.bz2"))],
    },
    Preset {
        name: "cisa",
        url: "https://raw.githubusercontent.com/cisagov/CSAF/develop/csaf_files",
        mirror: "csaf",
        folders: &[
            ("OT/white", ArchiveName::None),
            ("IT/white", ArchiveName::None),
        ],
    },
];

impl Preset {
    /// The folders of this provider.
    pub fn directories(&self, run: &mut Run<'_>) -> Result<Vec<Directory>, FeedError> {
        let base = Location::base(run.config, self.mirror, self.url);
        let mut directories = Vec::new();
        for (folder, archive) in self.folders {
            let folder_base = base.join(folder)?;
            let archive = match archive {
                ArchiveName::None => None,
                ArchiveName::Fixed(name) => Some(Archive {
                    location: base.join(name)?,
                    day: None,
                }),
                ArchiveName::Latest => latest(run, &folder_base)?,
            };
            let label = format!("csaf/{}/{folder}", self.name);
            directories.push(Directory {
                label,
                base: folder_base,
                archive,
            });
        }
        Ok(directories)
    }
}

/// The archive that `archive_latest.txt` names. A publisher that cannot be reached is told when its folder is.
fn latest(run: &mut Run<'_>, folder: &Location) -> Result<Option<Archive>, FeedError> {
    let Ok(Fetched::Document(document)) =
        run.client
            .fetch(&folder.join("archive_latest.txt")?, None, 4096)
    else {
        return Ok(None);
    };
    let name = String::from_utf8_lossy(&document.bytes()?)
        .trim()
        .to_owned();
    let day = name
        .split(['_', '.'])
        .find(|part| part.parse::<Date>().is_ok())
        .map(str::to_owned);
    Ok(Some(Archive {
        location: folder.join(&name)?,
        day,
    }))
}
