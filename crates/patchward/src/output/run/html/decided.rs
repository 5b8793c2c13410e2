//! What was open, and what was decided.

use patchward_protocol::run::{ChangePlan, FindingProof, PlannedPatch, RunReport};

use crate::output::decision::priority;
use crate::output::plan::words::{listed, points};
use crate::output::run::page::{Markup, Part};
use crate::output::run::words;
use crate::output::table::level;

/// Every finding that the run is about, as it was before.
pub fn open(run: &RunReport) -> Part {
    let mut part = Part::default();
    let rows = alike(&run.findings).into_iter().map(finding);
    part.table(
        "Findings before the run",
        &[
            "Vulnerability",
            "Package",
            "Version",
            "Fixed in",
            "Priority",
            "Due",
            "Why",
        ],
        rows,
    );
    if run.findings.is_empty() {
        let rows = run.plan.patches.iter().map(vulnerabilities);
        part.table(
            "Vulnerabilities that the patches resolve",
            &[
                "Package",
                "Version",
                "Severity",
                "Vulnerabilities",
                "Priority",
                "Due",
            ],
            rows,
        );
    }
    part
}

/// Findings of which only the package differs (the binaries of one source) share a row.
fn alike(findings: &[FindingProof]) -> Vec<(&FindingProof, Vec<String>)> {
    let mut rows: Vec<(&FindingProof, Vec<String>)> = Vec::new();
    for proof in findings {
        let same = |other: &FindingProof| {
            other.vulnerability == proof.vulnerability
                && other.before == proof.before
                && other.fixed_in == proof.fixed_in
                && other.due == proof.due
                && other.reasons == proof.reasons
        };
        match rows.iter_mut().find(|(other, _)| same(other)) {
            Some((_, packages)) => packages.push(proof.package.clone()),
            None => rows.push((proof, vec![proof.package.clone()])),
        }
    }
    rows
}

fn finding((proof, packages): (&FindingProof, Vec<String>)) -> Vec<Markup> {
    vec![
        Markup::text(&proof.vulnerability),
        Markup::text(&packages.join(", ")),
        Markup::text(&proof.before),
        Markup::text(&proof.fixed_in),
        Markup::text(proof.priority.map_or("", priority)),
        Markup::text(proof.due.as_deref().unwrap_or_default()),
        Markup::lines(&proof.reasons),
    ]
}

fn vulnerabilities(patch: &PlannedPatch) -> Vec<Markup> {
    let exploited = match patch.exploited {
        0 => String::new(),
        count => format!("{count} known to be exploited"),
    };
    vec![
        Markup::text(&patch.package),
        Markup::text(&patch.from),
        Markup::badge(level(patch.severity), level(patch.severity)),
        Markup::text(&patch.vulnerabilities.join(", ")).small(&exploited),
        Markup::text(patch.priority.map_or("", priority)),
        Markup::text(patch.due.as_deref().unwrap_or_default()),
    ]
}

/// The patches with their reasons, the exact transaction, and what was left out.
pub fn decided(run: &RunReport) -> Part {
    let mut part = Part::default();
    let plan = &run.plan;
    if plan.patches.is_empty() && plan.left_out.is_empty() && plan.transaction.changes.is_empty() {
        return part;
    }
    part.paragraph(Markup::text(&words::headline(plan)));
    if !plan.asked.is_empty() {
        let asked = format!("Asked for: {}.", plan.asked.join(", "));
        part.paragraph(Markup::text(&asked));
    }
    if let Some(reason) = &plan.no_rehearsal {
        part.problem(Markup::text(&format!(
            "Without a rehearsal, by the word of {}: {reason}",
            run.actor
        )));
    }
    part.table(
        "Patches, best first",
        &["Package", "From", "To", "Risk removed", "Priority", "Why"],
        plan.patches.iter().map(patch),
    );
    transaction(plan, &mut part);
    part.table(
        "Left out",
        &["Package", "Vulnerabilities", "Why"],
        plan.left_out.iter().map(|left| {
            vec![
                Markup::text(&left.package),
                Markup::text(&listed(&left.vulnerabilities, 12)),
                Markup::text(&left.why),
            ]
        }),
    );
    part.table(
        "Without a patch today",
        &["Package", "Version", "Vulnerabilities", "Why"],
        plan.unpatched.iter().map(|open| {
            vec![
                Markup::text(&open.package),
                Markup::text(&open.version),
                Markup::text(&listed(&open.vulnerabilities, 12)),
                Markup::text(&open.why),
            ]
        }),
    );
    part
}

fn patch(patch: &PlannedPatch) -> Vec<Markup> {
    let due = match &patch.due {
        Some(due) => format!("due {due}"),
        None => String::new(),
    };
    vec![
        Markup::text(&patch.package),
        Markup::text(&patch.from),
        Markup::text(&patch.to),
        // Of an offer without an advisory the risk is not known, which is not zero.
        match patch.resolves.is_empty() {
            true => Markup::text("unknown"),
            false => Markup::number(points(patch.risk_removed)),
        },
        Markup::text(patch.priority.map_or("", priority)).small(&due),
        Markup::lines(&patch.reasons).small(&listed(&patch.vulnerabilities, 12)),
    ]
}

fn transaction(plan: &ChangePlan, part: &mut Part) {
    let transaction = &plan.transaction;
    part.table(
        &format!("The exact transaction of {}", transaction.manager),
        &[
            "Package", "Action", "Version", "From", "Way back", "Download",
        ],
        transaction.changes.iter().map(|change| {
            vec![
                Markup::text(&change.name).small(&change.arch),
                Markup::text(words::action(change.action)),
                Markup::text(&words::versions(change)),
                Markup::text(&change.origins.join(", ")),
                Markup::text(words::way_back(change.way_back)),
                Markup::number(words::size(change.download_bytes)),
            ]
        }),
    );
    if !transaction.changes.is_empty() {
        let costs = format!(
            "Download {}, on disk {}.",
            words::size(transaction.download_bytes),
            words::growth(transaction.disk_bytes)
        );
        part.paragraph(Markup::text(&costs));
        let checks = words::checks_from(&plan.checks).unwrap_or_else(|| "none".to_owned());
        part.paragraph(Markup::text(&format!("Checks before and after: {checks}.")));
    }
    part.table(
        "Stays as it is",
        &["Package", "Why"],
        transaction.kept_back.iter().map(|kept| {
            vec![
                Markup::text(&kept.name),
                Markup::text(words::kept(kept.reason)).small(&kept.detail),
            ]
        }),
    );
    part.table(
        "Told before it was agreed to: cannot be taken back, or not wholly",
        &["Package", "What"],
        transaction
            .irreversible
            .iter()
            .map(|part| vec![Markup::text(&part.package), Markup::text(&part.reason)]),
    );
}
