//! One HTML file for an auditor: without scripts and outside resources, readable in light, in dark, printed, and aloud.

mod changed;
mod decided;
mod proved;
mod rehearsed;

use std::io::{self, Write};

use patchward_protocol::run::{FindingProof, RunReport};

use super::facts::Facts;
use super::page::{Markup, Part};
use super::words;
use crate::output::facts::TOOL;
use crate::output::xml::escape;

const STYLE: &str = include_str!("../html/page.css");
const RUN_STYLE: &str = include_str!("html/run.css");

/// A section: its id, its title, what is in it.
type Section = (&'static str, &'static str, Part);

/// Writes the page.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(run: &RunReport, out: &mut dyn Write) -> io::Result<()> {
    let title = format!("{} of {}", words::title(run), run.asset.name);
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{0}</title>\n<style>\n{STYLE}{RUN_STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{0}</h1>",
        escape(&title)
    )?;
    writeln!(out, "{}</header>", head(run).markup())?;
    let mut sections = sections(run);
    sections.retain(|(_, _, part)| !part.is_empty());
    write!(out, "<nav aria-label=\"Contents\"><ul>")?;
    for (id, title, _) in &sections {
        write!(out, "<li><a href=\"#{id}\">{title}</a></li>")?;
    }
    writeln!(out, "</ul></nav>\n<main>")?;
    for (id, title, part) in &sections {
        write!(
            out,
            "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n{}</section>\n",
            part.markup()
        )?;
    }
    writeln!(out, "</main>\n</body>\n</html>")
}

fn sections(run: &RunReport) -> Vec<Section> {
    let mut sections = vec![
        ("open", "What was open", decided::open(run)),
        (
            "decided",
            "What was decided, and why",
            decided::decided(run),
        ),
    ];
    match (run.kind.as_str(), &run.of) {
        ("rehearsal", _) => {
            sections.push(("rehearsed", "What was rehearsed", rehearsed::part(run)))
        }
        ("roll-back", Some(of)) => {
            sections.push(("taken-back", "What is taken back", changed::in_short(of)));
        }
        (_, Some(of)) => sections.push(("rehearsed", "What was rehearsed", rehearsed::part(of))),
        ("apply", None) => {
            let mut part = Part::default();
            rehearsed::missing(run, &mut part);
            sections.push(("rehearsed", "What was rehearsed", part));
        }
        (_, None) => {}
    }
    if run.kind != "rehearsal" {
        sections.extend([
            (
                "changed",
                "What changed on the machine",
                changed::changed(run),
            ),
            ("restarted", "What was restarted", changed::restarted(run)),
            ("checks", "Checks before and after", rehearsed::checks(run)),
        ]);
    }
    sections.extend([
        ("proof", "What is proved fixed", proved::findings(run)),
        (
            "remains",
            "What remains, and until when",
            proved::remaining(run),
        ),
        (
            "rolled-back",
            "What was taken back",
            proved::rolled_back(run),
        ),
        ("steps", "Every step", proved::steps(run)),
        ("ledger", "How to check this report", proved::ledger(run)),
    ]);
    sections
}

/// The class of a state, for its colour.
fn class(state: &str) -> &'static str {
    match state {
        "done" | "fixed" | "removed" => "ok",
        "failed" | "reopened" => "bad",
        "undone" | "open" => "doubt",
        _ => "",
    }
}

fn head(run: &RunReport) -> Part {
    let mut part = Part::default();
    let class = match run.state == "done" && !run.problems.is_empty() {
        true => "doubt",
        false => class(&run.state),
    };
    part.paragraph(
        Markup::badge(class, words::outcome(run)).and(Markup::text(&words::sentence(&run.summary))),
    );
    for problem in &run.problems {
        part.problem(Markup::text(problem));
    }
    part.list(run.notes.iter().map(|note| Markup::text(note)));
    figures(run, &mut part);
    let system = run.os.as_ref().map(|os| os.pretty_name.as_str());
    let knowledge = run.plan.knowledge.as_ref();
    let knowledge = knowledge.and_then(|knowledge| knowledge.updated);
    let knowledge = knowledge.map_or_else(String::new, |updated| {
        format!(", knowledge of {}", words::instant(updated))
    });
    let ended = run
        .ended
        .map_or_else(|| "not over".to_owned(), words::instant);
    part.paragraph(Markup::default().small(&format!(
        "{}. Begun {} by {}, over {ended}. {TOOL} {}{knowledge}. Times are UTC.",
        system.unwrap_or("System not known"),
        words::instant(run.started),
        run.actor,
        run.tool_version,
    )));
    part
}

/// The numbers that a reader looks for first.
fn figures(run: &RunReport, part: &mut Part) {
    let facts = Facts::of(run);
    let mut figures: Vec<(String, &str)> = Vec::new();
    if !run.findings.is_empty() {
        let closed = |proof: &&FindingProof| words::is_closed(proof);
        let closed = run.findings.iter().filter(closed).count();
        figures.push((
            format!("{closed} of {}", run.findings.len()),
            "findings proved fixed",
        ));
    }
    if let Some(applied) = facts.applied {
        figures.push((applied.changed.len().to_string(), "packages changed"));
    }
    if let Some(restarted) = facts.restarted {
        figures.push((
            restarted.services.len().to_string(),
            "services that ran old code",
        ));
    }
    if let Some(short) = facts.checks_in_short() {
        let count = short.split(" checks").next().unwrap_or_default();
        figures.push((count.to_owned(), "checks passed at the end"));
    }
    if !run.remaining.is_empty() {
        figures.push((run.remaining.len().to_string(), "findings stay open"));
    }
    let took = words::between(Some(run.started), run.ended);
    if !took.is_empty() {
        figures.push((took, "from begin to end"));
    }
    let figures: String = figures
        .iter()
        .map(|(value, name)| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(value)))
        .collect();
    if !figures.is_empty() {
        part.add(Markup::made(format!(
            "<dl class=\"figures\">{figures}</dl>"
        )));
    }
}
