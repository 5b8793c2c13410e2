//! What a feed brings: one record at a time, and how it is written down.

use jiff::Timestamp;
use patchward_advisory::model::{Advisory, Affected, Authority, Fact, Lifecycle, Signal};
use sha2::{Digest, Sha256};

use crate::layout::{Kind, NEVER, Role};

/// One record of a feed.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// An advisory.
    Advisory(Box<Advisory>),
    /// A signal. EPSS scores of CVE ids become points of a series; all others are records.
    Signal(Signal),
    /// End of life of a release cycle.
    Lifecycle(Lifecycle),
}

impl From<Advisory> for Record {
    fn from(advisory: Advisory) -> Record {
        Record::Advisory(Box::new(advisory))
    }
}

impl From<Signal> for Record {
    fn from(signal: Signal) -> Record {
        Record::Signal(signal)
    }
}

impl From<Lifecycle> for Record {
    fn from(lifecycle: Lifecycle) -> Record {
        Record::Lifecycle(lifecycle)
    }
}

/// A record ready to be written.
pub struct Encoded {
    pub kind: Kind,
    /// Identity within its feed.
    pub key: String,
    pub ids: Vec<(Role, String)>,
    pub withdrawn: bool,
    pub published: i64,
    pub modified: i64,
    /// JSON of the record without its affected packages.
    pub core: Vec<u8>,
    /// The affected packages, and each one's JSON.
    pub affected: Vec<(Affected, Vec<u8>)>,
    pub digest: [u8; 16],
    /// Rank of the publisher, for advisories.
    pub authority: u8,
    pub malware: bool,
}

/// Writes a record down as JSON. JSON because a later version's extra fields then do no harm to an older reader.
pub fn encode(record: Record) -> Result<Encoded, serde_json::Error> {
    match record {
        Record::Advisory(advisory) => encode_advisory(*advisory),
        Record::Signal(signal) => encode_plain(
            Kind::Signal,
            signal_key(&signal),
            vec![(Role::Own, signal.id.clone())],
            signal.at,
            serde_json::to_vec(&signal)?,
        ),
        Record::Lifecycle(lifecycle) => encode_plain(
            Kind::Lifecycle,
            format!("{}{PART}{}", lifecycle.product, lifecycle.cycle),
            vec![(Role::Own, lifecycle.product.clone())],
            None,
            serde_json::to_vec(&lifecycle)?,
        ),
    }
}

fn encode_plain(
    kind: Kind,
    key: String,
    ids: Vec<(Role, String)>,
    at: Option<Timestamp>,
    core: Vec<u8>,
) -> Result<Encoded, serde_json::Error> {
    let digest = half(Sha256::digest(&core).as_slice());
    Ok(Encoded {
        kind,
        key,
        ids,
        withdrawn: false,
        published: micros(at),
        modified: micros(at),
        core,
        affected: Vec::new(),
        digest,
        authority: 0,
        malware: false,
    })
}

fn encode_advisory(mut advisory: Advisory) -> Result<Encoded, serde_json::Error> {
    let affected = std::mem::take(&mut advisory.affected);
    let core = serde_json::to_vec(&advisory)?;
    let affected: Vec<(Affected, Vec<u8>)> = affected
        .into_iter()
        .map(|affected| serde_json::to_vec(&affected).map(|json| (affected, json)))
        .collect::<Result<_, _>>()?;
    let mut digest = Sha256::new_with_prefix(&core);
    for (_, json) in &affected {
        digest.update(json);
    }
    let mut ids = vec![(Role::Own, advisory.id.clone())];
    let distinct = |known: &[(Role, String)], id: &String| known.iter().all(|(_, k)| k != id);
    // Some distributions (AlmaLinux) name the flaws that they repackage as related only.
    let none = Vec::new();
    let silent = advisory.aliases.is_empty() && advisory.upstream.is_empty();
    let repackaged = match advisory.authority {
        Authority::Distribution if silent => &advisory.related,
        _ => &none,
    };
    for (role, more) in [
        (Role::Alias, &advisory.aliases),
        (Role::Upstream, &advisory.upstream),
        (Role::Upstream, repackaged),
    ] {
        for id in more {
            if distinct(&ids, id) {
                ids.push((role, id.clone()));
            }
        }
    }
    Ok(Encoded {
        kind: Kind::Advisory,
        ids,
        withdrawn: advisory.withdrawn.is_some(),
        published: micros(advisory.published),
        modified: micros(advisory.modified.or(advisory.withdrawn)),
        core,
        affected,
        digest: half(digest.finalize().as_slice()),
        authority: advisory.authority as u8,
        malware: advisory.malware,
        // One feed may carry the words of several publishers on one id (a CVE record and what CISA adds to it).
        key: format!("{}{PART}{}", advisory.id, advisory.publisher),
    })
}

/// Parts the id from the rest of a key: a character that no id has (ASCII unit separator).
pub const PART: char = '\u{1f}';

/// One feed may tell several things of one id: the fact and what tells it apart belong to the identity.
fn signal_key(signal: &Signal) -> String {
    let id = &signal.id;
    match &signal.fact {
        Fact::Kev(kev) => format!("{id}{PART}kev{PART}{}", kev.asserter),
        Fact::Epss { .. } => format!("{id}{PART}epss"),
        Fact::Ssvc { .. } => format!("{id}{PART}ssvc"),
        Fact::Exploit { url, .. } => format!("{id}{PART}exploit{PART}{url}"),
        Fact::Mention { url, .. } => format!("{id}{PART}mention{PART}{url}"),
    }
}

/// The id that a key begins with.
pub fn id_of_key(key: &str) -> &str {
    key.split_once(PART).map_or(key, |(id, _)| id)
}

fn half(digest: &[u8]) -> [u8; 16] {
    digest.first_chunk::<16>().copied().unwrap_or_default()
}

/// A time in the file: microseconds since 1970.
pub fn micros(time: Option<Timestamp>) -> i64 {
    time.map_or(NEVER, Timestamp::as_microsecond)
}

/// A time of the file.
pub fn timestamp(micros: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(micros).ok()
}
