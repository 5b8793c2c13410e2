//! Comma-separated values: a row per patch, those in the plan first, then those that are not.

use std::borrow::Cow;
use std::io::{self, Write};

use patchward_protocol::plan::{DisruptionKind, PlanReport, PlanStep};

use super::words;
use crate::output::csv::row;
use crate::output::decision::priority;

const HEADER: [&str; 22] = [
    "number",
    "target",
    "package",
    "from",
    "to",
    "manager",
    "command",
    "location",
    "findings",
    "exploited",
    "priority",
    "due",
    "why",
    "risk removed",
    "risk left",
    "price per day",
    "disruption",
    "downtime seconds",
    "major",
    "pending",
    "held",
    "not in the plan",
];

/// Writes the rows.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(plan: &PlanReport, out: &mut dyn Write) -> io::Result<()> {
    row(&HEADER.map(Cow::Borrowed), out)?;
    for step in plan.steps.iter().chain(&plan.later) {
        row(&cells(step), out)?;
    }
    Ok(())
}

fn cells(step: &PlanStep) -> [Cow<'_, str>; 22] {
    let (patch, urgency) = (&step.patch, step.urgency.as_ref());
    let yes = |is: bool| Cow::Borrowed(if is { "yes" } else { "" });
    let number = match step.number {
        0 => String::new(),
        number => number.to_string(),
    };
    [
        number.into(),
        step.target.as_str().into(),
        patch.package.as_str().into(),
        patch.from.as_str().into(),
        patch.to.as_str().into(),
        patch.manager.as_str().into(),
        patch.command.as_str().into(),
        patch.location.as_str().into(),
        step.findings.to_string().into(),
        step.exploited.to_string().into(),
        urgency
            .map_or("", |urgency| priority(urgency.priority))
            .into(),
        urgency
            .and_then(|urgency| urgency.due.as_ref())
            .map_or("", |due| due.date.as_str())
            .into(),
        words::why(step).unwrap_or_default().into(),
        format!("{:.3}", step.risk_removed).into(),
        format!("{:.3}", step.risk_left).into(),
        format!("{:.3}", step.price_per_day).into(),
        kind(step.disruption.kind).into(),
        step.disruption.downtime_seconds.to_string().into(),
        yes(patch.major),
        yes(patch.pending),
        yes(step.held),
        step.later.as_deref().unwrap_or_default().into(),
    ]
}

fn kind(kind: DisruptionKind) -> &'static str {
    match kind {
        DisruptionKind::None => "none",
        DisruptionKind::Restart => "restart",
        DisruptionKind::Users => "users",
        DisruptionKind::Redeploy => "redeploy",
        DisruptionKind::Reboot => "reboot",
    }
}
