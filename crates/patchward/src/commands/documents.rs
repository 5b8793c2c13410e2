//! `patchward completions` and `patchward man`: documents made from the definition of the command line.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use clap::CommandFactory;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::printer::told;

/// Prints completions for a shell.
pub fn completions(shell: clap_complete::Shell) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "patchward", &mut script);
    std::io::stdout().write_all(&script).map_err(told)?;
    Ok(Exit::Clean)
}

/// Writes a man page per command into a folder.
pub fn man(folder: &Path) -> anyhow::Result<Exit> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("make the folder {}", folder.display()))?;
    clap_mangen::generate_to(Cli::command(), folder)
        .with_context(|| format!("write man pages to {}", folder.display()))?;
    Ok(Exit::Clean)
}
