//! `patchward ledger`.

use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use patchward_core::change;
use patchward_core::data_folder::DataFolder;
use patchward_core::evidence;
use patchward_core::ledger::Verification;
use patchward_core::store::RunId;

use super::change::Opened;
use crate::cli::TextOrJson;
use crate::cli::change::Place;
use crate::cli::records::LedgerCommand;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::clean::clean;
use crate::output::json;
use crate::output::table::plural;

/// Runs the command.
pub fn run(command: &LedgerCommand, context: &Context) -> anyhow::Result<Exit> {
    let data = DataFolder::at(&context.data_dir());
    match command {
        LedgerCommand::Verify {
            file: Some(file),
            key,
            format,
            ..
        } => verify_file(file, key.as_deref(), *format),
        LedgerCommand::Verify {
            key,
            checkpoint,
            format,
            ..
        } => verify(&data, key.as_deref(), checkpoint, *format),
        LedgerCommand::Export { file, run } => export(&data, *run, file, context),
        LedgerCommand::Prove { entry: Some(entry) } => {
            json::print(&evidence::prove(&data, *entry)?)?;
            Ok(Exit::Clean)
        }
        LedgerCommand::Prove { entry: None } => match evidence::checkpoint(&data)? {
            Some(checkpoint) => {
                out!("{checkpoint}");
                Ok(Exit::Clean)
            }
            None => {
                context.advise("The ledger has no entry yet.");
                Ok(Exit::Nothing)
            }
        },
    }
}

fn verify(
    data: &DataFolder,
    key: Option<&str>,
    checkpoints: &[PathBuf],
    format: TextOrJson,
) -> anyhow::Result<Exit> {
    let seen = evidence::verify(data, key, checkpoints)?;
    match format {
        TextOrJson::Json => json::print(&seen)?,
        TextOrJson::Text => tell(&seen)?,
    }
    Ok(match seen.is_intact() {
        true => Exit::Clean,
        false => Exit::Found,
    })
}

fn tell(seen: &Verification) -> anyhow::Result<()> {
    for problem in &seen.problems {
        let entries = match problem.entries {
            Some((first, last)) if first == last => format!("entry {first}: "),
            Some((first, last)) => format!("entries {first} to {last}: "),
            None => String::new(),
        };
        outln!(
            "CHANGED  {}{} ({} at byte {})",
            entries,
            clean(&problem.message),
            clean(&problem.file),
            problem.offset
        );
    }
    if seen.more_problems > 0 {
        outln!("         … {} more", seen.more_problems);
    }
    let entries = plural(seen.size, "entry");
    match seen.is_intact() {
        true => outln!(
            "{entries}, all as written: {} compared.",
            plural(seen.checkpoints, "signed checkpoint")
        ),
        false => outln!("{entries}; only the first {} are proved.", seen.proved),
    }
    outln!("Root {}", seen.root);
    outln!("Key  {}", clean(&seen.key));
    if seen.unfinished_bytes > 0 {
        outln!(
            "{} at the end belong to a commit that was never finished; the next writer cuts them.",
            plural(seen.unfinished_bytes, "byte")
        );
    }
    Ok(())
}

fn verify_file(file: &Path, key: Option<&str>, format: TextOrJson) -> anyhow::Result<Exit> {
    let proved = evidence::verify_file(file, key)?;
    if format == TextOrJson::Json {
        json::print(&proved)?;
        return Ok(Exit::Clean);
    }
    outln!(
        "{} proved, of a ledger of {}.",
        plural(proved.entries, "entry"),
        proved.size
    );
    outln!("Root {}", proved.root);
    outln!("Key  {}", clean(&proved.key));
    if proved.key_from_file {
        outln!(
            "The key came with the file: compare it with the one that you know to be the machine's, or give that with --key."
        );
    }
    Ok(Exit::Clean)
}

fn export(
    data: &DataFolder,
    run: Option<RunId>,
    file: &Path,
    context: &Context,
) -> anyhow::Result<Exit> {
    let range = run.map(|run| entries_of(run, context)).transpose()?;
    let count = evidence::export(data, range, file)?;
    context.advise(&format!(
        "{} in {}; `patchward ledger verify {1} --key KEY` checks it anywhere.",
        plural(count, "entry"),
        file.display()
    ));
    Ok(Exit::Clean)
}

/// From the first to the last entry of a run.
fn entries_of(run: RunId, context: &Context) -> anyhow::Result<Range<u64>> {
    let opened = Opened::new(&Place::default(), None, context)?;
    let report = change::report(&opened.engine(&|_| {}), run)
        .with_context(|| format!("find the entries of run {run}"))?;
    let entries = report.ledger.map(|proof| proof.entries).unwrap_or_default();
    let first = entries.iter().min();
    let last = entries.iter().max();
    match (first, last) {
        (Some(first), Some(last)) => Ok(*first..last.saturating_add(1)),
        _ => anyhow::bail!("find the entries of run {run}: the ledger tells nothing of it"),
    }
}
