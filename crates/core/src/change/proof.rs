//! Decides what became of each finding: *fixed* only with evidence, and otherwise what is missing. Pure.

use std::collections::BTreeMap;

use patchward_protocol::inventory::Component;
use patchward_protocol::report::{Finding, FindingStatus, ScanReport};
use patchward_protocol::run::{ChangePlan, Checked, FindingProof, Remaining};
use patchward_protocol::transaction::{PackageProof, Verification};
use patchward_store::FindingState;

use super::propose::count;
use crate::patches::Manager;

/// What was seen after a change.
pub(super) struct Seen<'a> {
    /// What was planned.
    pub plan: &'a ChangePlan,
    /// The findings as they were before, by key.
    pub before: &'a BTreeMap<String, Finding>,
    /// A fresh scan, with every component.
    pub scan: &'a ScanReport,
    /// Versions, files and processes.
    pub verification: Option<&'a Verification>,
    /// The checks after the change.
    pub checks: Option<&'a Checked>,
}

/// The fate of every finding of the plan.
pub(super) fn prove(seen: &Seen<'_>) -> Vec<FindingProof> {
    let mut proofs = Vec::new();
    for patch in &seen.plan.patches {
        for key in &patch.resolves {
            if let Some(finding) = seen.before.get(key) {
                proofs.push(of_finding(seen, finding));
            }
        }
        if patch.resolves.is_empty() {
            let versions = (patch.from.as_str(), patch.to.as_str());
            let name = patch.packages.first().map_or("", |one| one.name.as_str());
            for vulnerability in &patch.vulnerabilities {
                proofs.push(of_offer(seen, vulnerability, name, versions));
            }
        }
    }
    proofs
}

fn of_finding(seen: &Seen<'_>, finding: &Finding) -> FindingProof {
    let decision = finding.decision.as_ref();
    let mut proof = FindingProof {
        key: finding.id.clone(),
        vulnerability: finding.vulnerability.clone(),
        package: finding.component.name.clone(),
        before: finding.component.version.clone(),
        fixed_in: finding.upgrade.clone().unwrap_or_default(),
        priority: decision.map(|decision| decision.priority),
        due: decision.and_then(|decision| Some(decision.due.as_ref()?.date.clone())),
        reasons: decision.map_or_else(Vec::new, |decision| decision.reasons.clone()),
        ..FindingProof::default()
    };
    let Some(now) = component(seen, finding) else {
        proof.evidence.push(format!(
            "{} is not installed any more, by a fresh inventory",
            proof.package
        ));
        proof.state = FindingState::Removed.word().to_owned();
        return proof;
    };
    proof.after.clone_from(&now.version);
    if let Some(still) = found_again(seen, finding) {
        let why = still.statements.iter().find(|statement| statement.decides);
        proof.missing.push(match why {
            Some(why) => format!("a fresh scan still finds it: {}", why.comparison),
            None => "a fresh scan still finds it".to_owned(),
        });
    } else {
        proof.evidence.push(format!(
            "a fresh inventory has {} {}, which is no longer affected",
            proof.package, proof.after
        ));
    }
    version(&mut proof, finding);
    machine(seen, &mut proof);
    conclude(proof)
}

/// A vulnerability that only the package's changelog names: the version and the machine are the evidence.
fn of_offer(
    seen: &Seen<'_>,
    vulnerability: &str,
    package: &str,
    (from, to): (&str, &str),
) -> FindingProof {
    let mut proof = FindingProof {
        vulnerability: vulnerability.to_owned(),
        package: package.to_owned(),
        before: from.to_owned(),
        fixed_in: to.to_owned(),
        reasons: vec![format!("the changelog of {package} {to} names it")],
        ..FindingProof::default()
    };
    let packages = seen.verification.map(|seen| seen.packages.as_slice());
    let found = packages
        .unwrap_or_default()
        .iter()
        .find(|one| one.name == package)
        .and_then(|one| one.found.clone());
    proof.after = found.unwrap_or_default();
    machine(seen, &mut proof);
    conclude(proof)
}

fn version(proof: &mut FindingProof, finding: &Finding) {
    let scheme = Manager::of(&finding.component, None).and_then(Manager::scheme);
    let Some(scheme) = scheme.filter(|_| !proof.fixed_in.is_empty()) else {
        return;
    };
    match scheme.compare(&proof.after, &proof.fixed_in) {
        Ok(order) if order.is_ge() => proof.evidence.push(format!(
            "{} is at or past the fixed {}",
            proof.after, proof.fixed_in
        )),
        Ok(_) => proof.missing.push(format!(
            "{} is below the fixed {}",
            proof.after, proof.fixed_in
        )),
        Err(_) => proof.missing.push(format!(
            "{} cannot be compared with {}",
            proof.after, proof.fixed_in
        )),
    }
}

/// What versions, files, processes and checks of the machine say.
fn machine(seen: &Seen<'_>, proof: &mut FindingProof) {
    let Some(verification) = seen.verification else {
        proof
            .missing
            .push("the machine was not looked at".to_owned());
        return;
    };
    match verification
        .packages
        .iter()
        .find(|one| one.name == proof.package)
    {
        Some(package) => files(package, proof),
        None => proof
            .missing
            .push(format!("the files of {} were not compared", proof.package)),
    }
    let runs_old = |owner: Option<&str>| owner.is_none_or(|owner| owner == proof.package);
    let stale: Vec<String> = verification
        .stale
        .iter()
        .filter(|process| {
            let mut files = process.files.iter();
            files.any(|file| runs_old(file.package.as_deref()))
        })
        .map(|process| format!("{} ({})", process.pid, process.program))
        .collect();
    match stale.is_empty() {
        true => proof
            .evidence
            .push("no process runs the old code".to_owned()),
        false => proof
            .missing
            .push(format!("old code still runs in {}", stale.join(", "))),
    }
    for reason in &verification.reboot {
        if reason.package == proof.package {
            proof.missing.push(reason.reason.clone());
        }
    }
    checks(seen, proof);
}

fn files(package: &PackageProof, proof: &mut FindingProof) {
    if !package.at_or_past {
        let wanted = package.wanted.as_deref().unwrap_or_default();
        proof.missing.push(format!(
            "the package database does not show {} {wanted} as wholly installed",
            package.name
        ));
    }
    let wrong = [&package.files_changed[..], &package.files_missing[..]].concat();
    match wrong.is_empty() {
        true => proof.evidence.push(format!(
            "{} match the package's checksums",
            count(
                usize::try_from(package.files_checked).unwrap_or(usize::MAX),
                "file",
                "files"
            )
        )),
        false => proof.missing.push(format!(
            "files are not those of the package: {}",
            wrong.join(", ")
        )),
    }
}

fn checks(seen: &Seen<'_>, proof: &mut FindingProof) {
    match seen.checks {
        Some(checked) if !checked.newly_failed.is_empty() => proof.missing.push(format!(
            "checks fail that passed before: {}",
            checked.newly_failed.join("; ")
        )),
        Some(checked) if !checked.results.is_empty() => proof.evidence.push(format!(
            "{} as before",
            count(checked.results.len(), "check is", "checks are")
        )),
        _ => {}
    }
}

fn conclude(mut proof: FindingProof) -> FindingProof {
    let state = match proof.missing.is_empty() {
        true => FindingState::Fixed,
        false => FindingState::Open,
    };
    proof.state = state.word().to_owned();
    proof
}

fn component<'a>(seen: &'a Seen<'_>, finding: &Finding) -> Option<&'a Component> {
    let mut all = seen
        .scan
        .targets
        .iter()
        .flat_map(|target| &target.inventory);
    let wanted = &finding.component;
    let kind = |purl: &str| purl.split('/').next().unwrap_or_default().to_owned();
    all.find(|one| {
        one.name == wanted.name && one.arch == wanted.arch && kind(&one.purl) == kind(&wanted.purl)
    })
}

fn found_again<'a>(seen: &'a Seen<'_>, finding: &Finding) -> Option<&'a Finding> {
    let mut all = seen.scan.targets.iter().flat_map(|target| &target.findings);
    all.find(|one| one.id == finding.id && one.suppressed.is_none())
}

/// What stays open on the machine, the most urgent first; `planned` says why what the plan was to resolve does.
pub(super) fn remaining(plan: &ChangePlan, scan: &ScanReport, planned: &str) -> Vec<Remaining> {
    let mut findings: Vec<&Finding> = scan
        .targets
        .iter()
        .flat_map(|target| &target.findings)
        .filter(|finding| finding.suppressed.is_none())
        .collect();
    findings.sort_by(|one, other| crate::rank::by_risk(one, other));
    findings
        .into_iter()
        .map(|finding| {
            let decision = finding.decision.as_ref();
            Remaining {
                vulnerability: finding.vulnerability.clone(),
                package: finding.component.name.clone(),
                version: finding.component.version.clone(),
                severity: finding.severity.level,
                priority: decision.map(|decision| decision.priority),
                due: decision.and_then(|decision| Some(decision.due.as_ref()?.date.clone())),
                why: why(plan, finding, planned),
            }
        })
        .collect()
}

fn why(plan: &ChangePlan, finding: &Finding, planned: &str) -> String {
    let mut resolved = plan.patches.iter().flat_map(|patch| &patch.resolves);
    if resolved.any(|key| *key == finding.id) {
        return planned.to_owned();
    }
    let left_out = plan.left_out.iter().find(|patch| {
        patch.package == finding.component.name
            || patch.vulnerabilities.contains(&finding.vulnerability)
    });
    if let Some(patch) = left_out {
        return patch.why.clone();
    }
    match finding.status {
        FindingStatus::Fixable => "not a part of this run".to_owned(),
        _ => crate::plan::why_unpatched(finding),
    }
}
