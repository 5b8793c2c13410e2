//! The definition of the command line: one file per group of commands.

pub mod accept;
pub mod change;
pub mod db;
pub mod global;
pub mod later;
pub mod plan;
pub mod policy;
mod read;
pub mod records;
pub mod scan;
pub mod vex;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use accept::Accept;
use change::{Apply, History, Rehearse, RollBack, Show, Verify};
use db::DbCommand;
use global::Global;
use later::{Group, Later};
use plan::Plan;
use policy::{ContextCommand, PolicyCommand};
use records::{Backup, ChecksCommand, LedgerCommand};
use scan::{Inputs, Scan, Selection};
use vex::VexArgs;

const EXAMPLES: &str = "\
Examples:
  patchward up                          set up, scan this machine, rehearse what to patch first
  patchward scan                        scan this machine
  patchward scan .                      scan every lockfile of a source tree
  patchward scan --root /mnt/image      scan an unpacked or mounted system
  patchward scan sbom.json --format sarif=out.sarif --fail-on high
  patchward plan --top 10               which patches first, and what each disturbs
  patchward apply                       plan, rehearse in a clone, ask, apply, verify; rollback takes it back
  patchward explain CVE-2021-44228 .    what it is, where it is and why we say so
  patchward db update                   bring the knowledge base up to date

Exit codes: 0 clean or done, 1 found, failed or taken back, 2 usage, 3 nothing to scan or do, 4 incomplete or not all proved,
5 data too old or none, 6 failure; `patchward COMMAND --help` says what they mean there";

/// Finds what is vulnerable, rehearses the patches in a clone, puts them in, proves it, or takes them back.
#[derive(Debug, Parser)]
#[command(name = "patchward", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set up, update the knowledge base, scan this machine and rehearse what to patch first
    #[command(
        after_help = "Examples:\n  patchward up\n  patchward up --offline\n  patchward up --no-rehearsal\n\nNothing on the machine is changed; `patchward apply` does that."
    )]
    Up(Up),
    /// Find what is vulnerable in hosts, directories, source trees, lockfiles and SBOMs
    Scan(Later<Scan>),
    /// List the patches that clear the findings, best first, with what each removes and disturbs
    Plan(Later<Plan>),
    /// Plan, rehearse in a clone, ask, apply, restart what needs it, verify, report
    Apply(Later<Apply>),
    /// Try patches in a clone of the machine that is thrown away
    Rehearse(Later<Rehearse>),
    /// Look again whether a change is in, and whether its code runs
    Verify(Later<Verify>),
    /// Take a change back: same versions, same content, checks as before
    #[command(alias = "roll-back")]
    Rollback(Later<RollBack>),
    /// List what was rehearsed, applied, verified and taken back
    History(Later<History>),
    /// Show all of one run: plan, steps, logs, checks, findings before and after, proof
    Show(Later<Show>),
    /// The evidence: verify it, export it, prove an entry
    #[command(after_help = "Example:\n  patchward ledger verify")]
    Ledger(Later<Group<LedgerCommand>>),
    /// Write store, ledger and settings into one file, while they are used
    Backup(Later<Backup>),
    /// What a machine must do for its users: propose checks, run them
    #[command(after_help = "Examples:\n  patchward checks discover\n  patchward checks run")]
    Checks(Later<Group<ChecksCommand>>),
    /// Tell what a vulnerability is, where it is, why we say so and what fixes it
    Explain(Later<Explain>),
    /// The knowledge base: update, look up, compare, carry to machines without network
    #[command(
        after_help = "Examples:\n  patchward db update                          fetch what has changed\n  patchward db status                          feeds, age, counts, what failed or is lost\n  patchward db show CVE-2021-44228             everything known on it\n  patchward db export kb.patchward --key data.key\n  patchward db import kb.patchward --trust data.key.pub"
    )]
    Db(Later<Group<DbCommand>>),
    /// Decide that findings don't count: accepted, mitigated, not affected, false positive; list and remove decisions
    Accept(Later<Accept>),
    /// Write what was found and decided as a VEX document, or judge a CSAF document
    Vex(Later<VexArgs>),
    /// Tell of vulnerabilities that are new or changed since the last time and touch a target
    News(Later<News>),
    /// The organisation's own criteria: check, test, show, explain
    #[command(
        after_help = "Examples:\n  patchward policy show --preset list\n  patchward policy check policy.toml && patchward policy test policy.toml\n  patchward policy explain CVE-2021-44228 ."
    )]
    Policy(Later<Group<PolicyCommand>>),
    /// What is said of assets: exposure, environment, criticality, data
    #[command(after_help = "Example:\n  patchward context show")]
    Context(Later<Group<ContextCommand>>),
    /// Show the settings and where each value comes from
    #[command(after_help = "Example:\n  patchward config show")]
    Config {
        /// What to do with them.
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Print completions for a shell
    #[command(
        after_help = "Examples:\n  patchward completions bash > /etc/bash_completion.d/patchward\n  patchward completions zsh > /usr/local/share/zsh/site-functions/_patchward\n  patchward completions fish > ~/.config/fish/completions/patchward.fish"
    )]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write man pages into a folder
    #[command(
        after_help = "Examples:\n  patchward man /usr/local/share/man/man1    then: man patchward-scan\n  patchward man man && man ./man/patchward-db-update.1"
    )]
    Man {
        /// The folder; it is made where it does not exist.
        folder: PathBuf,
    },
}

/// Flags of `up`.
#[derive(Debug, clap::Args)]
pub struct Up {
    /// Show this many findings
    #[arg(long, default_value_t = 10)]
    pub top: usize,
    /// Scan the system under this directory instead of this machine
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Only scan: don't rehearse the most urgent patches in a clone
    #[arg(long)]
    pub no_rehearsal: bool,
}

/// Flags of `explain`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  patchward explain CVE-2021-44228\n  patchward explain RUSTSEC-2024-0336 Cargo.lock\n  patchward explain CVE-2024-6387 --root /mnt/image"
)]
pub struct Explain {
    /// A vulnerability by any of its ids
    pub id: String,
    /// Where to look for it
    #[command(flatten)]
    pub inputs: Inputs,
    /// How to print it
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
}

/// Flags of `news`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  patchward news                     this machine, since the last time\n  patchward news sbom.json --since 2026-11-01\n  patchward news --packages list.txt  lines such as pkg:npm/lodash@4.17.20\n\nExit codes: 0 nothing new, 1 news, 2 usage, 3 nothing to look at, 4 incomplete, 5 no data or too old, 6 failure"
)]
pub struct News {
    /// What the news must touch
    #[command(flatten)]
    pub inputs: Inputs,
    /// A file with one purl or `ecosystem/name` a line, instead of a target (`-` for standard input)
    #[arg(long, value_name = "FILE", conflicts_with = "targets")]
    pub packages: Option<PathBuf>,
    /// Since this instant or day, instead of the last time
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Which of them count
    #[command(flatten)]
    pub selection: Selection,
    /// How to print it
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
    /// Don't remember that this news was told
    #[arg(long)]
    pub peek: bool,
}

/// What to do with the settings.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Show every setting, its value and where that comes from
    #[command(
        after_help = "Examples:\n  patchward config show\n  PATCHWARD_OFFLINE=true patchward config show --format json"
    )]
    Show {
        /// How to print it
        #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
        format: TextOrJson,
    },
}

/// Output for people or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum TextOrJson {
    /// For people.
    Text,
    /// For programs.
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }
}
