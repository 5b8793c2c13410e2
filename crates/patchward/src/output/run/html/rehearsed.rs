//! What was tried in clones, with which results.

use patchward_protocol::run::{BlastSummary, Clones, DiscardedClones, RunReport};

use super::class;
use crate::output::run::facts::{CheckRow, Facts};
use crate::output::run::page::{Markup, Part};
use crate::output::run::{charts, words};

/// Side effects that are listed; the JSON report has all.
const MOST: usize = 200;

/// The whole rehearsal.
pub fn part(run: &RunReport) -> Part {
    let mut part = Part::default();
    let facts = Facts::of(run);
    let head = format!(
        "{} of {}. {}",
        words::title(run),
        words::instant(run.started),
        run.summary
    );
    part.paragraph(Markup::badge(class(&run.state), words::outcome(run)).and(Markup::text(&head)));
    for problem in &run.problems {
        part.problem(Markup::text(problem));
    }
    if let Some(clones) = facts.clones {
        clones_part(clones, &mut part);
    }
    if let Some(failure) = facts.applied.and_then(|applied| applied.failure.as_ref()) {
        part.problem(Markup::text(&format!(
            "The package manager failed: {}",
            failure.message
        )));
    }
    table_of_checks(&facts, &mut part);
    performance(&facts, &mut part);
    if let Some(blast) = facts.blast {
        blast_part(blast, &mut part);
    }
    if let Some(back) = facts.rolled_back {
        part.heading("Roll-back");
        super::changed::rolled_back(back, &mut part);
    }
    if let Some(discarded) = facts.discarded {
        discarded_part(discarded, &mut part);
    }
    part
}

/// An apply run that nobody tried before.
pub fn missing(run: &RunReport, part: &mut Part) {
    let why = run
        .plan
        .no_rehearsal
        .as_deref()
        .unwrap_or("no reason is recorded");
    part.problem(Markup::text(&format!("Nothing: {why}")));
}

fn clones_part(clones: &Clones, part: &mut Part) {
    part.heading("Clones");
    part.paragraph(Markup::text(&format!(
        "A control and a patched copy-on-write clone of one instant, made in {} ({}).",
        words::duration(clones.millis),
        clones.runner
    )));
    let left_out = clones.left_out.iter();
    part.list(left_out.map(|path| Markup::text(&format!("Not in the clones: {path}"))));
    part.list(clones.notes.iter().map(|note| Markup::text(note)));
    part.table(
        "Services in the clones",
        &["Service", "State", "What it said"],
        clones.services.iter().map(|service| {
            let (class, word) = if service.up {
                ("ok", "up")
            } else {
                ("doubt", "not up")
            };
            vec![
                Markup::text(&service.name),
                Markup::badge(class, word),
                Markup::text(&service.said),
            ]
        }),
    );
}

/// Checks of a run, before and after.
pub fn checks(run: &RunReport) -> Part {
    let mut part = Part::default();
    let facts = Facts::of(run);
    table_of_checks(&facts, &mut part);
    performance(&facts, &mut part);
    part
}

fn table_of_checks(facts: &Facts<'_>, part: &mut Part) {
    let phases = facts
        .checked
        .iter()
        .map(|checked| words::phase(&checked.phase));
    let columns = ["Check", "Kind", "Expected"].into_iter();
    let columns: Vec<&str> = columns.chain(phases).collect();
    let rows = facts.checks().into_iter().map(|row| check_row(&row));
    part.table("Functional checks", &columns, rows);
    for checked in &facts.checked {
        for name in &checked.newly_failed {
            part.problem(Markup::text(&format!(
                "{name} failed because of the change"
            )));
        }
    }
}

fn check_row(row: &CheckRow<'_>) -> Vec<Markup> {
    let mut cells = vec![
        Markup::text(row.name),
        Markup::text(row.kind),
        Markup::text(row.expected),
    ];
    for result in &row.phases {
        cells.push(match result {
            None => Markup::text("not run"),
            Some(result) => {
                let word = words::check(result.outcome);
                let class = match word {
                    "passed" => "ok",
                    "failed" => "bad",
                    "flaky" => "doubt",
                    _ => "",
                };
                let took = words::short_duration(result.micros);
                Markup::badge(class, word)
                    .and(Markup::text(&took))
                    .small(&result.found)
            }
        });
    }
    cells
}

fn performance(facts: &Facts<'_>, part: &mut Part) {
    if facts.compared.is_empty() {
        return;
    }
    part.heading("Performance, patched against unpatched");
    part.paragraph(Markup::text(
        "Rounds alternated between the two clones. Left: each pair of measurements. Right: the median of the paired ratios \
         with its bootstrap interval; the shaded band is the threshold from which on an effect counts.",
    ));
    for (number, comparison) in facts.compared.iter().enumerate() {
        let name = format!("{}, {}", comparison.name, words::metric(comparison.metric));
        let mut caption = Part::default();
        caption.paragraph(Markup::text(&format!(
            "{name}. {}.",
            words::judged(comparison)
        )));
        part.add(Markup::made(format!(
            "<figure>{}<figcaption>{}</figcaption></figure>",
            charts::comparison(comparison, number),
            caption.markup().trim_end()
        )));
    }
}

fn blast_part(blast: &BlastSummary, part: &mut Part) {
    part.heading("Blast radius");
    part.paragraph(Markup::text(&format!(
        "{} paths changed; on disk {}.",
        blast.files,
        words::growth(blast.growth_bytes)
    )));
    let owned = blast
        .by_owner
        .iter()
        .map(|(name, group)| (name, "package", group));
    let unowned = blast.unowned.iter();
    let unowned = unowned.map(|(name, group)| (name, "no package's", group));
    part.table(
        "Files by owner",
        &["Owner", "Kind", "Files", "Size"],
        owned.chain(unowned).map(|(name, kind, group)| {
            vec![
                Markup::text(name),
                Markup::text(kind),
                Markup::number(group.files),
                Markup::number(words::size(group.bytes)),
            ]
        }),
    );
    if !blast.side_effects.is_empty() {
        part.paragraph(Markup::text(
            "Side effects of scripts, on paths that no package owns:",
        ));
        let shown = blast.side_effects.iter().take(MOST);
        part.list(shown.map(|path| Markup::code(path)));
        if blast.side_effects.len() > MOST {
            let more = blast.side_effects.len() - MOST;
            part.paragraph(Markup::text(&format!("… {more} more in the JSON report.")));
        }
    }
}

fn discarded_part(discarded: &DiscardedClones, part: &mut Part) {
    part.heading("The machine itself");
    if discarded.host_differences.is_empty() {
        part.paragraph(Markup::text(
            "Compared before and after the rehearsal: the machine was not touched.",
        ));
    }
    let differences = discarded.host_differences.iter();
    for difference in differences {
        part.problem(Markup::text(&format!("Not as before: {difference}")));
    }
    for change in &discarded.host_changes {
        part.problem(Markup::text(&format!(
            "Changed by others meanwhile: {change}"
        )));
    }
    let memory = discarded
        .memory_peak
        .map_or_else(|| "not measured".to_owned(), words::size);
    part.paragraph(Markup::text(&format!(
        "Most memory of a clone: {memory}; most storage: {}; thrown away in {}.",
        words::size(discarded.storage_peak),
        words::duration(discarded.millis)
    )));
}
