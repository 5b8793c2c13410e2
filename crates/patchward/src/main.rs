//! The command line of Patchward.

#[macro_use]
mod printer;

mod cli;
mod commands;
mod context;
mod exit;
mod interrupt;
mod memory;
mod output;
mod progress;
mod settings;

use std::process::ExitCode;

use cli::{Cli, Command, ConfigCommand};
use context::Context;
use exit::{Exit, WrongUsage};
use patchward_core::prioritise::load::PolicyError;
use settings::SettingsError;

fn main() -> ExitCode {
    memory::give_back_large_pieces();
    let cli = Cli::read();
    match run(&cli).and_then(|exit| Ok(printer::finish().map(|()| exit)?)) {
        Ok(exit) => exit.into(),
        // A reader that closes the pipe (`| head`) has seen enough.
        Err(error) if is_broken_pipe(&error) => Exit::Clean.into(),
        Err(error) => {
            eprintln!(
                "patchward: failed to {}",
                output::clean::clean(&format!("{error:#}"))
            );
            let policy = error.downcast_ref::<PolicyError>();
            for fault in policy.into_iter().flat_map(PolicyError::faults) {
                eprintln!("{}", output::clean::clean(&fault.to_string()));
            }
            match is_wrong_usage(&error) {
                true => Exit::Usage.into(),
                false => Exit::Failure.into(),
            }
        }
    }
}

/// Whether the command line or a setting is wrong, and not what they are about.
fn is_wrong_usage(error: &anyhow::Error) -> bool {
    let setting = error.downcast_ref::<SettingsError>();
    setting.is_some_and(|error| !matches!(error, SettingsError::Read { .. }))
        || error.is::<WrongUsage>()
}

fn run(cli: &Cli) -> anyhow::Result<Exit> {
    let extra = match &cli.command {
        Command::Scan(scan) => commands::scan::overrides(scan),
        Command::Plan(plan) => commands::plan::overrides(plan),
        Command::Db(group) => commands::db::overrides(&group.command),
        Command::Apply(apply) => commands::apply::overrides(&apply.wanted),
        Command::Rehearse(rehearse) => commands::apply::overrides(&rehearse.wanted),
        _ => Vec::new(),
    };
    let context = || Context::new(&cli.global, &extra);
    match &cli.command {
        Command::Up(up) => commands::up::run(up, &context()?),
        Command::Scan(scan) => commands::scan::run(scan, &context()?),
        Command::Plan(plan) => commands::plan::run(plan, &context()?),
        Command::Apply(apply) => commands::apply::run(apply, &context()?),
        Command::Rehearse(rehearse) => commands::apply::rehearse(rehearse, &context()?),
        Command::Verify(verify) => commands::verify::run(verify, &context()?),
        Command::Rollback(roll_back) => commands::verify::roll_back(roll_back, &context()?),
        Command::History(history) => commands::history::run(history, &context()?),
        Command::Show(show) => commands::history::show(show, &context()?),
        Command::Ledger(group) => commands::ledger::run(&group.command, &context()?),
        Command::Backup(backup) => commands::backup::run(backup, &context()?),
        Command::Checks(group) => commands::checks::run(&group.command, &context()?),
        Command::Explain(explain) => commands::explain::run(explain, &context()?),
        Command::Db(group) => commands::db::run(&group.command, &context()?),
        Command::Policy(group) => commands::policy::run(&group.command, &context()?),
        Command::Context(group) => commands::asset_context::run(&group.command, &context()?),
        Command::Accept(accept) => commands::accept::run(accept, &context()?),
        Command::Vex(vex) => commands::vex::run(vex, &context()?),
        Command::News(news) => commands::news::run(news, &context()?),
        Command::Config {
            command: ConfigCommand::Show { format },
        } => commands::config::show(*format, &Context::unchecked(&cli.global)?),
        Command::Completions { shell } => commands::documents::completions(*shell),
        Command::Man { folder } => commands::documents::man(folder),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |cause: &std::io::Error| cause.kind() == std::io::ErrorKind::BrokenPipe;
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref())
        .any(broken)
}
