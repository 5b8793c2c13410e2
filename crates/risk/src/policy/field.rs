//! The fields that expressions read. This list is the reference: `policy show --fields` prints it.

use jiff::civil::Date;

use crate::decision::{Asset, FindingFacts, Priority};
use crate::signals::{Exploitation, TechnicalImpact};

/// Where a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// The vulnerability in a component.
    Finding,
    /// What others say of its exploitation.
    Signals,
    /// The asset and its context.
    Asset,
    /// What was decided so far.
    Decision,
}

impl Root {
    /// All of them.
    pub const ALL: [Root; 4] = [Root::Finding, Root::Signals, Root::Asset, Root::Decision];

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Root::Finding => "finding",
            Root::Signals => "signals",
            Root::Asset => "asset",
            Root::Decision => "decision",
        }
    }
}

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A list of texts.
    Texts,
}

/// A field.
pub struct Field {
    /// Where it stands.
    pub root: Root,
    /// Its name there.
    pub name: &'static str,
    /// Both, with a dot between.
    pub full: &'static str,
    /// Its type.
    pub kind: Kind,
    /// What it means, and whether it may be unknown.
    pub help: &'static str,
    pub(super) read: Read,
}

/// Reads a field of a type; `None` where nobody knows its value.
#[derive(Clone, Copy)]
pub(super) enum Read {
    Bool(fn(&Scope<'_>) -> Option<bool>),
    Number(fn(&Scope<'_>) -> Option<f64>),
    Text(for<'a> fn(&Scope<'a>) -> Option<&'a str>),
    Texts(for<'a> fn(&Scope<'a>) -> Option<&'a [String]>),
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.full)
    }
}

impl Field {
    /// Whether somebody knows its value.
    pub fn is_known(&self, scope: &Scope<'_>) -> bool {
        match self.read {
            Read::Bool(read) => read(scope).is_some(),
            Read::Number(read) => read(scope).is_some(),
            Read::Text(read) => read(scope).is_some(),
            Read::Texts(read) => read(scope).is_some(),
        }
    }

    /// Its value, for people.
    pub fn shown(&self, scope: &Scope<'_>) -> String {
        let shown = match self.read {
            Read::Bool(read) => read(scope).map(|value| value.to_string()),
            Read::Number(read) => read(scope).map(|value| value.to_string()),
            Read::Text(read) => read(scope).map(|text| format!("{text:?}")),
            Read::Texts(read) => read(scope).map(|texts| format!("{texts:?}")),
        };
        shown.unwrap_or_else(|| "unknown".to_owned())
    }
}

/// What an expression runs on.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The finding.
    pub finding: &'a FindingFacts,
    /// State of exploitation.
    pub exploitation: Exploitation,
    /// Whether an attack can be automated.
    pub automatable: Option<bool>,
    /// What an attacker gains.
    pub technical_impact: Option<TechnicalImpact>,
    /// The asset.
    pub asset: &'a Asset,
    /// The day of the decision.
    pub today: Date,
    /// Outcome of the SSVC table, `out-of-cycle`.
    pub ssvc: &'a str,
    /// Outcome of the policy's own SSVC table.
    pub table: Option<&'a str>,
    /// CVSS with the asset's environment.
    pub environmental: Option<f64>,
    /// Risk from 0 to 100.
    pub score: f64,
    /// The priority, once it is known.
    pub priority: Option<Priority>,
}

impl<'a> Scope<'a> {
    /// The scope of a finding of which nothing was worked out yet: no signal, no outcome, no score.
    pub fn unjudged(finding: &'a FindingFacts, asset: &'a Asset, today: Date) -> Scope<'a> {
        Scope {
            finding,
            exploitation: Exploitation::Unknown,
            automatable: None,
            technical_impact: None,
            asset,
            today,
            ssvc: "",
            table: None,
            environmental: None,
            score: 0.0,
            priority: None,
        }
    }
}

macro_rules! fields {
    ($($root:ident $full:literal $name:literal $kind:ident $help:literal $read:expr;)+) => {
        /// Every field.
        pub static FIELDS: &[Field] = &[$(Field {
            root: Root::$root,
            name: $name,
            full: $full,
            kind: Kind::$kind,
            help: $help,
            read: fields!(@$kind $read),
        }),+];
    };
    (@Bool $read:expr) => { Read::Bool($read) };
    (@Whole $read:expr) => { Read::Number($read) };
    (@Number $read:expr) => { Read::Number($read) };
    (@Text $read:expr) => { Read::Text($read) };
    (@Texts $read:expr) => { Read::Texts($read) };
}

fields! {
    Finding "finding.id" "id" Text "id of the vulnerability, its CVE id when it has one" |s| Some(&s.finding.id);
    Finding "finding.aliases" "aliases" Texts "its other ids" |s| Some(&s.finding.aliases);
    Finding "finding.package" "package" Text "name of the package" |s| Some(&s.finding.package);
    Finding "finding.ecosystem" "ecosystem" Text "type of the package, such as npm or deb" |s| Some(&s.finding.ecosystem);
    Finding "finding.version" "version" Text "installed version" |s| Some(&s.finding.version);
    Finding "finding.severity" "severity" Text "critical, high, medium, low, none or unknown" |s| Some(s.finding.severity.map_or("unknown", band));
    Finding "finding.severity_words" "severity_words" Texts "critical, high, medium, low or none: the words for it that publishers state, whatever its CVSS score" |s| Some(&s.finding.severity_words);
    Finding "finding.cvss" "cvss" Number "CVSS base score, 0 to 10; may be unknown" |s| s.finding.cvss;
    Finding "finding.environmental" "environmental" Number "CVSS score with the asset's environment; may be unknown" |s| s.environmental;
    Finding "finding.vector" "vector" Text "CVSS vector; may be unknown" |s| s.finding.vector.as_deref();
    Finding "finding.cwes" "cwes" Texts "weaknesses, such as CWE-79" |s| Some(&s.finding.cwes);
    Finding "finding.paths" "paths" Texts "where it was found" |s| Some(&s.finding.paths);
    Finding "finding.status" "status" Text "fixable, fix-not-reachable, no-fix, deferred, wont-fix, under-investigation or cannot-tell" |s| Some(&s.finding.status);
    Finding "finding.fixable" "fixable" Bool "a fixed version can be installed" |s| Some(s.finding.fixable);
    Finding "finding.malware" "malware" Bool "the component is malicious code" |s| Some(s.finding.malware);
    Finding "finding.direct" "direct" Bool "the project asked for it itself; may be unknown" |s| s.finding.direct;
    Finding "finding.development" "development" Bool "for development or tests only; may be unknown" |s| s.finding.development;
    Finding "finding.loaded" "loaded" Bool "a running process has mapped its code; may be unknown" |s| s.finding.loaded;
    Finding "finding.listening" "listening" Bool "such a process listens on the network; may be unknown" |s| s.finding.listening;
    Finding "finding.installed" "installed" Bool "the vulnerable binary package itself is installed; may be unknown" |s| s.finding.installed;
    Finding "finding.age" "age" Whole "days since it was published; may be unknown" |s| days(s.finding.published, s.today);
    Finding "finding.open" "open" Whole "days since it was first seen here; may be unknown" |s| days(s.finding.first_seen, s.today);
    Signals "signals.kev" "kev" Bool "in a catalogue of known exploited vulnerabilities" |s| Some(s.finding.signals.in_kev());
    Signals "signals.exploited" "exploited" Bool "exploited: in such a catalogue, by CISA's word or by a threat metric" |s| Some(s.exploitation == Exploitation::Active);
    Signals "signals.ransomware" "ransomware" Bool "known to be used by ransomware" |s| Some(s.finding.signals.ransomware());
    Signals "signals.epss" "epss" Number "EPSS score, 0 to 1; may be unknown" |s| s.finding.signals.epss.as_ref().map(|epss| epss.score);
    Signals "signals.percentile" "percentile" Number "EPSS percentile, 0 to 1; may be unknown" |s| s.finding.signals.epss.as_ref().map(|epss| epss.percentile);
    Signals "signals.trend" "trend" Number "change of the EPSS score over 30 days, -1 to 1; may be unknown" |s| s.finding.signals.epss.as_ref().and_then(|epss| epss.trend).map(|trend| trend.change());
    Signals "signals.lev" "lev" Number "likelihood of past exploitation, 0 to 1; may be unknown" |s| s.finding.lev;
    Signals "signals.exploit" "exploit" Bool "somebody refers to an exploit" |s| Some(!s.finding.signals.exploits.is_empty());
    Signals "signals.exploitation" "exploitation" Text "none, poc, active or unknown" |s| Some(exploitation(s.exploitation));
    Signals "signals.automatable" "automatable" Text "yes, no or unknown" |s| Some(match s.automatable { Some(true) => "yes", Some(false) => "no", None => "unknown" });
    Signals "signals.technical_impact" "technical_impact" Text "partial, total or unknown" |s| Some(match s.technical_impact { Some(TechnicalImpact::Total) => "total", Some(TechnicalImpact::Partial) => "partial", None => "unknown" });
    Asset "asset.name" "name" Text "host name, path or document name" |s| Some(&s.asset.context.name);
    Asset "asset.kind" "kind" Text "host, root, tree, lockfile or sbom" |s| Some(&s.asset.context.kind);
    Asset "asset.environment" "environment" Text "production, staging, test or development; production where nobody says" |s| Some(s.asset.context.environment().word());
    Asset "asset.exposure" "exposure" Text "internet, partner, internal or isolated; internet where nobody says" |s| Some(s.asset.context.exposure().word());
    Asset "asset.criticality" "criticality" Whole "1 to 5; 3 where nobody says" |s| Some(f64::from(s.asset.context.criticality()));
    Asset "asset.data" "data" Text "public, internal, personal, payment, health or secrets; internal where nobody says" |s| Some(s.asset.context.data().word());
    Asset "asset.scopes" "scopes" Texts "compliance scopes" |s| Some(&s.asset.context.scopes);
    Asset "asset.tags" "tags" Texts "tags" |s| Some(&s.asset.context.tags);
    Asset "asset.services" "services" Texts "services that it carries" |s| Some(&s.asset.context.services);
    Asset "asset.controls" "controls" Texts "compensating controls: waf, sandbox, not-loaded, authenticated" |s| Some(&s.asset.controls);
    Asset "asset.owner" "owner" Text "who answers for it; may be unknown" |s| s.asset.context.owner.as_ref().map(|said| said.value.as_str());
    Asset "asset.group" "group" Text "the group that it is in; may be unknown" |s| s.asset.context.group.as_ref().map(|said| said.value.as_str());
    Asset "asset.profile" "profile" Text "the profile that it takes defaults from; may be unknown" |s| s.asset.context.profile.as_ref().map(|said| said.value.as_str());
    Decision "decision.ssvc" "ssvc" Text "outcome of the SSVC deployer table: immediate, out-of-cycle, scheduled or defer" |s| Some(s.ssvc);
    Decision "decision.table" "table" Text "outcome of the policy's own SSVC table, such as act; unknown where it names none" |s| s.table;
    Decision "decision.score" "score" Number "risk from 0 to 100" |s| Some(s.score);
    Decision "decision.priority" "priority" Text "P1 to P5; not known in rules that set the priority" |s| s.priority.map(|priority| priority.word());
}

/// The name of a band of severity, as expressions know it.
pub fn band(severity: crate::cvss::Severity) -> &'static str {
    use crate::cvss::Severity;
    match severity {
        Severity::None => "none",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

/// The state of exploitation, as expressions know it.
pub fn exploitation(state: Exploitation) -> &'static str {
    match state {
        Exploitation::Unknown => "unknown",
        Exploitation::None => "none",
        Exploitation::Poc => "poc",
        Exploitation::Active => "active",
    }
}

fn days(since: Option<Date>, today: Date) -> Option<f64> {
    let days = today.since(since?).ok()?.get_days();
    Some(f64::from(days.max(0)))
}
