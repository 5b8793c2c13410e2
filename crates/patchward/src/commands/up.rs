//! `patchward up`: everything that a fresh machine needs, in one command.

use anyhow::Context as _;
use patchward_core::change::{self, Wanted};
use patchward_core::scan::{self, Criteria};
use patchward_core::update::{FeedReport, Manner, update};

use super::change::{Opened, resume};
use super::targets;
use crate::cli::Up;
use crate::cli::change::{Place, ProgressAs};
use crate::cli::scan::Inputs;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::clean::clean;
use crate::output::run as output;
use crate::output::table::{self, Style};
use crate::printer::told;
use crate::progress::UpdateProgress;
use crate::progress::run::RunProgress;
use patchward_protocol::plan::PlanLimits;

/// Makes the data directory, updates the knowledge base from every feed that can be reached, scans, shows what to patch
/// first, and rehearses that. Feeds that cannot be reached and a rehearsal that is not possible here are told and change
/// nothing about the exit code.
pub fn run(up: &Up, context: &Context) -> anyhow::Result<Exit> {
    let folder = context.data_dir();
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("make the data directory {}", folder.display()))?;
    context.knowledge()?;
    let feeds = context.feeds(&[])?;
    context.advise(&format!(
        "Updating the knowledge base in {} …",
        folder.display()
    ));
    let quiet = context.settings.switch("quiet");
    let progress = UpdateProgress::new(context.shows_progress(), quiet, feeds.len());
    let reports = update(
        &context.knowledge_dir(),
        &context.feeds_config(),
        &feeds,
        Manner::default(),
        context.now,
        &progress,
    )?;
    tell_what_is_missing(&reports, context);
    let inputs = Inputs {
        root: up.root.iter().cloned().collect(),
        pending: true,
        ..Inputs::default()
    };
    context.advise("Scanning …\n");
    let inventories = targets::inventories(&inputs, context)?;
    let ignore = super::scan::ignore_rules(&inputs, context)?;
    let assets = inventories.iter().map(|inventory| &inventory.asset);
    let criteria = Criteria {
        ignore,
        prioritisation: Some(super::policy::prioritisation(&inputs, assets, context)?),
        ..Criteria::default()
    };
    let knowledge = context.judging_knowledge()?;
    let report = scan::report(inventories, knowledge.as_ref(), &criteria, context.now);
    let style = Style {
        top: Some(up.top),
        ..context.style()
    };
    table::write(&report, &style, &mut std::io::stdout().lock()).map_err(told)?;
    if !up.no_rehearsal
        && let Err(error) = rehearse(up, context)
    {
        context.advise(&format!(
            "\nNothing was rehearsed: {}. `patchward rehearse --help` tells what it needs.",
            clean(&format!("{error:#}"))
        ));
    }
    Ok(Exit::Clean)
}

fn tell_what_is_missing(reports: &[FeedReport], context: &Context) {
    let named = |which: fn(&FeedReport) -> bool| -> Vec<_> {
        let of_these = reports.iter().filter(|report| which(report));
        of_these.map(|report| report.feed).collect()
    };
    let failed = named(|report| report.failure.is_some());
    match failed.len() {
        0 => {}
        all if all == reports.len() => context.advise(
            "No feed could be reached: this scan uses what is known already and the package manager's own word.\n\
             Without network, take a knowledge base from another machine: `patchward db import --help`.",
        ),
        _ => context.advise(&format!("Not reached: {}. The next update tries again.", failed.join(", "))),
    }
    let lost = named(|report| !report.lost.is_empty());
    if !lost.is_empty() {
        let lost = lost.join(", ");
        context.advise(&format!("Not whole: {lost}. The next update tries again."));
    }
}

/// Tries the most urgent patches in a clone, and says how to go on.
fn rehearse(up: &Up, context: &Context) -> anyhow::Result<()> {
    let place = Place {
        root: up.root.clone(),
    };
    let opened = Opened::new(&place, None, context)?;
    let progress = RunProgress::new(ProgressAs::Auto, context);
    let told = |event: &_| progress.hear(event);
    let engine = opened.engine(&told);
    resume(&engine, context)?;
    let wanted = Wanted {
        limits: PlanLimits {
            top: Some(up.top as u64),
            ..PlanLimits::default()
        },
        ..Wanted::default()
    };
    let plan = change::propose(&engine, &wanted)?;
    if plan.transaction.changes.is_empty() {
        context.advise("\nThe package manager offers no patch here: there is nothing to rehearse.");
        return Ok(());
    }
    let root = match &up.root {
        Some(root) => format!(" --root {}", root.display()),
        None => String::new(),
    };
    outln!("");
    output::print_plan(&plan, &context.style())?;
    let run = opened.at_work(|| change::rehearse(&engine, &plan))?;
    output::print_outcome(&run, &context.style())?;
    context.advise(&format!(
        "\nNothing was changed. `patchward apply{root}` puts patches in, `patchward apply{root} --top {}` these.",
        up.top
    ));
    Ok(())
}
