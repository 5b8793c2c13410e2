//! `patchward history` and `patchward show`.

use anyhow::Context as _;
use patchward_core::change;
use patchward_core::data_folder::DataFolder;

use super::change::{Opened, write};
use crate::cli::TextOrJson;
use crate::cli::change::{History, Place, Show};
use crate::context::Context;
use crate::exit::Exit;
use crate::output::{json, run as output};

/// A line per run, the newest first.
pub fn run(flags: &History, context: &Context) -> anyhow::Result<Exit> {
    // Looking makes nothing: no store, no key.
    let runs = match DataFolder::at(&context.data_dir()).has_records() {
        false => Vec::new(),
        true => {
            let opened = Opened::new(&Place::default(), None, context)?;
            change::history(&opened.engine(&|_| {}), flags.limit)?
        }
    };
    match flags.format {
        TextOrJson::Json => json::print(&runs)?,
        TextOrJson::Text => output::print_history(&runs, &context.style())?,
    }
    Ok(Exit::Clean)
}

/// All of one run.
pub fn show(flags: &Show, context: &Context) -> anyhow::Result<Exit> {
    anyhow::ensure!(
        DataFolder::at(&context.data_dir()).has_records(),
        "show run {}: nothing was rehearsed or applied yet",
        flags.run
    );
    let opened = Opened::new(&Place::default(), None, context)?;
    let run = change::report(&opened.engine(&|_| {}), flags.run)
        .with_context(|| format!("show run {}", flags.run))?;
    if flags.report.is_empty() {
        output::print(flags.format, &run, &context.style())?;
    }
    for file in &flags.report {
        write(&run, file, &context.style())?;
    }
    Ok(Exit::Clean)
}
