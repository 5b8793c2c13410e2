//! `patchward verify` and `patchward rollback`.

use patchward_core::change;
use patchward_core::store::RunId;
use patchward_protocol::run::RunReport;

use super::change::{Opened, agreed, can_ask, exit, resume, tell};
use crate::cli::TextOrJson;
use crate::cli::change::{RollBack, Verify};
use crate::context::Context;
use crate::exit::Exit;
use crate::output::clean::clean;
use crate::output::run as output;
use crate::progress::run::RunProgress;

/// Looks again, tells.
pub fn run(flags: &Verify, context: &Context) -> anyhow::Result<Exit> {
    let opened = Opened::new(&flags.place, None, context)?;
    let progress = RunProgress::new(flags.telling.progress, context);
    let told = |event: &_| progress.hear(event);
    let engine = opened.engine(&told);
    resume(&engine, context)?;
    let run = opened.at_work(|| change::verify(&engine, flags.run))?;
    tell(&run, &flags.telling, context)?;
    Ok(exit(&run))
}

/// Shows what is taken back, asks, takes it back, tells.
pub fn roll_back(flags: &RollBack, context: &Context) -> anyhow::Result<Exit> {
    if !flags.yes && !can_ask("rollback", &flags.telling) {
        return Ok(Exit::Usage);
    }
    let opened = Opened::new(&flags.place, None, context)?;
    let progress = RunProgress::new(flags.telling.progress, context);
    let told = |event: &_| progress.hear(event);
    let engine = opened.engine(&told);
    resume(&engine, context)?;
    let wanted = match flags.run {
        Some(run) => change::report(&engine, run)?,
        None => opened.newest_change(&engine)?,
    };
    if flags.telling.format == TextOrJson::Text {
        show(&wanted)?;
    }
    let question = format!("Take {} back?", output::title(&wanted));
    if !flags.yes && !agreed(&question)? {
        context.advise("Nothing was changed.");
        return Ok(Exit::Clean);
    }
    let run =
        opened.at_work(|| change::roll_back(&engine, Some(RunId(wanted.number.cast_signed()))))?;
    tell(&run, &flags.telling, context)?;
    Ok(exit(&run))
}

/// What goes back to which version, and what cannot.
fn show(run: &RunReport) -> anyhow::Result<()> {
    outln!("{}: {}", output::title(run), clean(&run.summary));
    for change in &run.plan.transaction.changes {
        let back = match (&change.to, &change.from) {
            (Some(to), Some(from)) => format!("{} {to} → {from}", change.name),
            (Some(to), None) => format!("{} {to} → gone", change.name),
            (None, from) => format!(
                "{} comes back: {}",
                change.name,
                from.as_deref().unwrap_or("")
            ),
        };
        outln!("  {}", clean(&back));
    }
    for part in &run.plan.transaction.irreversible {
        let text = format!("cannot be taken back: {}: {}", part.package, part.reason);
        outln!("  {}", clean(&text));
    }
    outln!("");
    Ok(())
}
