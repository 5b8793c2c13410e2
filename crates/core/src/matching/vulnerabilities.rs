//! What is known of a vulnerability apart from any component: read once per run, used by all its findings.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use patchward_advisory::model::{Advisory, Fact};
use patchward_knowledge::{Knowledge, RecordId};
use patchward_protocol::report::{EpssSignal, ExploitSignal, KevSignal, Signals, SsvcSignal};

/// No finding lists more links.
const MOST_REFERENCES: usize = 20;

/// A vulnerability as its publishers tell it.
pub struct Known {
    /// Display id.
    pub id: String,
    /// Its other ids.
    pub aliases: Vec<String>,
    /// Advisories about it, by rank of the publisher, then id.
    pub advisories: Vec<(RecordId, Rc<Advisory>)>,
    /// All records that speak of it, those that repackage it too.
    pub records: Vec<RecordId>,
    /// KEV, EPSS and the like.
    pub signals: Signals,
}

/// Vulnerabilities already read in this run.
pub struct Vulnerabilities<'k> {
    knowledge: &'k Knowledge,
    of_record: HashMap<RecordId, Rc<Vec<String>>>,
    known: HashMap<String, Rc<Known>>,
    advisories: HashMap<RecordId, Option<Rc<Advisory>>>,
}

impl<'k> Vulnerabilities<'k> {
    /// Nothing read yet.
    pub fn new(knowledge: &'k Knowledge) -> Vulnerabilities<'k> {
        Vulnerabilities {
            knowledge,
            of_record: HashMap::new(),
            known: HashMap::new(),
            advisories: HashMap::new(),
        }
    }

    /// The knowledge base.
    pub fn knowledge(&self) -> &'k Knowledge {
        self.knowledge
    }

    /// Display ids of the vulnerabilities that an advisory tells of.
    pub fn of_record(&mut self, record: RecordId) -> Rc<Vec<String>> {
        let knowledge = self.knowledge;
        let ids = self
            .of_record
            .entry(record)
            .or_insert_with(|| Rc::new(knowledge.vulnerabilities_of(record)));
        Rc::clone(ids)
    }

    /// An advisory without its affected packages, and of its details the first line only, where it has no summary.
    pub fn advisory(&mut self, record: RecordId) -> Option<Rc<Advisory>> {
        let knowledge = self.knowledge;
        let advisory = self
            .advisories
            .entry(record)
            .or_insert_with(|| knowledge.advisory(record).map(lean).map(Rc::new));
        advisory.clone()
    }

    /// A vulnerability by its display id.
    pub fn known(&mut self, id: &str) -> Rc<Known> {
        if let Some(known) = self.known.get(id) {
            return Rc::clone(known);
        }
        let known = Rc::new(self.read(id));
        self.known.insert(id.to_owned(), Rc::clone(&known));
        known
    }

    fn read(&mut self, id: &str) -> Known {
        let group = self.knowledge.vulnerability(id).unwrap_or_default();
        let mut advisories: Vec<(RecordId, Rc<Advisory>)> = group
            .advisories
            .iter()
            .filter_map(|&record| Some((record, self.advisory(record)?)))
            .collect();
        advisories.sort_by(|(_, a), (_, b)| (a.authority, &a.id).cmp(&(b.authority, &b.id)));
        let mut records = [group.advisories, group.repackaged].concat();
        records.sort_unstable();
        records.dedup();
        let ids: BTreeSet<&str> = std::iter::once(id)
            .chain(group.aliases.iter().map(String::as_str))
            .collect();
        Known {
            id: id.to_owned(),
            signals: signals(self.knowledge, &ids),
            aliases: group.aliases,
            advisories,
            records,
        }
    }
}

/// Texts can be long, and thousands of advisories are held at once: what no finding tells is not kept.
fn lean(mut advisory: Advisory) -> Advisory {
    let first = match advisory.summary.trim() {
        "" => advisory.details.trim().lines().next().unwrap_or_default(),
        _ => "",
    };
    advisory.details = first.to_owned();
    advisory
}

impl Known {
    /// One line about the flaw: the shortest that somebody wrote, of the best publisher.
    pub fn summary(&self) -> String {
        let mut summaries = self.advisories.iter().map(|(_, a)| a.summary.trim());
        let written = summaries.find(|summary| !summary.is_empty());
        written
            .or_else(|| {
                let details = self.advisories.iter().map(|(_, a)| a.details.trim());
                details
                    .filter(|details| !details.is_empty())
                    .find_map(|details| details.lines().next())
            })
            .unwrap_or_default()
            .to_owned()
    }

    /// Links, advisories and fixes first.
    pub fn references(&self) -> Vec<String> {
        let rank = |kind: &str| match kind {
            "advisory" => 0,
            "fix" => 1,
            _ => 2,
        };
        let mut all: Vec<(u8, &str)> = self
            .advisories
            .iter()
            .flat_map(|(_, a)| &a.references)
            .map(|reference| (rank(&reference.kind), reference.url.as_str()))
            .collect();
        all.sort_by_key(|(rank, _)| *rank);
        let mut seen = HashSet::new();
        all.into_iter()
            .filter(|(_, url)| seen.insert(*url))
            .map(|(_, url)| url.to_owned())
            .take(MOST_REFERENCES)
            .collect()
    }

    /// Links that a publisher marks as a mitigation or workaround.
    pub fn mitigations(&self) -> Vec<String> {
        let references = self.advisories.iter().flat_map(|(_, a)| &a.references);
        let marked = references.filter(|reference| reference.kind == "mitigation");
        let all: BTreeSet<&String> = marked.map(|reference| &reference.url).collect();
        all.into_iter().take(MOST_REFERENCES).cloned().collect()
    }

    /// Weaknesses, sorted.
    pub fn cwes(&self) -> Vec<String> {
        let all: BTreeSet<&String> = self.advisories.iter().flat_map(|(_, a)| &a.cwes).collect();
        all.into_iter().cloned().collect()
    }
}

/// Joins what other feeds say of any of the ids.
fn signals(knowledge: &Knowledge, ids: &BTreeSet<&str>) -> Signals {
    let mut joined = Signals::default();
    for signal in ids.iter().flat_map(|id| knowledge.signals_of(id)) {
        let date = signal.at.map(|at| at.strftime("%Y-%m-%d").to_string());
        match signal.fact {
            Fact::Kev(kev) if kev.removed.is_none() => joined.kev.push(KevSignal {
                asserter: kev.asserter,
                added: kev.added,
                due: kev.due,
                ransomware: kev.ransomware == Some(true),
            }),
            Fact::Kev(_) | Fact::Mention { .. } => {}
            Fact::Epss {
                score, percentile, ..
            } => {
                let newer = joined
                    .epss
                    .as_ref()
                    .is_none_or(|known| Some(&known.date) < date.as_ref());
                if newer {
                    joined.epss = Some(EpssSignal {
                        score,
                        percentile,
                        date: date.unwrap_or_default(),
                    });
                }
            }
            Fact::Ssvc {
                source,
                exploitation,
                automatable,
                technical_impact,
            } => {
                // The newest counts: NVD repeats CISA's points, later or earlier than the CVE list.
                let known = joined.ssvc.as_ref();
                if known.is_some_and(|known| known.date > date) {
                    continue;
                }
                joined.ssvc = Some(SsvcSignal {
                    source: said_by(source, "CISA"),
                    date,
                    exploitation,
                    automatable,
                    technical_impact,
                });
            }
            Fact::Exploit { source, url } => joined.exploits.push(ExploitSignal {
                url,
                source: said_by(source, &signal.feed),
                date,
            }),
        }
    }
    joined.kev.sort_by(|a, b| a.asserter.cmp(&b.asserter));
    joined.kev.dedup();
    joined.exploits.sort();
    joined.exploits.dedup();
    joined
}

/// Who says it; a record of an older version does not tell.
fn said_by(source: String, otherwise: &str) -> String {
    match source.is_empty() {
        true => otherwise.to_owned(),
        false => source,
    }
}
