//! A store in memory that keeps the promises of the sink, and a feed with its settings and what it remembers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use patchward_advisory::model::Records;
use patchward_feeds::{Config, Feed, FeedError, Outcome, Sink, SinkError, State};
use tempfile::TempDir;

/// Records by label and key.
#[derive(Default, Clone)]
pub struct Memory {
    pub labels: BTreeMap<String, BTreeMap<String, String>>,
    full: BTreeMap<String, BTreeSet<String>>,
}

impl Memory {
    /// Records of a label.
    pub fn count(&self, label: &str) -> usize {
        self.labels.get(label).map_or(0, BTreeMap::len)
    }

    /// Records of all labels.
    pub fn total(&self) -> usize {
        self.labels.values().map(BTreeMap::len).sum()
    }

    /// Advisories of all labels.
    pub fn advisories(&self) -> usize {
        let keys = self.labels.values().flat_map(BTreeMap::keys);
        keys.filter(|key| is_advisory(key)).count()
    }

    /// Keys of a label.
    pub fn keys(&self, label: &str) -> Vec<&str> {
        let records = self.labels.get(label);
        let keys = records.map(|records| records.keys().map(String::as_str));
        keys.into_iter().flatten().collect()
    }

    fn take(&mut self, label: &str, key: String, record: String) {
        if let Some(seen) = self.full.get_mut(label) {
            seen.insert(key.clone());
        }
        let records = self.labels.entry(label.to_owned()).or_default();
        records.insert(key, record);
    }
}

impl Sink for Memory {
    fn begin_full(&mut self, label: &str) -> Result<(), SinkError> {
        self.full.insert(label.to_owned(), BTreeSet::new());
        Ok(())
    }

    fn end_full(&mut self, label: &str) -> Result<(), SinkError> {
        if let Some(seen) = self.full.remove(label)
            && let Some(records) = self.labels.get_mut(label)
        {
            records.retain(|key, _| seen.contains(key));
        }
        Ok(())
    }

    fn abandon_full(&mut self, label: &str) -> Result<(), SinkError> {
        self.full.remove(label);
        Ok(())
    }

    fn put(&mut self, label: &str, records: Records) -> Result<(), SinkError> {
        for advisory in records.advisories {
            self.take(label, advisory.id.clone(), format!("{advisory:?}"));
        }
        for signal in records.signals {
            let text = format!("{signal:?}");
            let kind: String = format!("{:?}", signal.fact).chars().take(4).collect();
            self.take(label, format!("{}|{kind}|{:?}", signal.id, signal.at), text);
        }
        for cycle in records.lifecycles {
            let key = format!("{}|{}", cycle.product, cycle.cycle);
            self.take(label, key, format!("{cycle:?}"));
        }
        Ok(())
    }

    fn retain(&mut self, label: &str, ids: &BTreeSet<&str>) -> Result<(), SinkError> {
        if let Some(records) = self.labels.get_mut(label) {
            records.retain(|key, _| !is_advisory(key) || ids.contains(key.as_str()));
        }
        Ok(())
    }

    fn remove(&mut self, label: &str, gone: &dyn Fn(&str) -> bool) -> Result<(), SinkError> {
        if let Some(records) = self.labels.get_mut(label) {
            records.retain(|key, _| !is_advisory(key) || !gone(key));
        }
        Ok(())
    }
}

/// Only the key of an advisory is an id alone.
fn is_advisory(key: &str) -> bool {
    !key.contains('|')
}

/// A feed with its settings, its state and what it gave; a run that fails leaves all as it was, as an update does.
pub struct Subject {
    pub feed: &'static Feed,
    pub config: Config,
    pub state: State,
    pub memory: Memory,
    pub now: Timestamp,
    _cache: TempDir,
}

impl Subject {
    /// A feed that takes its documents from `mirror` (a folder or a URL).
    pub fn new(feed: &str, mirror: &str) -> Subject {
        let cache = TempDir::new().unwrap();
        let config = Config {
            cache: cache.path().to_owned(),
            mirror: Some(mirror.to_owned()),
            timeout: Duration::from_secs(120),
            ..Config::default()
        };
        Subject {
            feed: Feed::find(feed).unwrap(),
            config,
            state: State::default(),
            memory: Memory::default(),
            now: "2026-11-22T12:00:00Z".parse().unwrap(),
            _cache: cache,
        }
    }

    /// Brings the feed up to date.
    pub fn sync(&mut self) -> Result<Outcome, FeedError> {
        let (mut state, mut memory) = (self.state.clone(), self.memory.clone());
        let outcome =
            self.feed
                .sync(&self.config, &mut state, &mut memory, self.now, &|_, _| {})?;
        for label in memory.full.keys().cloned().collect::<Vec<_>>() {
            memory.end_full(&label).unwrap(); // as a commit does
        }
        (self.state, self.memory) = (state, memory);
        Ok(outcome)
    }

    /// Brings the feed up to date, without problems.
    pub fn sync_well(&mut self) -> Outcome {
        let outcome = self.sync().unwrap();
        assert_eq!(outcome.problems, Vec::<String>::new(), "{}", self.feed.name);
        assert_eq!(outcome.lost, Vec::<String>::new(), "{}", self.feed.name);
        outcome
    }

    /// A second run finds nothing new.
    pub fn is_unchanged(&mut self) {
        let before = self.memory.labels.clone();
        let outcome = self.sync_well();
        assert!(outcome.unchanged, "{}: {outcome:?}", self.feed.name);
        assert_eq!(self.memory.labels, before);
    }
}
