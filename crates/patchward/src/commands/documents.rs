//! `patchward completions` and `patchward man`: documents made from the definition of the command line.

use std::path::Path;

use anyhow::Context as _;
use clap::CommandFactory;

use crate::cli::Cli;
use crate::exit::Exit;

/// Prints completions for a shell.
pub fn completions(shell: clap_complete::Shell) -> Exit {
    clap_complete::generate(
        shell,
        &mut Cli::command(),
        "patchward",
        &mut std::io::stdout(),
    );
    Exit::Clean
}

/// Writes a man page per command into a folder.
pub fn man(folder: &Path) -> anyhow::Result<Exit> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("make the folder {}", folder.display()))?;
    clap_mangen::generate_to(Cli::command(), folder)
        .with_context(|| format!("write man pages to {}", folder.display()))?;
    Ok(Exit::Clean)
}
