//! Flags of `ledger`, `backup` and `checks`.

use std::path::PathBuf;

use clap::Subcommand;
use patchward_core::store::RunId;

use super::TextOrJson;
use super::change::run_id;

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Verify the ledger of this machine, or a file that was exported from one
    #[command(
        after_help = "Examples:\n  patchward ledger verify\n  patchward ledger verify --checkpoint kept-elsewhere.txt\n  patchward ledger verify run-7.jsonl --key \"$(cat key.pub)\"\n\nExit codes: 0 as it was written, 1 something was changed, 6 failure.\nWhoever owns the machine owns its key: only a checkpoint that left the machine shows a whole new history."
    )]
    Verify {
        /// An export or a proof; the ledger of this machine when none is given
        #[arg(conflicts_with = "checkpoint")]
        file: Option<PathBuf>,
        /// The public key that you know, instead of the one that lies beside it
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        /// A checkpoint that was handed out before; may be given several times
        #[arg(long, value_name = "FILE")]
        checkpoint: Vec<PathBuf>,
        /// How to print it
        #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
        format: TextOrJson,
    },
    /// Write entries into one file that another machine verifies
    #[command(
        after_help = "Examples:\n  patchward ledger export all.jsonl\n  patchward ledger export --run 7 run-7.jsonl"
    )]
    Export {
        /// The file
        file: PathBuf,
        /// Only the entries of this run (and those between them)
        #[arg(long, value_name = "RUN", value_parser = run_id)]
        run: Option<RunId>,
    },
    /// Print the proof of one entry, or the newest signed checkpoint, to be kept elsewhere
    #[command(
        after_help = "Examples:\n  patchward ledger prove 40 > proof.json\n  patchward ledger prove > checkpoint.txt"
    )]
    Prove {
        /// Number of the entry, from 0; without one the newest checkpoint
        entry: Option<u64>,
    },
}

/// Flags of `backup`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  patchward backup /srv/backup/patchward-2026-01-02.tar

In the file: what was found and done (patchward.db), its proof (ledger/, with its key), and the configuration files. Not in it:
the knowledge base, and what roll-back needs. To restore, on a machine where Patchward does not run:
  mkdir -p /var/lib/patchward && tar -xf FILE -C /var/lib/patchward && patchward ledger verify")]
pub struct Backup {
    /// The file; it must not be there yet
    pub file: PathBuf,
}

/// What to do with checks.
#[derive(Debug, Subcommand)]
pub enum ChecksCommand {
    /// Propose a checks file from what listens on this machine and which services are enabled
    #[command(
        after_help = "Examples:\n  patchward checks discover > checks.toml\n  patchward checks discover --silent"
    )]
    Discover {
        /// Send nothing to anybody: web servers are then only tried for a connection
        #[arg(long)]
        silent: bool,
    },
    /// Run the checks on this machine
    #[command(
        after_help = "Examples:\n  patchward checks run\n  patchward checks run checks.toml --format json\n\nExit codes: 0 all passed, 1 one failed, 2 usage, 3 no checks, 4 one was flaky or could not run, 6 failure"
    )]
    Run {
        /// The checks file, instead of the setting's
        file: Option<PathBuf>,
        /// How to print it
        #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
        format: TextOrJson,
    },
}
