//! Checks before and after, and performance of the two clones.

use std::io;

use anstyle::{AnsiColor, Style as Ansi};
use patchward_protocol::check::{CheckOutcome, CheckResult, Verdict};

use super::body::Body;
use crate::output::clean::clean;
use crate::output::run::facts::Facts;
use crate::output::run::words;

/// Writes each check with its result in every phase.
pub fn write(facts: &Facts<'_>, body: &mut Body<'_>) -> io::Result<()> {
    let rows = facts.checks();
    if rows.is_empty() {
        return Ok(());
    }
    body.title("Checks:")?;
    let phases = facts.checked.iter();
    let phases: Vec<_> = phases
        .map(|checked| clean(words::phase(&checked.phase)).into_owned())
        .collect();
    let header = ["Check", "Kind"].into_iter();
    let header: Vec<&str> = header.chain(phases.iter().map(String::as_str)).collect();
    let mut table = body.style.table(&header);
    for row in &rows {
        let first = [clean(row.name).into_owned(), clean(row.kind).into_owned()];
        let cells = row.phases.iter().map(|result| cell(*result, body));
        table.add_row(first.into_iter().chain(cells));
    }
    body.table(&table)?;
    let mut any = false;
    for row in &rows {
        let Some(result) = row.telling() else {
            continue;
        };
        let text = format!(
            "{} {}: expected {}, found {}",
            row.name,
            words::check(result.outcome),
            row.expected,
            result.found
        );
        body.hanging(2, 4, &clean(&text))?;
        any = true;
    }
    for checked in &facts.checked {
        for name in &checked.newly_failed {
            body.labelled(AnsiColor::Red, "  failed because of the change:", name)?;
            any = true;
        }
    }
    if any { body.gap() } else { Ok(()) }
}

fn cell(result: Option<&CheckResult>, body: &Body<'_>) -> String {
    let Some(result) = result else {
        return "not run".to_owned();
    };
    let colour = match result.outcome {
        CheckOutcome::Passed => AnsiColor::Green.on_default(),
        CheckOutcome::Failed => AnsiColor::Red.on_default().bold(),
        CheckOutcome::Flaky => AnsiColor::Yellow.on_default(),
        CheckOutcome::Skipped => Ansi::new().dimmed(),
    };
    let word = body.style.paint(colour, words::check(result.outcome));
    match result.outcome {
        CheckOutcome::Skipped => word,
        _ => format!("{word} {}", words::short_duration(result.micros)),
    }
}

/// Writes each comparison with its judgement in words.
pub fn performance(facts: &Facts<'_>, body: &mut Body<'_>) -> io::Result<()> {
    if facts.compared.is_empty() {
        return Ok(());
    }
    body.title("Performance, patched against unpatched:")?;
    for comparison in &facts.compared {
        let colour = match comparison.verdict {
            Verdict::Better | Verdict::Same => AnsiColor::Green,
            Verdict::Worse => AnsiColor::Red,
            Verdict::Inconclusive => AnsiColor::Yellow,
        };
        let name = format!("{}, {}:", comparison.name, words::metric(comparison.metric));
        let judged = words::judged(comparison);
        let (word, rest) = judged.split_once(':').unwrap_or((&judged, ""));
        let word = body.style.paint(colour.on_default(), word);
        body.hanging(2, 4, &format!("{} {word}:{rest}", clean(&name)))?;
    }
    body.gap()
}
