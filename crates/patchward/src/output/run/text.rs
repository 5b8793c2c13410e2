//! A run for people: what will happen and why, what happened, what is proved and what is not.

mod body;
mod checks;
mod plan;
mod proof;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Ansi};
use patchward_protocol::run::{ChangePlan, Checked, RunReport};

use super::facts::Facts;
use super::words;
use crate::output::clean::clean;
use crate::output::table::Style;
use body::Body;

/// Writes the whole run.
pub fn write(run: &RunReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let body = &mut Body { style, out };
    head(run, body)?;
    if !run.plan.patches.is_empty() || !run.plan.transaction.changes.is_empty() {
        body.heading("What was decided")?;
        plan::write(&run.plan, body)?;
    }
    if let Some(of) = &run.of {
        let what = match run.kind.as_str() {
            "roll-back" => "What is taken back",
            _ => "What was rehearsed",
        };
        body.heading(what)?;
        body.line(0, &in_short(of))?;
        body.gap()?;
        happened(of, body)?;
    }
    body.heading("What happened")?;
    happened(run, body)?;
    end(run, body)
}

/// Writes what came of a run, without its plan.
pub fn outcome(run: &RunReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let body = &mut Body { style, out };
    head(run, body)?;
    happened(run, body)?;
    end(run, body)
}

/// Writes a plan.
pub fn plan(made: &ChangePlan, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let body = &mut Body { style, out };
    let headline = body.bold(&words::headline(made));
    body.line(0, &headline)?;
    plan::write(made, body)
}

/// Writes results of checks that ran for themselves.
pub fn checked(checked: &Checked, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let facts = Facts {
        checked: vec![checked],
        ..Facts::default()
    };
    checks::write(&facts, &mut Body { style, out })
}

/// The colour of a state.
fn colour(state: &str) -> Ansi {
    match state {
        "done" => AnsiColor::Green.on_default(),
        "failed" => AnsiColor::Red.on_default().bold(),
        "undone" => AnsiColor::Yellow.on_default(),
        _ => Ansi::new().dimmed(),
    }
}

fn head(run: &RunReport, body: &mut Body<'_>) -> io::Result<()> {
    let system = run
        .os
        .as_ref()
        .map(|os| format!(" ({})", clean(&os.pretty_name)))
        .unwrap_or_default();
    let title = format!(
        "{} of {}{system}: ",
        words::title(run),
        clean(&run.asset.name)
    );
    let painted = match run.problems.is_empty() {
        true => colour(&run.state),
        false if run.state == "done" => AnsiColor::Yellow.on_default().bold(),
        false => colour(&run.state),
    };
    let title = body.bold(&title) + &body.style.paint(painted, &clean(words::outcome(run)));
    body.line(0, &title)?;
    if !run.summary.is_empty() {
        body.line(0, &clean(&run.summary))?;
    }
    let took = words::between(Some(run.started), run.ended);
    let took = match took.as_str() {
        "" => String::new(),
        took => format!(", took {took}"),
    };
    let by = format!(
        "Begun {} by {}{took}.",
        words::instant(run.started),
        clean(&run.actor)
    );
    let by = body.dim(&by);
    body.line(0, &by)?;
    for problem in &run.problems {
        body.labelled(AnsiColor::Yellow, "problem:", problem)?;
    }
    for note in &run.notes {
        body.labelled(AnsiColor::Cyan, "note:", note)?;
    }
    body.gap()
}

fn in_short(run: &RunReport) -> String {
    let summary = match run.summary.as_str() {
        "" => String::new(),
        summary => format!(" {}", clean(summary)),
    };
    format!(
        "{}: {}.{summary}",
        words::title(run),
        clean(words::outcome(run))
    )
}

/// The steps and what they came to.
fn happened(run: &RunReport, body: &mut Body<'_>) -> io::Result<()> {
    let facts = Facts::of(run);
    steps(run, body)?;
    proof::changes(&facts, body)?;
    proof::restarts(&facts, body)?;
    checks::write(&facts, body)?;
    checks::performance(&facts, body)?;
    proof::blast(&facts, body)
}

fn end(run: &RunReport, body: &mut Body<'_>) -> io::Result<()> {
    proof::findings(run, body)?;
    proof::remaining(run, body)?;
    if let Some(back) = &run.rolled_back_by {
        body.title("Taken back by:")?;
        body.line(2, &in_short(back))?;
        body.gap()?;
    }
    proof::ledger(run, body)
}

fn steps(run: &RunReport, body: &mut Body<'_>) -> io::Result<()> {
    if run.steps.is_empty() {
        return Ok(());
    }
    body.title("Steps:")?;
    let mut table = body.style.table(&["", "Step", "Took", "What came of it"]);
    for step in &run.steps {
        let said = match &step.failure {
            Some(failure) => failure,
            None => &step.summary,
        };
        table.add_row([
            body.style
                .paint(colour(&step.state), &clean(words::state(&step.state))),
            clean(&step.title).into_owned(),
            words::took(step),
            clean(said).into_owned(),
        ]);
    }
    body.table(&table)
}
