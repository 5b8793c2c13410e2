//! What a segment keeps ready to judge a version with, without inflating the advisory.

use patchward_advisory::affects;
use patchward_advisory::model::{Affected, Authority, Status};
use patchward_version::Scheme;

use crate::bytes::Cursor;
use crate::hash::hash;
use crate::intervals::{Interval, intervals};
use crate::schemes;

const BINARY: u8 = 1;
const CONDITIONAL: u8 = 2;
const EVERY: u8 = 4;
const UNDECIDED: u8 = 8;
const WITHDRAWN: u8 = 16;
const MALWARE: u8 = 32;

const OPEN: u8 = 0;
const BELOW: u8 = 1;

/// Appends the entry of `affected`; its length stands before it, so that a reader can step over it.
pub fn write(
    out: &mut Vec<u8>,
    record: u32,
    ordinal: u32,
    affected: &Affected,
    authority: u8,
    withdrawn: bool,
    malware: bool,
) {
    let computed = intervals(affected);
    let mut body = Vec::new();
    body.extend_from_slice(&record.to_le_bytes());
    body.extend_from_slice(&ordinal.to_le_bytes());
    let mut intervals_bytes = Vec::new();
    let mut count = 0_u32;
    let mut undecided = computed.undecided;
    for interval in &computed.all {
        match put_interval(&mut intervals_bytes, interval) {
            Some(()) => count += 1,
            None => undecided = true,
        }
    }
    let conditions = &affected.conditions;
    let conditional = conditions.module.is_some()
        || conditions.channel.is_some()
        || !conditions.arches.is_empty()
        || !conditions.running_on.is_empty();
    let flags = [
        (conditions.binary, BINARY),
        (conditional, CONDITIONAL),
        (computed.every, EVERY),
        (undecided, UNDECIDED),
        (withdrawn, WITHDRAWN),
        (malware, MALWARE),
    ];
    let flags = flags
        .into_iter()
        .fold(0, |all, (set, flag)| if set { all | flag } else { all });
    body.extend_from_slice(&[status_code(affected.status), flags, authority, 0]);
    let mut listed: Vec<u64> = affected.versions.iter().map(|v| hash(&[v])).collect();
    listed.sort_unstable();
    listed.dedup();
    let listed_count = u32::try_from(listed.len()).unwrap_or(u32::MAX);
    body.extend_from_slice(&count.to_le_bytes());
    body.extend_from_slice(&listed_count.to_le_bytes());
    for hash in listed {
        body.extend_from_slice(&hash.to_le_bytes());
    }
    body.extend_from_slice(&intervals_bytes);
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&body);
}

fn put_interval(out: &mut Vec<u8>, interval: &Interval) -> Option<()> {
    let (kind, high): (u8, &[u8]) = match &interval.high {
        None => (OPEN, &[]),
        Some(key) => (BELOW, key),
    };
    let low = u16::try_from(interval.low.len()).ok()?;
    let high_length = u16::try_from(high.len()).ok()?;
    out.extend_from_slice(&[schemes::code(interval.scheme)?, kind]);
    out.extend_from_slice(&low.to_le_bytes());
    out.extend_from_slice(&interval.low);
    out.extend_from_slice(&high_length.to_le_bytes());
    out.extend_from_slice(high);
    Some(())
}

fn status_code(status: Status) -> u8 {
    match status {
        Status::Affected => 0,
        Status::WontFix => 1,
        Status::Deferred => 2,
        Status::NotAffected => 3,
        Status::UnderInvestigation => 4,
    }
}

/// What one advisory says of one package, as far as it is kept ready.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'k> {
    /// Number of the advisory in its segment.
    pub(crate) record: u32,
    /// Which of the advisory's affected packages this is.
    pub(crate) ordinal: u32,
    /// What is said of the versions named.
    pub status: Status,
    /// Whose word it is.
    pub authority: Authority,
    flags: u8,
    listed: &'k [u8],
    intervals: &'k [u8],
}

/// Whether a version is among those that an entry names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Named {
    /// Listed one by one (by hash: the advisory's own list confirms it).
    Listed,
    /// Inside a range.
    InRange,
    /// The entry names every version.
    Every,
    /// It is not among them.
    No,
    /// The version or a range cannot be ordered, so nobody can tell.
    Unknown,
}

impl<'k> Entry<'k> {
    /// Reads the next entry of a run.
    pub(crate) fn read(run: &mut Cursor<'k>) -> Option<Entry<'k>> {
        let length = run.u32()? as usize;
        let body_bytes = run.take(length)?;
        let mut body = Cursor::new(body_bytes);
        let (record, ordinal) = (body.u32()?, body.u32()?);
        let status = match body.u8()? {
            0 => Status::Affected,
            1 => Status::WontFix,
            2 => Status::Deferred,
            3 => Status::NotAffected,
            _ => Status::UnderInvestigation,
        };
        let flags = body.u8()?;
        let authority = match body.u8()? {
            0 => Authority::Distribution,
            1 => Authority::Ecosystem,
            2 => Authority::Cna,
            _ => Authority::Cpe,
        };
        body.u8()?;
        let _intervals = body.u32()?;
        let listed = (body.u32()? as usize).checked_mul(8)?;
        let listed = body.take(listed)?;
        let used = 20 + listed.len();
        Some(Entry {
            record,
            ordinal,
            status,
            authority,
            flags,
            listed,
            intervals: body_bytes.get(used..)?,
        })
    }

    /// The name is a binary package's.
    pub fn binary(&self) -> bool {
        self.flags & BINARY != 0
    }

    /// The statement holds only under conditions (module, channel, architecture, running on): read the details.
    pub fn conditional(&self) -> bool {
        self.flags & CONDITIONAL != 0
    }

    /// The publisher took the advisory back.
    pub fn withdrawn(&self) -> bool {
        self.flags & WITHDRAWN != 0
    }

    /// The advisory tells of malicious code.
    pub fn malware(&self) -> bool {
        self.flags & MALWARE != 0
    }

    /// Whether the entry names this version.
    pub fn names(&self, version: &mut Probe<'_>) -> Named {
        if self.flags & EVERY != 0 {
            return Named::Every;
        }
        if self.lists(version.hash) {
            return Named::Listed;
        }
        if version.text.is_empty() {
            return Named::Unknown;
        }
        let mut unknown = self.flags & UNDECIDED != 0;
        let mut rest = Cursor::new(self.intervals);
        while !rest.is_empty() {
            match stretch_contains(&mut rest, version) {
                Some(Some(true)) => return Named::InRange,
                Some(Some(false)) => {}
                Some(None) => unknown = true,
                None => return Named::Unknown, // bytes that say nothing must not prove safety
            }
        }
        if unknown { Named::Unknown } else { Named::No }
    }

    fn lists(&self, hash: u64) -> bool {
        let (mut low, mut high) = (0, self.listed.len() / 8);
        while low < high {
            let middle = low + (high - low) / 2;
            let found = crate::bytes::row(self.listed, middle, 8).and_then(|mut row| row.u64());
            match found.map(|found| found.cmp(&hash)) {
                Some(std::cmp::Ordering::Equal) => return true,
                Some(std::cmp::Ordering::Less) => low = middle + 1,
                _ => high = middle,
            }
        }
        false
    }
}

/// Whether the next stretch holds the version; the inner `None`: its scheme refuses the version.
fn stretch_contains(rest: &mut Cursor<'_>, version: &mut Probe<'_>) -> Option<Option<bool>> {
    let scheme = rest.u8()?;
    let kind = rest.u8()?;
    let low = rest.u16()?;
    let low = rest.take(usize::from(low))?;
    let high = rest.u16()?;
    let high = rest.take(usize::from(high))?;
    if low.is_empty() && kind == OPEN {
        return Some(Some(true)); // every version, also one that the scheme refuses
    }
    let Some(key) = version.key(scheme) else {
        return Some(None);
    };
    let below = match kind {
        OPEN => true,
        BELOW => key < high,
        _ => return None,
    };
    Some(Some(low <= key && below))
}

/// An installed version with its keys, each made when first asked for.
#[derive(Debug, Clone)]
pub struct Probe<'v> {
    /// The version as text.
    pub text: &'v str,
    hash: u64,
    keys: [Key; schemes::COUNT],
}

#[derive(Debug, Clone, Default)]
enum Key {
    #[default]
    Unasked,
    Refused,
    Made(patchward_version::Key),
}

impl<'v> Probe<'v> {
    /// A version to judge.
    pub fn new(text: &'v str) -> Probe<'v> {
        Probe {
            text,
            hash: hash(&[text]),
            keys: Default::default(),
        }
    }

    fn key(&mut self, code: u8) -> Option<&[u8]> {
        let slot = self.keys.get_mut(usize::from(code))?;
        if let Key::Unasked = slot {
            *slot = match affects::key(schemes::scheme(code)?, self.text) {
                Ok(key) => Key::Made(key),
                Err(_) => Key::Refused,
            };
        }
        match slot {
            Key::Made(key) => Some(key.as_bytes()),
            _ => None,
        }
    }

    /// Whether a scheme takes the version.
    pub fn is_version_of(&mut self, scheme: Scheme) -> bool {
        schemes::code(scheme).is_some_and(|code| self.key(code).is_some())
    }
}
