//! One HTML file: the picture, the patches in their order, and what has none. Readable without scripts.

use std::io::{self, Write};

use patchward_protocol::plan::{PlanReport, PlanStep, Unpatched};

use super::{svg, words};
use crate::output::facts;
use crate::output::table::grouped;
use crate::output::xml::escape;

const STYLE: &str = include_str!("../html/page.css");

/// Writes the page.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(plan: &PlanReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Patch plan</title>\n<style>\n{STYLE}figure {{ margin: 1rem 0; max-width: 60rem; }}\n\
         .number {{ text-align: right; font-variant-numeric: tabular-nums; }} td.number {{ white-space: nowrap; }}\n</style>\n</head>\n<body>"
    )?;
    head(plan, out)?;
    if !plan.steps.is_empty() {
        writeln!(out, "<figure>\n{}</figure>", svg::picture(plan))?;
        table(
            "Patches, in this order",
            &[
                "#",
                "Patch",
                "By when",
                "Findings",
                "Risk removed",
                "Left",
                "Waiting, a day",
                "Disturbs",
                "How",
            ],
            out,
        )?;
        plan.steps
            .iter()
            .try_for_each(|step| row(step, plan, out))?;
        writeln!(out, "</tbody></table>")?;
    }
    if !plan.later.is_empty() {
        table(
            "Not in the plan",
            &["Patch", "Urgency", "Risk removed", "Why"],
            out,
        )?;
        for step in &plan.later {
            writeln!(
                out,
                "<tr><td>{}<small>{}</small></td><td>{}</td><td class=\"number\">{}</td><td>{}</td></tr>",
                escape(&words::upgrade(step)),
                escape(&place(step)),
                escape(&words::weight(step)),
                words::points(step.risk_removed),
                escape(step.later.as_deref().unwrap_or_default()),
            )?;
        }
        writeln!(out, "</tbody></table>")?;
    }
    if !plan.unpatched.is_empty() {
        table(
            "Without a patch today",
            &[
                "Package",
                "Vulnerabilities",
                "Risk",
                "Why",
                "What a publisher says helps",
            ],
            out,
        )?;
        plan.unpatched
            .iter()
            .try_for_each(|entry| open(entry, out))?;
        writeln!(out, "</tbody></table>")?;
    }
    writeln!(out, "</body>\n</html>")
}

fn head(plan: &PlanReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<header>\n<h1>Patch plan</h1>\n<p>{}</p>",
        escape(&words::headline(plan))
    )?;
    if !plan.steps.is_empty() {
        writeln!(out, "<p>{} {}</p>", words::cost(plan), words::waiting(plan))?;
    }
    if let Some(warning) = words::warning(plan) {
        writeln!(out, "<p class=\"problem\">{}</p>", escape(&warning))?;
    }
    for remark in words::remarks(plan) {
        writeln!(out, "<p>{remark}</p>")?;
    }
    for problem in plan.targets.iter().flat_map(|target| &target.problems) {
        let place = escape(&problem.location.path);
        writeln!(
            out,
            "<p class=\"problem\">Incomplete: {place}: {}</p>",
            escape(&problem.message)
        )?;
    }
    writeln!(
        out,
        "<p><small>{} {}, {}</small></p>\n</header>",
        facts::TOOL,
        escape(&plan.tool_version),
        plan.made.strftime("%Y-%m-%d %H:%M UTC"),
    )
}

/// Columns of numbers: their names stand above them.
const NUMBERS: [&str; 6] = [
    "#",
    "Findings",
    "Risk removed",
    "Left",
    "Waiting, a day",
    "Risk",
];

fn table(caption: &str, columns: &[&str], out: &mut dyn Write) -> io::Result<()> {
    write!(out, "<table><caption>{caption}</caption><thead><tr>")?;
    for column in columns {
        let class = match NUMBERS.contains(column) {
            true => " class=\"number\"",
            false => "",
        };
        write!(out, "<th scope=\"col\"{class}>{column}</th>")?;
    }
    writeln!(out, "</tr></thead><tbody>")
}

fn row(step: &PlanStep, plan: &PlanReport, out: &mut dyn Write) -> io::Result<()> {
    let level = facts::level(step.patch.severity);
    let exploited = match step.exploited {
        0 => String::new(),
        count => format!("<small>{} exploited</small>", grouped(count)),
    };
    let command = match step.patch.command.as_str() {
        "" => escape(&words::by_hand(step)),
        command => format!("<code>{}</code>", escape(command)),
    };
    let by_when = words::due(step, plan.made).unwrap_or_default();
    let why = words::why(step).unwrap_or_default();
    let advice = step.route.iter().map(|route| &route.advice);
    let notes: String = advice
        .chain(&step.notes)
        .map(|note| format!("<small>{}</small>", escape(note)))
        .collect();
    writeln!(
        out,
        "<tr><td class=\"number\">{}</td><td><span class=\"badge {level}\">{level}</span> {}<small>{}</small></td><td class=\"long\">{}<small>{}</small></td>\
         <td class=\"number\">{}{exploited}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>\
         <td>{}<small>{}</small></td><td>{command}{notes}</td></tr>",
        step.number,
        escape(&words::upgrade(step)),
        escape(&place(step)),
        escape(&by_when),
        escape(&why),
        grouped(step.findings),
        words::points(step.risk_removed),
        words::percent(step.risk_left, plan.summary.risk),
        words::points(step.price_per_day),
        escape(&words::disruption(step, plan)),
        escape(&step.disruption.reason),
    )
}

/// The target, and the file in it.
fn place(step: &PlanStep) -> String {
    match words::place(step) {
        Some(path) => format!("{}, {path}", step.target),
        None => step.target.clone(),
    }
}

fn open(entry: &Unpatched, out: &mut dyn Write) -> io::Result<()> {
    let known: Vec<String> = entry
        .mitigations
        .iter()
        .map(|known| {
            let text = escape(&known.text);
            match facts::is_link(&known.text) {
                true => format!("<a href=\"{text}\" rel=\"noreferrer\">{text}</a>"),
                false => text,
            }
        })
        .collect();
    writeln!(
        out,
        "<tr><td>{} {}<small>{}</small></td><td>{}</td><td class=\"number\">{}</td><td>{}</td><td>{}</td></tr>",
        escape(&entry.package),
        escape(&entry.version),
        escape(&entry.target),
        escape(&words::listed(&entry.vulnerabilities, 8)),
        words::points(entry.risk),
        escape(&entry.why),
        known.join("<br>"),
    )
}
