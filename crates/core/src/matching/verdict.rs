//! Who wins: puts the publishers' words on one vulnerability of one component in order, and decides.

use std::rc::Rc;

use patchward_advisory::model::{Affected, Authority, Status};
use patchward_knowledge::{Named, RecordId};
use patchward_protocol::report::Statement;

use super::claims::{Claims, Said};
use super::names::Role;
use super::vulnerabilities::Vulnerabilities;
use super::words;

/// What suppresses a finding that rests on withdrawn advisories alone.
pub const WITHDRAWN: &str = "withdrawn";

/// What one publisher says, in a form that can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Vulnerable.
    Affected,
    /// Vulnerable, the fix is postponed.
    Deferred,
    /// Vulnerable, and no fix will come.
    WontFix,
    /// Being looked into.
    UnderInvestigation,
    /// The version or range cannot be compared.
    CannotTell,
    /// The version is at or above a fix.
    Fixed,
    /// Not vulnerable.
    NotAffected,
    /// The publisher took the advisory back.
    Withdrawn,
}

impl Verdict {
    /// Vulnerable, whatever becomes of it.
    pub fn is_affected(self) -> bool {
        self <= Verdict::WontFix
    }

    /// Clearly one or the other.
    fn is_clear(self) -> bool {
        self.is_affected() || matches!(self, Verdict::Fixed | Verdict::NotAffected)
    }

    fn words(self) -> &'static str {
        match self {
            Verdict::Affected => "affected",
            Verdict::Deferred => "deferred",
            Verdict::WontFix => "won't fix",
            Verdict::UnderInvestigation => "under investigation",
            Verdict::CannotTell => "cannot tell",
            Verdict::Fixed => "fixed",
            Verdict::NotAffected => "not affected",
            Verdict::Withdrawn => WITHDRAWN,
        }
    }
}

/// One publisher's word.
pub struct Word {
    /// The advisory.
    pub record: RecordId,
    /// Rank.
    pub authority: Authority,
    /// What it says.
    pub verdict: Verdict,
    /// The claim that says so, by its place among the claims.
    pub said: usize,
    /// The claim in full.
    pub detail: Rc<Affected>,
    /// For the report.
    pub statement: Statement,
}

/// The words on one vulnerability of one component, the one that decides first.
pub struct Ruling {
    /// All words.
    pub words: Vec<Word>,
    /// What counts.
    pub outcome: Outcome,
}

/// What counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// These words (from the front) decide: the component is affected, or nobody can tell.
    Stands(usize),
    /// Somebody says "affected", and is overruled.
    Overruled {
        /// By what: `distribution`, `ecosystem advisory`, `CVE record`, `withdrawn`.
        by: &'static str,
        /// The reason in words.
        reason: String,
        /// The advisory that overrules.
        source: String,
    },
}

/// Decides on the claims of the advisories in question.
pub fn rule(
    claims: &Claims<'_, '_>,
    about: &[usize],
    known: &mut Vulnerabilities<'_>,
) -> Option<Ruling> {
    let mut words: Vec<Word> = Vec::new();
    for &at in about {
        let Some(word) = claims
            .all
            .get(at)
            .and_then(|said| read(claims, said, at, known))
        else {
            continue;
        };
        // One advisory may speak of a package several times (one entry per branch): its gravest word counts.
        match words.iter_mut().find(|w| w.record == word.record) {
            Some(earlier) if word.verdict < earlier.verdict => *earlier = word,
            Some(_) => {}
            None => words.push(word),
        }
    }
    if words.is_empty() {
        return None;
    }
    words.sort_by(|a, b| {
        let gravity = (a.authority, a.verdict).cmp(&(b.authority, b.verdict));
        gravity
            .then_with(|| a.statement.advisory.cmp(&b.statement.advisory))
            .then_with(|| a.said.cmp(&b.said))
    });
    Some(decide(words, claims))
}

/// The rank of a claim: a guess by CPE name is a guess whoever published it.
fn rank(claims: &Claims<'_, '_>, said: &Said<'_>) -> Authority {
    match claims.name(said).map(|name| name.role) {
        Some(Role::Cpe) => Authority::Cpe,
        _ => said.claim.authority,
    }
}

fn read(
    claims: &Claims<'_, '_>,
    said: &Said<'_>,
    at: usize,
    known: &mut Vulnerabilities<'_>,
) -> Option<Word> {
    let record = said.claim.advisory();
    let detail = said.detail(known.knowledge())?;
    let version = claims.name(said)?.version.as_str();
    let verdict = verdict(said, &detail, version)?;
    let advisory = known.advisory(record)?;
    let authority = rank(claims, said);
    let mut comparison = words::comparison(&detail, version, said.named);
    if let Some(channel) = &said.without {
        comparison.push_str(&format!("; the fix is only in {channel}"));
    }
    let statement = Statement {
        advisory: advisory.id.clone(),
        publisher: advisory.publisher.clone(),
        feed: known
            .knowledge()
            .feed(record)
            .unwrap_or_default()
            .to_owned(),
        verdict: verdict.words().to_owned(),
        range: words::range(&detail),
        comparison,
        fixed: words::fixes(&detail).map(ToOwned::to_owned).collect(),
        decides: false,
        overruled: None,
        guess: authority == Authority::Cpe,
    };
    Some(Word {
        record,
        authority,
        verdict,
        said: at,
        detail,
        statement,
    })
}

fn verdict(said: &Said<'_>, detail: &Affected, version: &str) -> Option<Verdict> {
    if said.claim.withdrawn() {
        return said.is_hit().then_some(Verdict::Withdrawn);
    }
    let names_it = match said.named {
        Named::Unknown => None,
        Named::No => Some(false),
        _ => Some(true),
    };
    match (said.claim.status, names_it) {
        (Status::NotAffected, Some(true)) => Some(Verdict::NotAffected),
        (Status::NotAffected, _) => None,
        (_, None) => Some(Verdict::CannotTell),
        (_, Some(false)) => Some(outside(detail, version)),
        (Status::Affected, _) => Some(Verdict::Affected),
        (Status::Deferred, _) => Some(Verdict::Deferred),
        (Status::WontFix, _) => Some(Verdict::WontFix),
        (Status::UnderInvestigation, _) => Some(Verdict::UnderInvestigation),
    }
}

/// Outside the range: above a fix, or never in it.
fn outside(detail: &Affected, version: &str) -> Verdict {
    match words::last_fix(detail, version) {
        Some(_) => Verdict::Fixed,
        None => Verdict::NotAffected,
    }
}

fn decide(mut words: Vec<Word>, claims: &Claims<'_, '_>) -> Ruling {
    let clear = words.iter().find(|word| word.verdict.is_clear());
    let open = |word: &&Word| {
        matches!(
            word.verdict,
            Verdict::UnderInvestigation | Verdict::CannotTell
        )
    };
    let Some((rank, verdict)) = clear
        .or_else(|| words.iter().find(open))
        .map(|word| (word.authority, word.verdict))
    else {
        let reason = "its publisher withdrew the advisory".to_owned();
        let source = words[0].statement.advisory.clone();
        return Ruling {
            words,
            outcome: Outcome::Overruled {
                by: WITHDRAWN,
                reason,
                source,
            },
        };
    };
    // A guess does not stand against a distribution that judges all its packages itself. Alpine's relatives list only
    // what they fixed, so there a guess is all there is about the rest.
    let guess = rank == Authority::Cpe && claims.distribution_is_complete();
    let stands = |word: &Word| {
        word.authority == rank
            && match verdict.is_clear() {
                true => word.verdict.is_affected(),
                false => open(&word),
            }
    };
    words.sort_by_key(|word| !stands(word));
    let count = words.iter().take_while(|word| stands(word)).count();
    let deciding = words
        .iter()
        .find(|word| word.authority == rank && word.verdict == verdict)
        .map(|word| word.statement.advisory.clone())
        .unwrap_or_default();
    for word in &mut words {
        word.statement.decides = word.authority == rank
            && match count {
                0 => word.verdict.is_clear(),
                _ => stands(word),
            };
        if !word.statement.decides {
            word.statement.overruled = Some(why_overruled(word, rank));
        }
    }
    let outcome = match (count, guess) {
        (0, _) => Outcome::Overruled {
            by: overruler(rank),
            reason: format!("{deciding} says: {}", verdict.words()),
            source: deciding,
        },
        (_, true) => Outcome::Overruled {
            by: "distribution",
            reason: "a guess by CPE name; the distribution judges its own packages".to_owned(),
            source: deciding,
        },
        (count, false) => Outcome::Stands(count),
    };
    Ruling { words, outcome }
}

fn overruler(rank: Authority) -> &'static str {
    match rank {
        Authority::Distribution => "distribution",
        Authority::Ecosystem => "ecosystem advisory",
        Authority::Cna => "CVE record",
        Authority::Cpe => "CPE data",
    }
}

fn why_overruled(word: &Word, rank: Authority) -> String {
    if word.verdict == Verdict::Withdrawn {
        return "withdrawn by its publisher".to_owned();
    }
    if word.authority == rank {
        return "a publisher of the same rank says otherwise, and the safer word counts".to_owned();
    }
    match (word.verdict.is_clear(), rank) {
        (false, _) => "another publisher can tell".to_owned(),
        (_, Authority::Distribution) => "the distribution's own word counts for its package".into(),
        (_, Authority::Ecosystem) => "the ecosystem's own advisory counts first".to_owned(),
        _ => "a guess by CPE name counts last".to_owned(),
    }
}
