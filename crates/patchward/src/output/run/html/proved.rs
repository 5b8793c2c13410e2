//! What is proved, what remains, every step, and the ledger.

use patchward_protocol::run::{FindingProof, RunReport, RunStep};

use super::class;
use crate::output::decision::priority;
use crate::output::run::page::{Markup, Part};
use crate::output::run::words;
use crate::output::table::level;

/// Each finding, before and after, with its evidence or what is missing.
pub fn findings(run: &RunReport) -> Part {
    let mut part = Part::default();
    if run.findings.is_empty() {
        return part;
    }
    part.paragraph(Markup::text(&format!(
        "{}. A finding is fixed only with evidence: version, files, running code and checks.",
        words::fixed(&run.findings)
    )));
    part.table(
        "Findings before and after",
        &[
            "Vulnerability",
            "Package",
            "Before → after",
            "State",
            "Evidence",
            "Missing",
        ],
        run.findings.iter().map(finding),
    );
    part
}

fn finding(proof: &FindingProof) -> Vec<Markup> {
    vec![
        Markup::text(&proof.vulnerability),
        Markup::text(&proof.package),
        Markup::text(&words::finding_versions(proof)),
        Markup::badge(class(&proof.state), &proof.state),
        Markup::lines(&proof.evidence),
        Markup::lines(&proof.missing),
    ]
}

/// What stays open.
pub fn remaining(run: &RunReport) -> Part {
    let mut part = Part::default();
    part.table(
        "Findings that stay open, the most urgent first",
        &[
            "Vulnerability",
            "Package",
            "Version",
            "Severity",
            "Priority",
            "Due",
            "Why it stays",
        ],
        run.remaining.iter().map(|open| {
            vec![
                Markup::text(&open.vulnerability),
                Markup::text(&open.package),
                Markup::text(&open.version),
                Markup::badge(level(open.severity), level(open.severity)),
                Markup::text(open.priority.map_or("", priority)),
                Markup::text(open.due.as_deref().unwrap_or("no date")),
                Markup::text(&open.why),
            ]
        }),
    );
    part
}

/// The roll-back that took the run back.
pub fn rolled_back(run: &RunReport) -> Part {
    match &run.rolled_back_by {
        Some(back) => super::changed::in_short(back),
        None => Part::default(),
    }
}

/// Every step with its time, and those of the rehearsal.
pub fn steps(run: &RunReport) -> Part {
    let mut part = Part::default();
    let related = [run.of.as_deref(), Some(run), run.rolled_back_by.as_deref()];
    for run in related.into_iter().flatten() {
        part.table(
            &words::title(run),
            &[
                "Step",
                "State",
                "Begun",
                "Took",
                "What came of it",
                "Ledger",
            ],
            run.steps.iter().map(step),
        );
    }
    part
}

fn step(step: &RunStep) -> Vec<Markup> {
    let begun = step
        .started
        .map(|time| time.strftime("%H:%M:%S").to_string());
    let entries: Vec<_> = step.ledger_entries.iter().map(u64::to_string).collect();
    vec![
        Markup::text(&step.title),
        Markup::badge(class(&step.state), words::state(&step.state)),
        Markup::text(&begun.unwrap_or_default()),
        Markup::number(words::took(step)),
        Markup::text(step.failure.as_ref().unwrap_or(&step.summary)),
        Markup::text(&entries.join(", ")),
    ]
}

/// Where the ledger proves the run, with the commands that check it.
pub fn ledger(run: &RunReport) -> Part {
    let mut part = Part::default();
    let Some(proof) = &run.ledger else {
        return part;
    };
    part.paragraph(Markup::text(&format!(
        "Each decision and step was first written to an append-only Merkle log (RFC 6962) on the machine, then done. The \
         checkpoint below is signed and fixes all {} entries; those of this run are {}.",
        proof.size,
        ranges(&proof.entries)
    )));
    part.paragraph(Markup::text(
        "On the machine, this finds and locates any later change:",
    ));
    part.add(pre("patchward ledger verify"));
    part.paragraph(Markup::text(
        "Elsewhere, with a file from the machine and the key that you know to be the machine's:",
    ));
    part.add(pre(&format!(
        "patchward ledger export --run {0} run-{0}.jsonl\npatchward ledger verify run-{0}.jsonl --key '{1}'",
        run.number, proof.key
    )));
    part.table(
        "The signed state of the ledger",
        &["What", "Value"],
        [
            vec![Markup::text("Root hash"), Markup::code(&proof.root)],
            vec![Markup::text("Public key"), Markup::code(&proof.key)],
        ],
    );
    part.add(pre(&proof.checkpoint));
    part
}

fn pre(text: &str) -> Markup {
    let lines: Vec<_> = text.lines().map(crate::output::xml::escape).collect();
    Markup::made(format!("<pre tabindex=\"0\">{}</pre>", lines.join("\n")))
}

/// `38 to 45, 47`.
fn ranges(entries: &[u64]) -> String {
    let mut sorted = entries.to_vec();
    sorted.sort_unstable();
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for entry in sorted {
        match ranges.last_mut() {
            Some((_, last)) if entry <= last.saturating_add(1) => *last = entry,
            _ => ranges.push((entry, entry)),
        }
    }
    let words = ranges.iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first} to {last}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_told_in_ranges() {
        assert_eq!(ranges(&[38, 39, 40, 47, 41]), "38 to 41, 47");
        assert_eq!(ranges(&[]), "");
    }
}
