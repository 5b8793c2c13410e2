//! The plan for people.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Ansi};
use patchward_protocol::plan::{DisruptionKind, PlanReport, PlanStep, Unpatched};

use super::{bars, words};
use crate::output::clean::clean;
use crate::output::table::{Style, age, plural};

/// Patches that are not in the plan, and what has no patch: so many are shown.
const MOST_REST: usize = 10;

/// Ids of vulnerabilities that are shown of each.
const IDS: usize = 4;

/// Columns before the lines below a title.
const INDENT: usize = 6;

/// Writes the plan.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(plan: &PlanReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let bold = |text: &str| style.paint(Ansi::new().bold(), text);
    if plan.knowledge.is_some() || plan.summary.findings > 0 {
        let headline = bold(&words::headline(plan));
        writeln!(out, "{}", style.paragraph(0, 0, &headline))?;
    } else {
        writeln!(out, "Nothing is known yet: run `patchward db update`.")?;
    }
    if !plan.steps.is_empty() {
        let numbers = format!("{} {}", words::cost(plan), words::waiting(plan));
        writeln!(out, "{}", style.paragraph(0, 0, &numbers))?;
    }
    if let Some(warning) = words::warning(plan) {
        let warning = style.paint(AnsiColor::Red.on_default(), &clean(&warning));
        writeln!(out, "{}", style.paragraph(0, 0, &warning))?;
    }
    for remark in words::remarks(plan) {
        writeln!(out, "{}", style.paragraph(0, 0, &remark))?;
    }
    writeln!(out)?;
    let mut target = None;
    for step in &plan.steps {
        if plan.targets.len() > 1 && target != Some(&step.target) {
            writeln!(out, "{}", bold(&clean(&step.target)))?;
            target = Some(&step.target);
        }
        write_step(step, plan, style, out)?;
    }
    if !plan.steps.is_empty() {
        writeln!(out)?;
    }
    bars::write(plan, style, out)?;
    write_later(plan, style, out)?;
    write_unpatched(plan, style, out)?;
    write_problems(plan, style, out)?;
    if let Some(updated) = plan
        .knowledge
        .as_ref()
        .and_then(|knowledge| knowledge.updated)
    {
        writeln!(
            out,
            "Knowledge base updated {} ago.",
            age(style.now, updated)
        )?;
    }
    Ok(())
}

fn write_step(
    step: &PlanStep,
    plan: &PlanReport,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    write_title(step, style, out)?;
    if let (Some(due), Some(why)) = (words::due(step, plan.made), words::why(step)) {
        let due = match due.ends_with("overdue") {
            true => style.paint(AnsiColor::Red.on_default(), &due),
            false => due,
        };
        indented(&format!("{due}; {}", clean(&why)), style, out)?;
    }
    match step.patch.command.as_str() {
        "" => indented(&words::by_hand(step), style, out)?,
        // In one line, so that it can be copied.
        command => {
            let command = style.paint(AnsiColor::Cyan.on_default(), &clean(command));
            writeln!(out, "{:INDENT$}{command}", "")?;
        }
    }
    let disruption = clean(&words::disruption(step, plan)).into_owned();
    let disruption = match step.disruption.kind {
        DisruptionKind::Reboot => style.paint(AnsiColor::Yellow.on_default(), &disruption),
        _ => disruption,
    };
    let pending = if step.patch.pending {
        "; offered now"
    } else {
        ""
    };
    let price = words::points(step.price_per_day);
    let text = format!("{disruption}; waiting adds {price} a day{pending}");
    indented(&text, style, out)?;
    if let Some(route) = &step.route {
        indented(&clean(&route.advice), style, out)?;
    }
    let label = style.paint(AnsiColor::Yellow.on_default(), "note:");
    for note in &step.notes {
        indented(&format!("{label} {}", clean(note)), style, out)?;
    }
    Ok(())
}

fn write_title(step: &PlanStep, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let exploited = match step.exploited {
        0 => String::new(),
        count => style.paint(AnsiColor::Red.on_default(), &format!(", {count} exploited")),
    };
    let title = format!(
        "{:>4}. {}: {}{exploited}, removes {} points",
        step.number,
        upgrade(step, style),
        plural(step.findings, "finding"),
        words::points(step.risk_removed),
    );
    writeln!(out, "{}", style.paragraph(0, INDENT, &title))
}

/// A line below a title, whose own further lines stand two columns deeper.
fn indented(text: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", style.paragraph(INDENT, INDENT + 2, text))
}

/// What is upgraded, and in which file.
fn upgrade(step: &PlanStep, style: &Style) -> String {
    let upgrade = style.paint(Ansi::new().bold(), &clean(&words::upgrade(step)));
    match words::place(step) {
        Some(path) => format!("{upgrade} in {}", clean(path)),
        None => upgrade,
    }
}

fn write_later(plan: &PlanReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if plan.later.is_empty() {
        return Ok(());
    }
    let title = format!(
        "{} not in the plan:",
        plural(plan.later.len() as u64, "patch")
    );
    writeln!(out, "{}", style.paint(Ansi::new().bold(), &title))?;
    for step in plan.later.iter().take(MOST_REST) {
        let weight = match words::weight(step).as_str() {
            "" => String::new(),
            weight => format!(", {weight}"),
        };
        let on = match plan.targets.len() > 1 {
            true => format!(" on {}", clean(&step.target)),
            false => String::new(),
        };
        let text = format!(
            "{}{on}: {} points{weight}; {}",
            upgrade(step, style),
            words::points(step.risk_removed),
            clean(step.later.as_deref().unwrap_or_default()),
        );
        indented(&text, style, out)?;
    }
    more(plan.later.len(), out)?;
    writeln!(out)
}

fn write_unpatched(plan: &PlanReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if plan.unpatched.is_empty() {
        return Ok(());
    }
    let title = format!(
        "{} that no patch clears today:",
        plural(plan.summary.unpatched, "finding")
    );
    writeln!(out, "{}", style.paint(Ansi::new().bold(), &title))?;
    for entry in plan.unpatched.iter().take(MOST_REST) {
        write_open(entry, style, out)?;
    }
    more(plan.unpatched.len(), out)?;
    writeln!(out)
}

fn write_open(entry: &Unpatched, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let name = style.paint(
        Ansi::new().bold(),
        &clean(&format!("{} {}", entry.package, entry.version)),
    );
    let text = format!(
        "{name}: {}; {} points; {}",
        clean(&words::listed(&entry.vulnerabilities, IDS)),
        words::points(entry.risk),
        clean(&entry.why),
    );
    indented(&text, style, out)?;
    for known in entry.mitigations.iter().take(IDS) {
        let (id, text) = (clean(&known.vulnerability), clean(&known.text));
        let text = format!("{id} may be mitigated: {text}");
        writeln!(out, "{}", style.paragraph(INDENT + 2, INDENT + 4, &text))?;
    }
    Ok(())
}

fn more(count: usize, out: &mut dyn Write) -> io::Result<()> {
    match count.checked_sub(MOST_REST) {
        None | Some(0) => Ok(()),
        Some(left) => writeln!(out, "      … {left} more (--format json lists all)"),
    }
}

fn write_problems(plan: &PlanReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut any = false;
    for problem in plan.targets.iter().flat_map(|target| &target.problems) {
        let label = style.paint(AnsiColor::Yellow.on_default(), "incomplete:");
        let place = clean(&problem.location.path);
        writeln!(out, "{label} {place}: {}", clean(&problem.message))?;
        any = true;
    }
    if any { writeln!(out) } else { Ok(()) }
}
