//! Puts together what is said of an asset in different places.

use std::collections::BTreeMap;

use super::profile::{Profile, profiles};
use super::service::{Services, Standing};
use super::words::{Control, DataClass, Environment, Exposure};
use super::{AssetContext, Sourced};
use crate::document::{Document, Fault, Table, Text, shown};

/// Most values of one list of an asset, such as tags: evaluation is bounded by it.
pub const MOST_WORDS: usize = 64;

/// What an asset is called, and what kind of target it is.
#[derive(Debug, Clone, Copy)]
pub struct AssetName<'a> {
    /// Host name, path or document name.
    pub name: &'a str,
    /// `host`, `root`, `tree`, `lockfile`, `sbom`.
    pub kind: &'a str,
}

/// What one place says: values that may be absent, each with its source.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Said {
    pub(super) profile: Option<Sourced<String>>,
    pub(super) group: Option<Sourced<String>>,
    /// Bytes of the file at which profile and group are named.
    at: (usize, usize),
    pub(super) environment: Option<Sourced<Environment>>,
    pub(super) exposure: Option<Sourced<Exposure>>,
    pub(super) criticality: Option<Sourced<u8>>,
    pub(super) data: Option<Sourced<DataClass>>,
    pub(super) owner: Option<Sourced<String>>,
    pub(super) scopes: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) controls: Vec<Sourced<Control>>,
    pub(super) metrics: Vec<Sourced<String>>,
}

/// Everything that a policy says of assets.
#[derive(Debug, Clone, Default)]
pub struct Contexts {
    default: Said,
    /// The policy's own profiles; those that are built in are behind them.
    profiles: BTreeMap<String, Profile>,
    groups: BTreeMap<String, Said>,
    tags: Vec<(Vec<String>, Said)>,
    services: Services,
    assets: Vec<(String, Said)>,
    /// What each service that needs others hands down to them.
    standings: BTreeMap<String, Standing>,
}

impl Contexts {
    /// Reads the table `[context]` of a policy. Faults go to the document.
    pub(crate) fn read(table: Option<Table<'_, '_>>) -> Contexts {
        let mut contexts = Contexts::default();
        let Some(table) = table else {
            return contexts;
        };
        if let Some(default) = table.table("default") {
            contexts.default = Said::read(&default, "default of the policy");
            default.done();
        }
        for (name, inner) in table.named("profile") {
            let profile = Profile::read(&name, &inner);
            contexts.profiles.insert(name, profile);
        }
        for (name, inner) in table.named("group") {
            let said = Said::read(&inner, &format!("group {}", shown(&name)));
            inner.done();
            if said.group.is_some() {
                inner.fault("a group names no other group");
            }
            contexts.groups.insert(name, said);
        }
        for inner in table.tables("tag") {
            let has: Vec<String> = inner.texts("has").into_iter().map(|t| t.value).collect();
            if has.is_empty() {
                inner.fault("a rule on tags names them: has = [\"pci\"]");
            }
            let said = Said::read(&inner, &format!("tag {}", has.join(" + ")));
            inner.done();
            if said.group.is_some() {
                inner.fault("a rule on tags names no group: groups give tags");
            }
            contexts.tags.push((has, said));
        }
        contexts.services = Services::read(table.named("service"), table.document());
        for inner in table.tables("asset") {
            let Some(name) = inner.text("name") else {
                inner.fault("an asset has a name: name = \"web-*\"");
                continue;
            };
            let said = Said::read(&inner, &format!("asset {}", shown(&name.value)));
            inner.done();
            contexts.assets.push((name.value, said));
        }
        table.done();
        for (at, message) in contexts.all().flat_map(|said| contexts.unknown_in(said)) {
            table.document().fault(at, message);
        }
        contexts.standings = contexts.standings();
        contexts
    }

    /// Everything that is said, in no order.
    fn all(&self) -> impl Iterator<Item = &Said> {
        let assets = self.assets.iter().map(|(_, said)| said);
        assets
            .chain(self.tags.iter().map(|(_, said)| said))
            .chain(self.groups.values())
            .chain(self.services.all_said())
            .chain([&self.default])
    }

    /// Names in an asset's own word that the policy does not know, each as a sentence with the byte at which it stands.
    pub fn unknown(&self, own: &OwnContext) -> Vec<(usize, String)> {
        self.unknown_in(&own.0)
    }

    fn unknown_in(&self, said: &Said) -> Vec<(usize, String)> {
        let mut unknown = Vec::new();
        if let Some(name) = &said.profile
            && self.profile(&name.value).is_none()
        {
            let known: Vec<_> = self.profiles().into_keys().collect();
            let name = shown(&name.value);
            let message = format!(
                "unknown profile {name:?}: expected one of {}",
                known.join(", ")
            );
            unknown.push((said.at.0, message));
        }
        if let Some(name) = &said.group
            && !self.groups.contains_key(&name.value)
        {
            let name = shown(&name.value);
            let message = format!("unknown group {name:?}: write [context.group.{name}]");
            unknown.push((said.at.1, message));
        }
        unknown
    }

    /// Whether some asset can have a compliance scope by this policy's word.
    pub fn gives_scope(&self, scope: &str) -> bool {
        let has = |said: &Said| said.scopes.iter().any(|own| own == scope);
        self.all().any(|said| {
            let profile = said.profile.as_ref();
            let profile = profile.and_then(|profile| self.profile(&profile.value));
            has(said) || profile.is_some_and(|profile| has(profile.said()))
        })
    }

    /// The context of an asset. `own` is what the asset says of itself, such as the `[context]` of a repository.
    ///
    /// The weakest first: default, profile, group, rules on tags, services, the asset's entries, `own`. The profile is the
    /// one that the strongest of them names. A compliance scope, tag or control that is said anywhere holds. Then exposure
    /// and criticality are raised to those of the services that need its services, and of their assets.
    pub fn of(&self, asset: AssetName<'_>, own: Option<&OwnContext>) -> AssetContext {
        let services = self.services.of(asset.name);
        let mut all = self.said_of(asset.name, &services, own);
        self.services.raise(&services, &self.standings, &mut all);
        all.into_context(asset, services)
    }

    /// What is said of an asset, before it inherits anything.
    fn said_of(&self, asset: &str, services: &[String], own: Option<&OwnContext>) -> Said {
        let services: Vec<&Said> = services
            .iter()
            .map(|name| self.services.said(name))
            .collect();
        let entries: Vec<&Said> = self
            .assets
            .iter()
            .filter(|(pattern, _)| fits(pattern, asset))
            .map(|(_, said)| said)
            .chain(own.map(|own| &own.0))
            .collect();
        let named = || {
            [&self.default]
                .into_iter()
                .chain(services.iter().chain(&entries).copied())
        };
        let group_name = named().filter_map(|said| said.group.as_ref()).next_back();
        let group = group_name.and_then(|group| self.groups.get(&group.value));

        let mut tags: Vec<&String> = named().chain(group).flat_map(|said| &said.tags).collect();
        let choosing = self.rules_on(&tags);
        let order = [&self.default].into_iter().chain(group);
        let order = order
            .chain(choosing.iter().copied())
            .chain(services.iter().chain(&entries).copied());
        let profile_name = order.filter_map(|said| said.profile.as_ref()).next_back();
        let profile = profile_name.and_then(|profile| self.profile(&profile.value));
        let profile = profile.map(Profile::said);
        // The tags of a profile choose rules too, but no other profile.
        tags.extend(profile.into_iter().flat_map(|said| &said.tags));
        let rules = self.rules_on(&tags);

        let mut all = self.default.clone();
        for said in profile
            .into_iter()
            .chain(group)
            .chain(rules)
            .chain(services)
            .chain(entries)
        {
            all.add(said);
        }
        all.profile = profile_name.cloned();
        all.group = group_name.cloned();
        all
    }

    /// The rules on tags that an asset with these tags meets.
    fn rules_on(&self, tags: &[&String]) -> Vec<&Said> {
        let meets = |has: &[String]| !has.is_empty() && has.iter().all(|tag| tags.contains(&tag));
        let rules = self.tags.iter().filter(|(has, _)| meets(has));
        rules.map(|(_, said)| said).collect()
    }

    /// What services hand down: the worst of their own word, with their profile, and of what is said of their assets.
    fn standings(&self) -> BTreeMap<String, Standing> {
        let entries: Vec<&str> = self.assets.iter().map(|(name, _)| name.as_str()).collect();
        let mut standings = BTreeMap::new();
        for name in self.services.that_need_others() {
            let said = self.services.said(name);
            let profile = said.profile.as_ref();
            let profile = profile.and_then(|profile| self.profile(&profile.value));
            let mut own = profile
                .map(|profile| profile.said().clone())
                .unwrap_or_default();
            own.add(said);
            let mut standing = Standing::default();
            standing.worsen(&own, None);
            for asset in self.services.assets(name, &entries) {
                let of_it = self.said_of(asset, &self.services.of(asset), None);
                standing.worsen(&of_it, Some(asset));
            }
            standings.insert(name.to_owned(), standing);
        }
        standings
    }

    /// The profiles by name: those that are built in, and the policy's own.
    pub fn profiles(&self) -> BTreeMap<&str, &Profile> {
        let all = profiles().iter().chain(&self.profiles);
        all.map(|(name, profile)| (name.as_str(), profile))
            .collect()
    }

    fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.get(name).or_else(|| profiles().get(name))
    }
}

/// What an asset says of itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OwnContext(Said);

impl OwnContext {
    /// Reads the keys of a context from a table that may have others.
    pub(crate) fn read(table: &Table<'_, '_>, what: &str) -> OwnContext {
        OwnContext(Said::read(table, what))
    }

    /// Reads the table `[context]` of a repository's `patchward.toml`; other tables are passed over. `None` when the
    /// file has no such table.
    ///
    /// # Errors
    /// Every fault of the table, or of the file when it is no TOML.
    pub fn parse(file: &str, text: &str) -> Result<Option<OwnContext>, Vec<Fault>> {
        let document = Document::new(file, text);
        let table = document.parse();
        let inner = table
            .as_ref()
            .and_then(|t| document.top(t).table("context"));
        let own = inner.map(|inner| {
            let said = Said::read(&inner, "the repository's own word");
            inner.done();
            OwnContext(said)
        });
        let faults = document.faults();
        match faults.is_empty() {
            true => Ok(own),
            false => Err(faults),
        }
    }
}

impl Said {
    /// Reads the keys that every place may have. The caller calls `done`, or this table has no others.
    pub(super) fn read(table: &Table<'_, '_>, what: &str) -> Said {
        let document = table.document();
        let source = |at: usize| format!("{} ({what})", document.place(at));
        let text = |found: Option<Text>| found.map(|t| Sourced::new(t.value, source(t.at)));
        let words = |key: &'static str| {
            let texts = table.texts(key);
            if let Some(extra) = texts.get(MOST_WORDS) {
                document.fault(extra.at, format!("{key}: at most {MOST_WORDS} entries"));
            }
            texts
                .into_iter()
                .take(MOST_WORDS)
                .map(|text| text.value)
                .collect()
        };
        let mut controls = Vec::new();
        for word in table.texts("controls").into_iter().take(MOST_WORDS) {
            match word.value.parse() {
                Ok(control) => controls.push(Sourced::new(control, source(word.at))),
                Err(message) => document.fault(word.at, message),
            }
        }
        let mut metrics = Vec::new();
        for metric in table.texts("metrics").into_iter().take(MOST_WORDS) {
            match crate::cvss::ModifiedMetric::parse(&metric.value) {
                Ok(_) => metrics.push(Sourced::new(metric.value, source(metric.at))),
                Err(error) => document.fault(metric.at, format!("metrics: {error}")),
            }
        }
        let (profile, group) = (table.text("profile"), table.text("group"));
        let place = |found: &Option<Text>| found.as_ref().map_or(0, |text| text.at);
        Said {
            at: (place(&profile), place(&group)),
            profile: text(profile),
            group: text(group),
            environment: table
                .word("environment")
                .map(|(value, at)| Sourced::new(value, source(at))),
            exposure: table
                .word("exposure")
                .map(|(value, at)| Sourced::new(value, source(at))),
            criticality: table
                .integer("criticality", 1, 5)
                .map(|(value, at)| Sourced::new(u8::try_from(value).unwrap_or(5), source(at))),
            data: table
                .word("data")
                .map(|(value, at)| Sourced::new(value, source(at))),
            owner: text(table.text("owner")),
            scopes: words("scopes"),
            tags: words("tags"),
            controls,
            metrics,
        }
    }

    /// Lays another place's word over this one.
    pub(super) fn add(&mut self, over: &Said) {
        fn lay<T: Clone>(under: &mut Option<T>, over: &Option<T>) {
            if over.is_some() {
                under.clone_from(over);
            }
        }
        fn join<T: Clone + PartialEq>(under: &mut Vec<T>, over: &[T]) {
            for value in over {
                if !under.contains(value) && under.len() < MOST_WORDS {
                    under.push(value.clone());
                }
            }
        }
        lay(&mut self.profile, &over.profile);
        lay(&mut self.group, &over.group);
        lay(&mut self.environment, &over.environment);
        lay(&mut self.exposure, &over.exposure);
        lay(&mut self.criticality, &over.criticality);
        lay(&mut self.data, &over.data);
        lay(&mut self.owner, &over.owner);
        join(&mut self.scopes, &over.scopes);
        join(&mut self.tags, &over.tags);
        join(&mut self.controls, &over.controls);
        join(&mut self.metrics, &over.metrics);
    }

    fn into_context(self, asset: AssetName<'_>, services: Vec<String>) -> AssetContext {
        AssetContext {
            name: asset.name.to_owned(),
            kind: asset.kind.to_owned(),
            profile: self.profile,
            group: self.group,
            services,
            environment: self.environment,
            exposure: self.exposure,
            criticality: self.criticality,
            data: self.data,
            scopes: self.scopes,
            owner: self.owner,
            tags: self.tags,
            controls: self.controls,
            metrics: self.metrics,
        }
    }
}

/// Whether a name fits a pattern in which `*` stands for any characters. Linear in both.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut name) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match name.find(part) {
            Some(at) => name = name.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    name.ends_with(last)
}
