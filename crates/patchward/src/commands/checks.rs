//! `patchward checks`.

use std::path::PathBuf;

use patchward_core::checking;
use patchward_protocol::check::CheckOutcome;
use patchward_protocol::run::Checked;

use super::change;
use crate::cli::TextOrJson;
use crate::cli::records::ChecksCommand;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::{json, run as output};

/// Runs the command.
pub fn run(command: &ChecksCommand, context: &Context) -> anyhow::Result<Exit> {
    match command {
        ChecksCommand::Discover { silent } => {
            out!("{}", checking::propose(!silent));
            Ok(Exit::Clean)
        }
        ChecksCommand::Run { file, format } => try_all(file.clone(), *format, context),
    }
}

fn try_all(file: Option<PathBuf>, format: TextOrJson, context: &Context) -> anyhow::Result<Exit> {
    let Some(planned) = change::checks(file, true, context)? else {
        context.advise(
            "There is no checks file yet: `patchward checks discover > checks.toml` proposes one, and the setting change.checks names it.",
        );
        return Ok(Exit::Nothing);
    };
    let results = checking::run(&planned, |_| {})?;
    let checked = Checked {
        phase: "now".to_owned(),
        results,
        newly_failed: Vec::new(),
    };
    match format {
        TextOrJson::Json => json::print(&checked.results)?,
        TextOrJson::Text => output::print_checks(&checked, &context.style())?,
    }
    Ok(exit(&checked))
}

fn exit(checked: &Checked) -> Exit {
    let worst = checked.results.iter().map(|result| match result.outcome {
        CheckOutcome::Passed => 0,
        CheckOutcome::Flaky | CheckOutcome::Skipped => 1,
        CheckOutcome::Failed => 2,
    });
    match worst.max() {
        None => Exit::Nothing,
        Some(0) => Exit::Clean,
        Some(1) => Exit::Incomplete,
        Some(_) => Exit::Found,
    }
}
