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

/// Writes the plan.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(plan: &PlanReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let bold = |text: &str| style.paint(Ansi::new().bold(), text);
    if plan.knowledge.is_some() || plan.summary.findings > 0 {
        writeln!(out, "{}", bold(&words::headline(plan)))?;
    } else {
        writeln!(out, "Nothing is known yet: run `patchward db update`.")?;
    }
    if !plan.steps.is_empty() {
        writeln!(out, "{} {}", words::cost(plan), words::waiting(plan))?;
    }
    if let Some(warning) = words::warning(plan) {
        let warning = clean(&warning).into_owned();
        writeln!(
            out,
            "{}",
            style.paint(AnsiColor::Red.on_default(), &warning)
        )?;
    }
    if let Some(choice) = words::choice(plan) {
        writeln!(out, "{choice}")?;
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
    let upgrade = style.paint(Ansi::new().bold(), &clean(&words::upgrade(step)));
    let place = match step.patch.location.as_str() {
        path if is_database(&step.patch.manager) || path.is_empty() => String::new(),
        path => format!(" in {}", clean(path)),
    };
    let exploited = match step.exploited {
        0 => String::new(),
        count => style.paint(AnsiColor::Red.on_default(), &format!(", {count} exploited")),
    };
    writeln!(
        out,
        "{:>4}. {upgrade}{place}: {}{exploited}, removes {} points",
        step.number,
        plural(step.findings, "finding"),
        words::points(step.risk_removed),
    )?;
    if let (Some(due), Some(why)) = (words::due(step, plan.made), words::why(step)) {
        let due = match due.ends_with("overdue") {
            true => style.paint(AnsiColor::Red.on_default(), &due),
            false => due,
        };
        writeln!(out, "      {due}; {}", clean(&why))?;
    }
    let command = match step.patch.command.as_str() {
        "" => words::by_hand(step),
        command => style.paint(AnsiColor::Cyan.on_default(), &clean(command)),
    };
    writeln!(out, "      {command}")?;
    let disruption = clean(&words::disruption(step)).into_owned();
    let disruption = match step.disruption.kind {
        DisruptionKind::Reboot => style.paint(AnsiColor::Yellow.on_default(), &disruption),
        _ => disruption,
    };
    let pending = if step.patch.pending {
        "; offered now"
    } else {
        ""
    };
    writeln!(
        out,
        "      {disruption}; waiting adds {} a day{pending}",
        words::points(step.price_per_day)
    )?;
    if let Some(route) = &step.route {
        writeln!(out, "      {}", clean(&route.advice))?;
    }
    for note in &step.notes {
        writeln!(
            out,
            "      {} {}",
            style.paint(AnsiColor::Yellow.on_default(), "note:"),
            clean(note)
        )?;
    }
    Ok(())
}

/// Managers whose packages lie in a database: its path says nothing.
fn is_database(manager: &str) -> bool {
    matches!(manager, "apt" | "dnf" | "zypper" | "apk" | "pacman")
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
        writeln!(
            out,
            "      {}: {}{} ({} points)",
            clean(&words::upgrade(step)),
            match words::weight(step).as_str() {
                "" => String::new(),
                weight => format!("{weight}; "),
            },
            clean(step.later.as_deref().unwrap_or_default()),
            words::points(step.risk_removed),
        )?;
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
    writeln!(
        out,
        "      {name}: {} ({} points)",
        clean(&words::listed(&entry.vulnerabilities, IDS)),
        words::points(entry.risk)
    )?;
    writeln!(out, "        {}", clean(&entry.why))?;
    for known in entry.mitigations.iter().take(IDS) {
        writeln!(
            out,
            "        {} may be mitigated: {}",
            clean(&known.vulnerability),
            clean(&known.text)
        )?;
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
