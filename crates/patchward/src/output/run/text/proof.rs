//! What changed, what restarted, what is proved, what remains, and where the ledger says so.

use std::io;

use anstyle::AnsiColor;
use patchward_protocol::run::{FindingProof, RunReport};

use super::body::Body;
use crate::output::clean::clean;
use crate::output::decision::priority;
use crate::output::plan::words::listed;
use crate::output::run::facts::Facts;
use crate::output::run::words;
use crate::output::table::{level, plural};

/// Entries that are shown of a long list.
const MOST: usize = 10;

/// What the package manager and its database agree to have changed, and configuration files.
pub fn changes(facts: &Facts<'_>, body: &mut Body<'_>) -> io::Result<()> {
    if let Some(applied) = facts.applied {
        body.title(&format!(
            "Changed: {}",
            plural(applied.changed.len() as u64, "package")
        ))?;
        for change in &applied.changed {
            let text = format!(
                "{} {} {}",
                words::action(change.action),
                change.name,
                words::versions(change)
            );
            body.hanging(2, 4, &clean(&text))?;
        }
        for file in &applied.conf_files {
            let other = match &file.other {
                Some(other) => format!(" (in {other})"),
                None => String::new(),
            };
            let text = format!("{} {}{other}", file.path, words::conf_file(file.outcome));
            body.hanging(2, 4, &clean(&text))?;
        }
        if let Some(failure) = &applied.failure {
            body.labelled(AnsiColor::Red, "  failed:", &failure.message)?;
        }
        body.gap()?;
    }
    let Some(back) = facts.rolled_back else {
        return Ok(());
    };
    body.title(&format!(
        "Back at the old version: {}",
        plural(back.restored.len() as u64, "package")
    ))?;
    for package in &back.restored {
        body.hanging(
            2,
            4,
            &clean(&format!("{} {}", package.name, package.version)),
        )?;
    }
    if !back.held.is_empty() {
        let held = listed(&back.held, MOST);
        body.line(
            2,
            &clean(&format!("held there until you release them: {held}")),
        )?;
    }
    for path in back.files_different.iter().take(MOST) {
        body.labelled(AnsiColor::Yellow, "  not as it was:", path)?;
    }
    for failed in &back.failed {
        let text = format!("{}: {}", failed.package, failed.reason);
        body.labelled(AnsiColor::Red, "  not back:", &text)?;
    }
    body.gap()
}

/// Services, and what still runs old code.
pub fn restarts(facts: &Facts<'_>, body: &mut Body<'_>) -> io::Result<()> {
    let Some(restarted) = facts.restarted else {
        return Ok(());
    };
    if restarted.services.is_empty() && restarted.left.is_empty() && restarted.reboot.is_empty() {
        return Ok(());
    }
    body.title("Restarts:")?;
    for service in &restarted.services {
        let text = format!(
            "{} {} ({})",
            service.step.service.name,
            words::restart(service),
            words::duration(service.millis)
        );
        body.hanging(2, 4, &clean(&text))?;
    }
    for process in &restarted.left {
        let process = words::process(process);
        body.labelled(AnsiColor::Yellow, "  still runs old code:", &process)?;
    }
    for reboot in &restarted.reboot {
        let text = format!("{}: {}", reboot.package, reboot.reason);
        body.labelled(AnsiColor::Yellow, "  reboot needed:", &text)?;
    }
    body.gap()
}

/// What changed in the clone.
pub fn blast(facts: &Facts<'_>, body: &mut Body<'_>) -> io::Result<()> {
    let Some(blast) = facts.blast else {
        return Ok(());
    };
    body.title(&format!(
        "Touched: {}, {} on disk",
        plural(blast.files, "file"),
        words::growth(blast.growth_bytes)
    ))?;
    let owners = blast
        .by_owner
        .iter()
        .map(|(name, group)| (name.clone(), group));
    let areas = blast
        .unowned
        .iter()
        .map(|(area, group)| (format!("{area} (no package's)"), group));
    let all: Vec<_> = owners.chain(areas).collect();
    for (name, group) in all.iter().take(MOST) {
        body.hanging(2, 4, &format!("{}: {}", clean(name), words::files(group)))?;
    }
    body.more(2, all.len(), MOST)?;
    for path in blast.side_effects.iter().take(MOST) {
        body.labelled(AnsiColor::Yellow, "  side effect of a script:", path)?;
    }
    body.more(2, blast.side_effects.len(), MOST)?;
    body.gap()
}

/// Each finding, before and after, with the evidence or with what is missing.
pub fn findings(run: &RunReport, body: &mut Body<'_>) -> io::Result<()> {
    if run.findings.is_empty() {
        return Ok(());
    }
    body.title(&format!("Findings: {}", words::fixed(&run.findings)))?;
    for proof in &run.findings {
        finding(proof, body)?;
    }
    body.gap()
}

fn finding(proof: &FindingProof, body: &mut Body<'_>) -> io::Result<()> {
    let colour = match words::is_closed(proof) {
        true => AnsiColor::Green,
        false => AnsiColor::Yellow,
    };
    let state = body.style.paint(colour.on_default(), &clean(&proof.state));
    let what = format!(
        "{} in {} {}",
        proof.vulnerability,
        proof.package,
        words::finding_versions(proof)
    );
    body.hanging(2, 4, &format!("{state}  {}", clean(&what)))?;
    if !proof.evidence.is_empty() && words::is_closed(proof) {
        let proved = body.dim(&clean(&proof.evidence.join("; ")));
        body.line(4, &proved)?;
    }
    for missing in &proof.missing {
        body.hanging(4, 6, &format!("missing: {}", clean(missing)))?;
    }
    Ok(())
}

/// What stays open, and until when.
pub fn remaining(run: &RunReport, body: &mut Body<'_>) -> io::Result<()> {
    if run.remaining.is_empty() {
        return Ok(());
    }
    let shown = body.style.top.unwrap_or(2 * MOST);
    body.title(&format!(
        "Stays open: {}",
        plural(run.remaining.len() as u64, "finding")
    ))?;
    let mut table = body
        .style
        .table(&["", "Due", "Severity", "Vulnerability", "Package", "Why"]);
    for open in run.remaining.iter().take(shown) {
        table.add_row([
            open.priority.map_or("", priority).to_owned(),
            clean(open.due.as_deref().unwrap_or_default()).into_owned(),
            level(open.severity).to_owned(),
            clean(&open.vulnerability).into_owned(),
            clean(&format!("{} {}", open.package, open.version)).into_owned(),
            clean(&open.why).into_owned(),
        ]);
    }
    for line in table.lines() {
        writeln!(body.out, "{}", line.trim_end())?;
    }
    body.more(2, run.remaining.len(), shown)?;
    body.gap()
}

/// Where the ledger says so, and how to check it.
pub fn ledger(run: &RunReport, body: &mut Body<'_>) -> io::Result<()> {
    let Some(proof) = &run.ledger else {
        return Ok(());
    };
    let text = format!(
        "Ledger: {} of this run, proved by the signed root of {}; `patchward ledger verify` checks it.",
        plural(proof.entries.len() as u64, "entry"),
        plural(proof.size, "entry")
    );
    body.line(0, &text)
}
