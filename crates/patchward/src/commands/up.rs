//! `patchward up`: everything that a fresh machine needs, in one command.

use anyhow::Context as _;
use patchward_core::scan::{self, Criteria};
use patchward_core::update::{Manner, update};

use super::targets;
use crate::cli::Up;
use crate::cli::scan::Inputs;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::table::{self, Style};
use crate::progress::UpdateProgress;

/// Makes the data directory, updates the knowledge base from every feed that can be reached, scans, and shows what to
/// patch first. Feeds that cannot be reached are told and change nothing about the exit code.
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
    let failed: Vec<_> = reports
        .iter()
        .filter(|report| report.failure.is_some())
        .map(|report| report.feed)
        .collect();
    match failed.len() {
        0 => {}
        all if all == reports.len() => context.advise(
            "No feed could be reached: this scan uses what is known already and the package manager's own word.\n\
             Without network, take a knowledge base from another machine: `patchward db import --help`.",
        ),
        _ => context.advise(&format!("Not reached: {}. The next update tries again.", failed.join(", "))),
    }
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
    table::write(&report, &style, &mut std::io::stdout().lock())?;
    Ok(Exit::Clean)
}
