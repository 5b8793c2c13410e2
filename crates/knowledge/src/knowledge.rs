//! Opens the newest generation and looks things up in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use patchward_advisory::model::{Advisory, Affected, Fact, Lifecycle, Signal};

use crate::bytes::Cursor;
use crate::entry::Entry;
use crate::epss::{self, EpssPoint};
use crate::hash::hash;
use crate::layout::{Kind, RecordRow, Role, STILL, Section};
use crate::manifest::{Manifest, ManifestError};
use crate::names;
use crate::record::{id_of_key, timestamp};
use crate::segment::{Segment, SegmentError};

/// Why a knowledge base cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no knowledge base in the folder.
    #[error("find a knowledge base in {0}")]
    Missing(PathBuf),
    /// The manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A segment cannot be used.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// A segment is not the one that the manifest names.
    #[error("{0} is not the segment that the manifest names")]
    Torn(PathBuf),
    /// Another version of Patchward made the version keys: `rebuild` makes them anew from the records.
    #[error("the version keys in {0} were made by another version of Patchward: rebuild it")]
    ForeignKeys(PathBuf),
}

/// One generation, open for reading. It stays as it is, whatever is committed meanwhile.
#[derive(Debug, Clone)]
pub struct Knowledge {
    manifest: Arc<Manifest>,
    segments: Vec<Arc<Segment>>,
}

/// Where a record lies: good for this [`Knowledge`] only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId {
    pub(crate) segment: u32,
    pub(crate) record: u32,
}

/// What one advisory says of one package: judged at once, read in full when asked.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'k> {
    entry: Entry<'k>,
    segment: u32,
}

impl<'k> std::ops::Deref for Claim<'k> {
    type Target = Entry<'k>;

    fn deref(&self) -> &Entry<'k> {
        &self.entry
    }
}

impl Claim<'_> {
    /// The advisory.
    pub fn advisory(&self) -> RecordId {
        RecordId {
            segment: self.segment,
            record: self.entry.record,
        }
    }

    /// The advisory, and which of its affected packages the claim is.
    pub fn place(&self) -> (RecordId, u32) {
        (self.advisory(), self.entry.ordinal)
    }
}

/// What the advisories of one release of an ecosystem say of a package.
#[derive(Debug, Clone, Copy)]
pub struct Run<'k> {
    /// The release: `12` of `Debian:12`; empty where the ecosystem has none.
    pub release: &'k str,
    knowledge: &'k Knowledge,
    segment: u32,
    entries: Cursor<'k>,
}

impl<'k> Run<'k> {
    /// The claims that hold.
    pub fn claims(self) -> impl Iterator<Item = Claim<'k>> {
        let Run {
            knowledge,
            segment,
            mut entries,
            ..
        } = self;
        std::iter::from_fn(move || Entry::read(&mut entries))
            .filter(move |entry| knowledge.superseded(segment, entry.record).is_none())
            .map(move |entry| Claim { entry, segment })
    }
}

impl Knowledge {
    /// Opens the newest generation of a folder. The cost does not depend on how much it holds.
    ///
    /// # Errors
    /// When there is none, or when it is not whole.
    pub fn open(folder: &Path) -> Result<Knowledge, OpenError> {
        let knowledge = Knowledge::open_any(folder)?;
        match knowledge.segments.iter().find(|s| s.foreign_keys) {
            Some(_) => Err(OpenError::ForeignKeys(folder.to_owned())),
            None => Ok(knowledge),
        }
    }

    /// As [`Knowledge::open`], also with keys that must not be compared: for rebuilding only.
    pub(crate) fn open_any(folder: &Path) -> Result<Knowledge, OpenError> {
        const ATTEMPTS: usize = 5;
        let mut attempt = 1;
        loop {
            let manifest =
                Manifest::read(folder)?.ok_or_else(|| OpenError::Missing(folder.to_owned()))?;
            match Knowledge::of_manifest(folder, manifest) {
                // The generation was replaced and cleaned between reading the manifest and opening its segments.
                Err(OpenError::Segment(SegmentError::Read { source, .. }))
                    if source.kind() == std::io::ErrorKind::NotFound && attempt < ATTEMPTS =>
                {
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    fn of_manifest(folder: &Path, manifest: Manifest) -> Result<Knowledge, OpenError> {
        let mut segments = Vec::with_capacity(manifest.segments.len());
        for named in &manifest.segments {
            let path = folder.join(plain_name(&named.file));
            let segment = Segment::open(&path, named.number)?;
            if segment.size() != named.length
                || crate::manifest::hex(&segment.digest) != named.digest
            {
                return Err(OpenError::Torn(path));
            }
            segments.push(Arc::new(segment));
        }
        Ok(Knowledge {
            manifest: Arc::new(manifest),
            segments,
        })
    }

    /// A knowledge base that knows nothing.
    pub fn empty() -> Knowledge {
        Knowledge {
            manifest: Arc::default(),
            segments: Vec::new(),
        }
    }

    #[cfg(test)]
    pub(crate) fn of_segments(segments: Vec<Segment>) -> Knowledge {
        Knowledge {
            manifest: Arc::default(),
            segments: segments.into_iter().map(Arc::new).collect(),
        }
    }

    /// The generation's manifest: its number, feeds and segments.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(crate) fn segments(&self) -> &[Arc<Segment>] {
        &self.segments
    }

    /// Checks every byte against the digests.
    ///
    /// # Errors
    /// When a segment is damaged.
    pub fn verify(&self) -> Result<(), SegmentError> {
        self.segments.iter().try_for_each(|s| s.verify())
    }

    /// What is said of a package, by release. `family` is the ecosystem without its release (`Debian`, `npm`, `CPE`);
    /// the name may be in any spelling that the ecosystem takes for the same.
    pub fn package<'k>(&'k self, family: &str, name: &str) -> impl Iterator<Item = Run<'k>> {
        let name = names::spelling(family, name);
        let wanted = hash(&[family, &name]);
        let groups: Vec<(u32, Cursor<'k>)> = self
            .numbered()
            .filter_map(|(at, segment)| Some((at, segment.group(wanted, family, &name)?)))
            .collect();
        groups.into_iter().flat_map(move |(segment, mut group)| {
            let mut left = group.u32().unwrap_or(0);
            std::iter::from_fn(move || {
                left = left.checked_sub(1)?;
                let release = group.text()?;
                let _count = group.u32()?;
                let length = group.u32()? as usize;
                let entries = Cursor::new(group.take(length)?);
                Some(Run {
                    release,
                    knowledge: self,
                    segment,
                    entries,
                })
            })
        })
    }

    /// Every package that something is said of, as ecosystem family and name: no order, and a package that several
    /// segments speak of comes once from each.
    pub fn packages(&self) -> impl Iterator<Item = (&str, &str)> {
        self.segments.iter().flat_map(|segment| segment.packages())
    }

    /// Whether any advisory holds: without one, nothing can be judged.
    pub fn judges(&self) -> bool {
        // Mostly the first package that something is said of is enough; signals may fill the first of the records.
        let spoken_of = |(family, name)| {
            self.package(family, name)
                .any(|run| run.claims().next().is_some())
        };
        self.packages().any(spoken_of) || self.all_advisories().next().is_some()
    }

    fn numbered(&self) -> impl Iterator<Item = (u32, &Segment)> {
        (0..).zip(self.segments.iter().map(Arc::as_ref))
    }

    /// Whether a newer segment replaced (`Some(_, false)`) or removed (`Some(_, true)`) a record, and when.
    pub(crate) fn superseded(&self, segment: u32, record: u32) -> Option<(i64, bool)> {
        let number = self.segments.get(segment as usize)?.number;
        let newer = self.segments.get(segment as usize + 1..)?;
        newer
            .iter()
            .find_map(|s| Some((s.meta.learnt, s.kills(number, record)?)))
    }

    pub(crate) fn row(&self, id: RecordId) -> Option<(&Segment, RecordRow)> {
        let segment = self.segments.get(id.segment as usize)?;
        Some((segment, segment.record(id.record)?))
    }

    pub(crate) fn holds(&self, id: RecordId) -> bool {
        self.row(id).is_some_and(|(_, row)| row.until == STILL)
            && self.superseded(id.segment, id.record).is_none()
    }

    /// The records that hold and name `id`, with how they name it.
    pub(crate) fn named(&self, id: &str) -> Vec<(Role, RecordId)> {
        let mut found = Vec::new();
        for (segment, s) in self.numbered() {
            for (role, record) in s.by_id(id) {
                let at = RecordId { segment, record };
                if self.holds(at) && self.really_names(at, role, id) {
                    found.push((role, at));
                }
            }
        }
        found
    }

    /// Two ids may share a hash: the text decides.
    fn really_names(&self, at: RecordId, role: Role, id: &str) -> bool {
        let Some((segment, row)) = self.row(at) else {
            return false;
        };
        match role {
            Role::Own => segment.id(&row) == Some(id),
            role => segment.other_ids(&row).contains(&(role, id)),
        }
    }

    /// The record with this identity, if it holds.
    pub(crate) fn find(&self, kind: Kind, feed: &str, key: &str) -> Option<RecordId> {
        let id = id_of_key(key);
        self.numbered().find_map(|(segment, s)| {
            s.by_id(id)
                .take_while(|(role, _)| *role == Role::Own)
                .map(|(_, record)| RecordId { segment, record })
                .find(|at| {
                    s.record(at.record).is_some_and(|row| {
                        row.kind == kind
                            && s.string(row.key) == Some(key)
                            && s.string(row.feed) == Some(feed)
                    }) && self.holds(*at)
                })
        })
    }

    /// The advisory of a record, without its affected packages; `None` where the file is damaged.
    pub fn advisory(&self, id: RecordId) -> Option<Advisory> {
        let (segment, row) = self.row(id)?;
        segment.core(&row)
    }

    /// What a claim's advisory says of the package, in full.
    pub fn affected(&self, claim: &Claim<'_>) -> Option<Affected> {
        let (segment, row) = self.row(claim.advisory())?;
        segment.affected(&row, claim.entry.ordinal)
    }

    /// An advisory with all its affected packages.
    pub fn whole_advisory(&self, id: RecordId) -> Option<Advisory> {
        let (segment, row) = self.row(id)?;
        let mut advisory: Advisory = segment.core(&row)?;
        advisory.affected = (0..row.affected)
            .map_while(|ordinal| segment.affected(&row, ordinal))
            .collect();
        Some(advisory)
    }

    /// When we first learnt of a record, and when we learnt its present form.
    pub fn learnt(&self, id: RecordId) -> Option<(Timestamp, Timestamp)> {
        let (_, row) = self.row(id)?;
        Some((timestamp(row.since)?, timestamp(row.learnt)?))
    }

    /// The feed that a record came by.
    pub fn feed(&self, id: RecordId) -> Option<&str> {
        let (segment, row) = self.row(id)?;
        segment.string(row.feed)
    }

    /// The advisories with exactly this id, whoever publishes them.
    pub fn advisories(&self, id: &str) -> Vec<RecordId> {
        let own = self.named(id).into_iter();
        own.filter(|(role, at)| {
            *role == Role::Own && self.row(*at).is_some_and(|(_, r)| r.kind == Kind::Advisory)
        })
        .map(|(_, at)| at)
        .collect()
    }

    /// What other feeds say of exactly this id; EPSS with its newest score.
    pub fn signals_of(&self, id: &str) -> Vec<Signal> {
        let mut found: Vec<Signal> = self
            .named(id)
            .into_iter()
            .filter_map(|(_, at)| {
                let (segment, row) = self.row(at)?;
                (row.kind == Kind::Signal).then(|| segment.core(&row))?
            })
            .collect();
        if let Some(point) = self.epss(id).pop() {
            found.push(Signal {
                id: id.to_owned(),
                feed: epss::FEED.to_owned(),
                at: Some(point.at),
                fact: Fact::Epss {
                    score: point.score,
                    percentile: point.percentile,
                    model: point.model,
                },
            });
        }
        found
    }

    /// The EPSS series of a CVE id, oldest first: a point where something moved, and one of the newest day for which the
    /// feed gave the score as it stands. A CVE that has left the feed ends with the last day on which it was in it.
    pub fn epss(&self, id: &str) -> Vec<EpssPoint> {
        let Some(cve) = epss::cve_number(id) else {
            return Vec::new();
        };
        let points = self.segments.iter().flat_map(|segment| {
            epss::of_cve(segment.section(Section::Epss), cve)
                .filter_map(|point| Some((point, segment.string(point.model)?)))
        });
        let points = epss::standing(points.collect(), |(point, _)| (point.at, point.learnt));
        let scored = points.last().is_some_and(|(point, _)| !point.ended());
        let mut series: Vec<EpssPoint> = Vec::with_capacity(points.len() + 1);
        for (point, model) in points {
            let Some(at) = timestamp(point.at) else {
                continue;
            };
            if point.ended() {
                extend(&mut series, at);
                continue;
            }
            series.extend(timestamp(point.learnt).map(|learnt| EpssPoint {
                at,
                learnt,
                score: f64::from(point.score) / 1e9,
                percentile: f64::from(point.percentile) / 1e9,
                model: model.to_owned(),
            }));
        }
        if scored && let Some(newest) = self.scores_of() {
            extend(&mut series, newest);
        }
        series
    }

    /// The day of the newest EPSS scores.
    fn scores_of(&self) -> Option<Timestamp> {
        self.manifest.feeds.get(epss::FEED)?.data_date
    }

    /// The release cycles of a product, in the order of the feed.
    pub fn lifecycles(&self, product: &str) -> Vec<Lifecycle> {
        self.named(product)
            .into_iter()
            .filter_map(|(_, at)| {
                let (segment, row) = self.row(at)?;
                (row.kind == Kind::Lifecycle).then(|| segment.core(&row))?
            })
            .collect()
    }

    /// Every record that holds.
    pub(crate) fn all(&self) -> impl Iterator<Item = (RecordId, &Segment, RecordRow)> {
        self.numbered().flat_map(move |(segment, s)| {
            (0..s.records()).filter_map(move |record| {
                let row = s.record(record)?;
                let holds = row.until == STILL && self.superseded(segment, record).is_none();
                holds.then_some((RecordId { segment, record }, s, row))
            })
        })
    }
}

/// The last score held until `day`.
fn extend(series: &mut Vec<EpssPoint>, day: Timestamp) {
    if let Some(last) = series.last().filter(|last| last.at < day) {
        series.push(EpssPoint {
            at: day,
            ..last.clone()
        });
    }
}

/// A manifest names files of its own folder only.
pub(crate) fn plain_name(file: &str) -> &str {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == '_';
    if file.chars().all(good) && !file.starts_with('.') {
        file
    } else {
        "refused-name"
    }
}
