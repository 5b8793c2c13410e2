//! Markdown, for tickets and comments.

use std::io::{self, Write};

use patchward_protocol::plan::{PlanReport, PlanStep};

use super::words;
use crate::output::markdown::text;
use crate::output::table::grouped;

/// Writes the plan.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(plan: &PlanReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# Patch plan\n\n{}\n", words::headline(plan))?;
    if !plan.steps.is_empty() {
        writeln!(out, "{} {}\n", words::cost(plan), words::waiting(plan))?;
    }
    if let Some(warning) = words::warning(plan) {
        writeln!(out, "**{}**\n", text(&warning))?;
    }
    for remark in words::remarks(plan) {
        writeln!(out, "{remark}\n")?;
    }
    if !plan.steps.is_empty() {
        writeln!(
            out,
            "| # | Target | Upgrade | By when | Findings | Risk removed | Left | Disturbs |\n| ---: | --- | --- | --- | ---: | ---: | ---: | --- |"
        )?;
        plan.steps
            .iter()
            .try_for_each(|step| row(step, plan, out))?;
        writeln!(out, "\n## Commands\n")?;
        plan.steps.iter().try_for_each(|step| command(step, out))?;
        writeln!(out)?;
    }
    later(plan, out)?;
    unpatched(plan, out)?;
    for problem in plan.targets.iter().flat_map(|target| &target.problems) {
        writeln!(
            out,
            "- **Incomplete**: {}: {}",
            text(&problem.location.path),
            text(&problem.message)
        )?;
    }
    Ok(())
}

fn later(plan: &PlanReport, out: &mut dyn Write) -> io::Result<()> {
    if plan.later.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "## Not in the plan\n\n| Target | Upgrade | Urgency | Risk removed | Why |\n| --- | --- | --- | ---: | --- |"
    )?;
    for step in &plan.later {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            text(&step.target),
            upgrade(step),
            text(&words::weight(step)),
            words::points(step.risk_removed),
            text(step.later.as_deref().unwrap_or_default()),
        )?;
    }
    writeln!(out)
}

fn unpatched(plan: &PlanReport, out: &mut dyn Write) -> io::Result<()> {
    if plan.unpatched.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "## Without a patch\n\n| Target | Package | Vulnerabilities | Risk | Why | Mitigation |\n| --- | --- | --- | ---: | --- | --- |"
    )?;
    for entry in &plan.unpatched {
        let known: Vec<String> = entry
            .mitigations
            .iter()
            .map(|known| text(&known.text))
            .collect();
        writeln!(
            out,
            "| {} | {} {} | {} | {} | {} | {} |",
            text(&entry.target),
            text(&entry.package),
            text(&entry.version),
            text(&words::listed(&entry.vulnerabilities, 5)),
            words::points(entry.risk),
            text(&entry.why),
            known.join(", "),
        )?;
    }
    writeln!(out)
}

/// What is upgraded, and in which file.
fn upgrade(step: &PlanStep) -> String {
    let upgrade = text(&words::upgrade(step));
    match words::place(step) {
        Some(path) => format!("{upgrade} in {}", text(path)),
        None => upgrade,
    }
}

fn row(step: &PlanStep, plan: &PlanReport, out: &mut dyn Write) -> io::Result<()> {
    let exploited = if step.exploited > 0 {
        " **exploited**"
    } else {
        ""
    };
    let major = if step.patch.major { " (major)" } else { "" };
    writeln!(
        out,
        "| {} | {} | {}{major} | {} | {}{exploited} | {} | {} | {} |",
        step.number,
        text(&step.target),
        upgrade(step),
        text(&words::due(step, plan.made).unwrap_or_default()),
        grouped(step.findings),
        words::points(step.risk_removed),
        words::percent(step.risk_left, plan.summary.risk),
        text(&words::disruption(step, plan)),
    )
}

/// A command as code on one line; a back tick inside would end it, so the fence is longer than any run of them.
fn command(step: &PlanStep, out: &mut dyn Write) -> io::Result<()> {
    let command = match step.patch.command.as_str() {
        "" => text(&words::by_hand(step)),
        command => {
            let command = crate::output::clean::clean(command);
            let longest = command.split(|c| c != '`').map(str::len).max().unwrap_or(0);
            let fence = "`".repeat(longest + 1);
            format!("{fence} {command} {fence}")
        }
    };
    writeln!(out, "{}. {command}", step.number)?;
    let why = words::why(step);
    let advice = step.route.iter().map(|route| &route.advice);
    for note in why.iter().chain(advice).chain(&step.notes) {
        writeln!(out, "   - {}", text(note))?;
    }
    Ok(())
}
