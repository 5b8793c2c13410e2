//! Propose: scan → decide → plan → the exact transaction. Nothing on the machine changes.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::str::FromStr;

use patchward_checks::discover;
use patchward_patch::Request;
use patchward_protocol::decision::Priority;
use patchward_protocol::inventory::PendingPatch;
use patchward_protocol::plan::{PlanLimits, PlanReport, PlanStep};
use patchward_protocol::report::{Finding, ScanReport, SeverityLevel};
use patchward_protocol::run::{ChangePlan, LeftOutPatch, PlannedChecks, PlannedPatch};
use patchward_protocol::transaction::{KeptReason, PackageVersion};

use super::engine::{Engine, Offers};
use super::error::ChangeError;
use super::records::PlanRecord;
use super::scanned::scan_and_record;
use crate::filter::Filter;
use crate::ignore::{has_id, is_package};
use crate::rank::exploited;
use crate::{plan, scan};

/// What a person asks for; the default is everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    /// Only patches that resolve one of these.
    pub only: Vec<Only>,
    /// How much.
    pub limits: PlanLimits,
}

/// A selection of findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Only {
    /// Those of a vulnerability, by any of its ids.
    Vulnerability(String),
    /// Those of a package: its name, its source package or its purl.
    Package(String),
    /// Those known to be exploited.
    Kev,
    /// Those of this priority or a more urgent one.
    Priority(Priority),
}

impl FromStr for Only {
    type Err = String;

    fn from_str(text: &str) -> Result<Only, String> {
        let priority = match text.to_ascii_lowercase().as_str() {
            "kev" => return Ok(Only::Kev),
            "" => return Err("expected a CVE id, a package, kev, or p1 to p5".to_owned()),
            "p1" => Some(Priority::P1),
            "p2" => Some(Priority::P2),
            "p3" => Some(Priority::P3),
            "p4" => Some(Priority::P4),
            "p5" => Some(Priority::P5),
            _ => None,
        };
        if let Some(priority) = priority {
            return Ok(Only::Priority(priority));
        }
        let is_id = text.split_once('-').is_some_and(|(publisher, rest)| {
            publisher.len() > 1
                && publisher.chars().all(|c| c.is_ascii_uppercase())
                && !rest.is_empty()
        });
        Ok(match is_id {
            true => Only::Vulnerability(text.to_owned()),
            false => Only::Package(text.to_owned()),
        })
    }
}

impl std::fmt::Display for Only {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Only::Vulnerability(id) => f.write_str(id),
            Only::Package(name) => write!(f, "package {name}"),
            Only::Kev => f.write_str("known to be exploited"),
            Only::Priority(priority) => write!(f, "{priority:?} and more urgent"),
        }
    }
}

impl Only {
    fn takes(&self, finding: &Finding) -> bool {
        match self {
            Only::Vulnerability(id) => has_id(finding, id),
            Only::Package(name) => {
                let source = finding.component.source.as_ref();
                is_package(&finding.component, name) || source.is_some_and(|one| one.name == *name)
            }
            Only::Kev => exploited(finding),
            Only::Priority(least) => finding
                .decision
                .as_ref()
                .is_some_and(|decision| decision.priority <= *least),
        }
    }

    /// Whether an offer of the package manager, of which no advisory is known, is wanted.
    fn takes_offer(&self, offer: &PendingPatch) -> bool {
        match self {
            Only::Vulnerability(id) => offer.cves.contains(id),
            Only::Package(name) => offer.package == *name || offer.source == *name,
            Only::Kev | Only::Priority(_) => false,
        }
    }
}

impl Wanted {
    /// In words.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let limits = &self.limits;
        let mut words: Vec<String> = self
            .only
            .iter()
            .map(|only| format!("only {only}"))
            .collect();
        words.extend(limits.top.map(|top| format!("the first {top}")));
        words.extend(limits.budget.map(|most| format!("at most {most} patches")));
        words.extend(
            limits
                .until_risk
                .map(|share| format!("until {:.0} % of the risk is left", share * 100.0)),
        );
        let seconds = [
            (limits.max_downtime_seconds, "of downtime"),
            (limits.window_seconds, "of work and downtime"),
        ];
        words.extend(
            seconds
                .into_iter()
                .filter_map(|(most, what)| Some(format!("at most {} s {what}", most?))),
        );
        if words.is_empty() {
            words.push("everything".to_owned());
        }
        words
    }
}

/// Proposes a change: what to patch, why, and the exact transaction that it comes to.
///
/// What the scan found is written into the store and decisions into the ledger. A plan without patches is no error.
///
/// # Errors
/// When the machine cannot be looked at, it has no package manager that is known, the package manager refuses, or the
/// records cannot be written.
pub fn propose(engine: &Engine<'_>, wanted: &Wanted) -> Result<ChangePlan, ChangeError> {
    Ok(proposed(engine, wanted)?.plan)
}

pub(super) fn proposed(engine: &Engine<'_>, wanted: &Wanted) -> Result<PlanRecord, ChangeError> {
    let machine = engine.subject.machine();
    let executor = engine.executor(machine.as_ref())?;
    let report = scan_and_record(engine, Offers::Yes)?.report;
    let narrowed = narrowed(&report, wanted);
    let planned = plan::plan(&narrowed, &wanted.limits);
    let chosen = choose(&narrowed, &planned, wanted, executor.name());
    let request = Request {
        packages: chosen
            .patches
            .iter()
            .flat_map(|patch| patch.packages.clone())
            .collect(),
        install: Vec::new(),
    };
    let mut plan = ChangePlan {
        made: report.started,
        knowledge: report.knowledge.clone(),
        asked: wanted.words(),
        patches: chosen.patches,
        left_out: chosen.left_out,
        unpatched: planned.unpatched,
        risk: planned.summary.risk,
        risk_left: planned.summary.risk_left,
        checks: checks(engine),
        ..ChangePlan::default()
    };
    if !request.packages.is_empty() {
        plan.transaction = executor.preview(machine.as_ref(), &request)?;
        leave_out_what_is_kept_back(&mut plan);
    }
    let target = report.targets.into_iter().next().unwrap_or_default();
    Ok(PlanRecord {
        asset: target.asset,
        os: target.os,
        plan,
    })
}

/// The checks of a run: the user's own, else what is proposed from what listens now.
pub(super) fn checks(engine: &Engine<'_>) -> PlannedChecks {
    if let Some(own) = &engine.options.checks {
        return own.clone();
    }
    let text = engine
        .subject
        .place()
        .map(|place| discover::propose(&place, true));
    PlannedChecks {
        source: "discovered".to_owned(),
        text: text.unwrap_or_default(),
    }
}

/// The report with the findings that are wanted, and the patches for these.
fn narrowed(report: &ScanReport, wanted: &Wanted) -> ScanReport {
    let mut report = report.clone();
    if wanted.limits.only_kev {
        for target in &mut report.targets {
            target.findings.retain(exploited);
        }
    }
    if !wanted.only.is_empty() {
        for target in &mut report.targets {
            target
                .findings
                .retain(|finding| wanted.only.iter().any(|only| only.takes(finding)));
        }
    }
    scan::narrowed(report, &Filter::default())
}

#[derive(Default)]
struct Chosen {
    patches: Vec<PlannedPatch>,
    left_out: Vec<LeftOutPatch>,
}

/// Which patches go in: the plan's that belong to this package manager, then what it offers itself. Pure.
fn choose(report: &ScanReport, planned: &PlanReport, wanted: &Wanted, manager: &str) -> Chosen {
    let mut chosen = Chosen::default();
    for step in &planned.steps {
        match step.patch.manager == manager || manager == "command" {
            true => chosen.patches.push(patch(report, step)),
            false => chosen.left_out.push(left_out(
                step,
                format!(
                    "{} is not the package manager of this machine: {}",
                    step.patch.manager, step.patch.command
                ),
            )),
        }
    }
    for step in &planned.later {
        let why = step.later.clone().unwrap_or_default();
        chosen.left_out.push(left_out(step, why));
    }
    add_offers(report, wanted, manager, &mut chosen);
    chosen
}

/// Security updates that the package manager offers and of which no advisory is known, those that name the most CVEs first.
/// Their risk and downtime are unknown, which is not zero: they go in after the others, and not where a limit on
/// either would have to be kept.
fn add_offers(report: &ScanReport, wanted: &Wanted, manager: &str, chosen: &mut Chosen) {
    let named: BTreeSet<String> = chosen
        .patches
        .iter()
        .flat_map(|patch| patch.packages.iter().map(|one| one.name.clone()))
        .collect();
    let offers = report.targets.iter().flat_map(|target| &target.pending);
    let mut patches = Vec::new();
    for offer in offers {
        let is_new = offer.security && offer.manager == manager && !named.contains(&offer.package);
        let is_wanted = wanted.only.is_empty() && !wanted.limits.only_kev
            || wanted.only.iter().any(|only| only.takes_offer(offer));
        if is_new && is_wanted {
            add_offer(&mut patches, offer);
        }
    }
    patches.sort_by_key(|patch| Reverse(patch.vulnerabilities.len()));
    let limits = &wanted.limits;
    let is_unknown = limits.until_risk.is_some()
        || limits.max_downtime_seconds.is_some()
        || limits.window_seconds.is_some();
    let most = [limits.top, limits.budget].into_iter().flatten().min();
    for patch in patches {
        let why = match most {
            _ if is_unknown => "its risk and downtime are unknown: no limit on these can be kept",
            Some(most) if chosen.patches.len() as u64 >= most => "beyond the number asked for",
            _ => {
                chosen.patches.push(patch);
                continue;
            }
        };
        chosen.left_out.push(LeftOutPatch {
            package: patch.package,
            manager: manager.to_owned(),
            vulnerabilities: patch.vulnerabilities,
            why: why.to_owned(),
        });
    }
}

fn patch(report: &ScanReport, step: &PlanStep) -> PlannedPatch {
    let findings: Vec<&Finding> = report
        .targets
        .iter()
        .flat_map(|target| &target.findings)
        .filter(|finding| step.patch.resolves.contains(&finding.id))
        .collect();
    let decisions = || {
        findings
            .iter()
            .filter_map(|finding| finding.decision.as_ref())
    };
    let most_urgent = decisions().min_by(|one, other| {
        let by_score = other.score.total_cmp(&one.score);
        one.priority.cmp(&other.priority).then(by_score)
    });
    let mut reasons = vec![format!(
        "resolves {} of {}",
        count(
            step.patch.vulnerabilities.len(),
            "vulnerability",
            "vulnerabilities"
        ),
        step.patch.package
    )];
    reasons.extend(most_urgent.into_iter().flat_map(|one| one.reasons.clone()));
    reasons.extend(step.notes.clone());
    PlannedPatch {
        package: step.patch.package.clone(),
        packages: step
            .patch
            .packages
            .iter()
            .map(|one| PackageVersion {
                name: one.name.clone(),
                version: one.to.clone(),
            })
            .collect(),
        from: step.patch.from.clone(),
        to: step.patch.to.clone(),
        resolves: step.patch.resolves.clone(),
        vulnerabilities: step.patch.vulnerabilities.clone(),
        exploited: step.exploited,
        severity: step.patch.severity,
        priority: most_urgent.map(|one| one.priority),
        due: decisions()
            .filter_map(|one| one.due.as_ref().map(|due| due.date.clone()))
            .min(),
        risk_removed: step.risk_removed,
        reasons,
    }
}

/// An offer of which no advisory is known goes with the other binaries of its source package.
fn add_offer(patches: &mut Vec<PlannedPatch>, offer: &PendingPatch) {
    let package = PackageVersion {
        name: offer.package.clone(),
        version: offer.candidate.clone(),
    };
    let source = match offer.source.is_empty() {
        true => &offer.package,
        false => &offer.source,
    };
    let same = patches.iter_mut().find(|patch| {
        patch.resolves.is_empty() && patch.package == *source && patch.to == offer.candidate
    });
    if let Some(patch) = same {
        patch.packages.push(package);
        for cve in &offer.cves {
            if !patch.vulnerabilities.contains(cve) {
                patch.vulnerabilities.push(cve.clone());
            }
        }
        return;
    }
    let named = match offer.cves.len() {
        0 => String::new(),
        many => format!("; its changelog names {}", count(many, "CVE", "CVEs")),
    };
    patches.push(PlannedPatch {
        package: source.clone(),
        packages: vec![package],
        from: offer.installed.clone(),
        to: offer.candidate.clone(),
        vulnerabilities: offer.cves.clone(),
        severity: SeverityLevel::Unknown,
        reasons: vec![format!(
            "{} offers it as a security update{named}",
            match offer.origins.is_empty() {
                true => offer.manager.clone(),
                false => offer.origins.join(", "),
            }
        )],
        ..PlannedPatch::default()
    });
}

fn left_out(step: &PlanStep, why: String) -> LeftOutPatch {
    LeftOutPatch {
        package: step.patch.package.clone(),
        manager: step.patch.manager.clone(),
        vulnerabilities: step.patch.vulnerabilities.clone(),
        why,
    }
}

/// A patch of which nothing will change is none: it is left out, with the package manager's reason.
fn leave_out_what_is_kept_back(plan: &mut ChangePlan) {
    let kept = plan.transaction.kept_back.clone();
    let changes: BTreeSet<String> = plan
        .transaction
        .changes
        .iter()
        .flat_map(|change| {
            [
                change.name.clone(),
                format!("{}:{}", change.name, change.arch),
            ]
        })
        .collect();
    let (stays, goes): (Vec<_>, Vec<_>) =
        std::mem::take(&mut plan.patches)
            .into_iter()
            .partition(|patch| {
                let mut packages = patch.packages.iter();
                packages.any(|package| changes.contains(&package.name))
            });
    plan.patches = stays;
    for patch in goes {
        let why = kept.iter().find(|kept| {
            let mut packages = patch.packages.iter();
            packages.any(|package| package.name == kept.name)
        });
        plan.risk_left += patch.risk_removed;
        plan.left_out.push(LeftOutPatch {
            package: patch.package,
            manager: plan.transaction.manager.clone(),
            vulnerabilities: patch.vulnerabilities,
            why: why.map_or_else(
                || "the package manager would not change it".to_owned(),
                |kept| match kept.detail.is_empty() {
                    true => reason(kept.reason).to_owned(),
                    false => format!("{}: {}", reason(kept.reason), kept.detail),
                },
            ),
        });
    }
}

fn reason(reason: KeptReason) -> &'static str {
    match reason {
        KeptReason::Held => "held",
        KeptReason::Pinned => "a pin chooses another version",
        KeptReason::Phased => "not this machine's turn yet",
        KeptReason::AlreadyThere => "already there",
        KeptReason::NotInstalled => "not installed",
        KeptReason::NotAvailable => "no repository has that version",
    }
}

/// `1 finding`, `2 findings`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_is_read_from_what_people_type() {
        assert_eq!("kev".parse(), Ok(Only::Kev));
        assert_eq!("P1".parse(), Ok(Only::Priority(Priority::P1)));
        let id = Only::Vulnerability("CVE-2026-1".into());
        assert_eq!("CVE-2026-1".parse(), Ok(id));
        let package = Only::Package("nginx-common".into());
        assert_eq!("nginx-common".parse(), Ok(package));
        assert!("".parse::<Only>().is_err());
    }

    #[test]
    fn offers_fill_what_the_limits_leave_and_never_pretend_to_keep_one_on_risk() {
        let offer = |package: &str, cves: &[&str]| PendingPatch {
            manager: "apt".into(),
            package: package.into(),
            candidate: "2".into(),
            cves: cves.iter().map(|&cve| cve.to_owned()).collect(),
            security: true,
            ..PendingPatch::default()
        };
        let mut report = ScanReport::default();
        report.targets.push(Default::default());
        report.targets[0].pending = vec![offer("few", &[]), offer("many", &["CVE-2026-1"])];
        let chosen = |limits: PlanLimits| {
            let wanted = Wanted {
                limits,
                ..Wanted::default()
            };
            let mut chosen = Chosen::default();
            add_offers(&report, &wanted, "apt", &mut chosen);
            let names = chosen.patches.into_iter().map(|patch| patch.package);
            (names.collect::<Vec<_>>(), chosen.left_out.len())
        };
        let all = ["many".to_owned(), "few".to_owned()];
        assert_eq!(chosen(PlanLimits::default()), (all.to_vec(), 0));
        let top = PlanLimits {
            top: Some(1),
            ..PlanLimits::default()
        };
        assert_eq!(chosen(top), (all[..1].to_vec(), 1));
        let until = PlanLimits {
            until_risk: Some(0.2),
            ..PlanLimits::default()
        };
        assert_eq!(chosen(until), (Vec::new(), 2));
    }

    #[test]
    fn offers_of_one_source_package_go_in_together() {
        let offer = |package: &str| PendingPatch {
            manager: "apt".into(),
            package: package.into(),
            source: "openssl".into(),
            candidate: "3.0.2".into(),
            cves: vec!["CVE-2026-1".into()],
            security: true,
            ..PendingPatch::default()
        };
        let mut patches = Vec::new();
        add_offer(&mut patches, &offer("openssl"));
        add_offer(&mut patches, &offer("libssl3"));
        assert_eq!(patches.len(), 1);
        assert_eq!(patches[0].packages.len(), 2);
        assert_eq!(patches[0].vulnerabilities, ["CVE-2026-1"]);
    }
}
