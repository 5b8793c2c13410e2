//! What will happen, and why.

use std::io;

use anstyle::AnsiColor;
use patchward_protocol::run::{ChangePlan, PlannedChecks, PlannedPatch};
use patchward_protocol::transaction::Transaction;

use super::body::Body;
use crate::output::clean::clean;
use crate::output::decision::priority;
use crate::output::plan::words::{listed, points};
use crate::output::run::words;
use crate::output::table::{colour, level, plural};

/// Ids of vulnerabilities that are shown of each patch.
const IDS: usize = 6;
/// Entries that are shown of a list that a person does not decide by.
const MOST: usize = 10;

/// Writes the patches, the exact transaction, and what is left out.
pub fn write(plan: &ChangePlan, body: &mut Body<'_>) -> io::Result<()> {
    if !plan.asked.is_empty() {
        body.line(0, &format!("Asked for: {}.", clean(&plan.asked.join(", "))))?;
    }
    if let Some(reason) = &plan.no_rehearsal {
        body.labelled(AnsiColor::Yellow, "without a rehearsal:", reason)?;
    }
    body.gap()?;
    for (at, patch) in plan.patches.iter().enumerate() {
        write_patch(at + 1, patch, body)?;
    }
    if !plan.patches.is_empty() {
        body.gap()?;
    }
    transaction(plan, body)?;
    left_out(plan, body)?;
    unpatched(plan, body)
}

fn write_patch(number: usize, patch: &PlannedPatch, body: &mut Body<'_>) -> io::Result<()> {
    let versions = format!("{} {} → {}", patch.package, patch.from, patch.to);
    let severity = body
        .style
        .paint(colour(patch.severity), level(patch.severity));
    let urgent = match patch.priority {
        Some(level) => format!(", {}", priority(level)),
        None => String::new(),
    };
    let due = match &patch.due {
        Some(day) => format!(" due {}", clean(day)),
        None => String::new(),
    };
    let exploited = match patch.exploited {
        0 => String::new(),
        count => {
            let text = format!(", {count} known to be exploited");
            body.style.paint(AnsiColor::Red.on_default(), &text)
        }
    };
    let risk = match patch.risk_removed > 0.0 {
        true => format!(", removes {} points", points(patch.risk_removed)),
        false => String::new(),
    };
    let name = body.bold(&clean(&versions));
    body.hanging(
        1,
        6,
        &format!("{number:>3}. {name}: {severity}{urgent}{due}{exploited}{risk}"),
    )?;
    if !patch.vulnerabilities.is_empty() {
        body.line(6, &clean(&listed(&patch.vulnerabilities, IDS)))?;
    }
    let others: Vec<_> = patch
        .packages
        .iter()
        .map(|package| package.name.clone())
        .collect();
    if others.len() > 1 || others.iter().any(|name| *name != patch.package) {
        body.line(6, &format!("packages: {}", clean(&listed(&others, MOST))))?;
    }
    for reason in &patch.reasons {
        body.hanging(6, 8, &format!("- {}", clean(reason)))?;
    }
    Ok(())
}

fn transaction(plan: &ChangePlan, body: &mut Body<'_>) -> io::Result<()> {
    let (transaction, checks) = (&plan.transaction, &plan.checks);
    if !transaction.changes.is_empty() {
        let title = format!(
            "{} will do exactly this ({}):",
            clean(&transaction.manager),
            words::packages(transaction)
        );
        body.title(&title)?;
        let mut table = body
            .style
            .table(&["", "Package", "Version", "From", "Way back"]);
        for change in &transaction.changes {
            table.add_row([
                words::action(change.action).to_owned(),
                clean(&change.name).into_owned(),
                clean(&words::versions(change)).into_owned(),
                clean(&listed(&change.origins, 2)).into_owned(),
                words::way_back(change.way_back).to_owned(),
            ]);
        }
        body.table(&table)?;
        costs(transaction, checks, body)?;
    }
    for kept in &transaction.kept_back {
        let detail = match kept.detail.as_str() {
            "" => String::new(),
            detail => format!(" ({detail})"),
        };
        let text = format!("{}: {}{detail}", kept.name, words::kept(kept.reason));
        body.labelled(AnsiColor::Yellow, "stays as it is:", &text)?;
    }
    if !transaction.kept_back.is_empty() {
        body.gap()?;
    }
    Ok(())
}

fn costs(transaction: &Transaction, checks: &PlannedChecks, body: &mut Body<'_>) -> io::Result<()> {
    body.line(
        2,
        &format!(
            "Download {}; on disk {}.",
            words::size(transaction.download_bytes),
            words::growth(transaction.disk_bytes)
        ),
    )?;
    let restarts = match transaction.restarts.as_slice() {
        [] => "No running service uses what is replaced.".to_owned(),
        services => format!("Restarts {}.", clean(&services.join(", "))),
    };
    body.line(2, &restarts)?;
    let checks = match words::checks_from(checks) {
        Some(from) => format!("Checks before and after: {}.", clean(&from)),
        None => "No check tells whether the machine still does its job: `patchward checks discover` proposes some.".to_owned(),
    };
    body.line(2, &checks)?;
    if transaction.interrupted {
        body.line(
            2,
            "An earlier run of the package manager was interrupted; it is mended first.",
        )?;
    }
    for reboot in &transaction.reboot {
        let text = format!("{}: {}", reboot.package, reboot.reason);
        body.labelled(AnsiColor::Yellow, "  reboot needed:", &text)?;
    }
    for part in &transaction.irreversible {
        let text = format!("{}: {}", part.package, part.reason);
        body.labelled(AnsiColor::Yellow, "  cannot be taken back:", &text)?;
    }
    body.gap()
}

fn left_out(plan: &ChangePlan, body: &mut Body<'_>) -> io::Result<()> {
    if plan.left_out.is_empty() {
        return Ok(());
    }
    let title = format!("{} left out:", plural(plan.left_out.len() as u64, "patch"));
    body.title(&title)?;
    for patch in plan.left_out.iter().take(MOST) {
        let ids = match patch.vulnerabilities.is_empty() {
            true => String::new(),
            false => format!(" ({})", listed(&patch.vulnerabilities, 2)),
        };
        let text = format!("{}{ids}: {}", patch.package, patch.why);
        body.hanging(2, 4, &clean(&text))?;
    }
    body.more(2, plan.left_out.len(), MOST)?;
    body.gap()
}

fn unpatched(plan: &ChangePlan, body: &mut Body<'_>) -> io::Result<()> {
    if plan.unpatched.is_empty() {
        return Ok(());
    }
    let title = format!(
        "No patch today for {}:",
        plural(plan.unpatched.len() as u64, "package")
    );
    body.title(&title)?;
    for open in plan.unpatched.iter().take(MOST) {
        let text = format!(
            "{} {} ({}): {}",
            open.package,
            open.version,
            listed(&open.vulnerabilities, 3),
            open.why
        );
        body.hanging(2, 4, &clean(&text))?;
    }
    body.more(2, plan.unpatched.len(), MOST)?;
    body.gap()
}
