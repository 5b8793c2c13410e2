//! Flags of `accept`.

use std::path::PathBuf;

use clap::Subcommand;
use patchward_core::ignore::RuleStatus;

use super::scan::Inputs;

const EXAMPLES: &str = "\
Examples:
  patchward accept CVE-2024-6387 --until 2026-12-31 --reason 'sshd is not reachable from outside'
  patchward accept CVE-2024-6387 --package openssh-server --until 90d --reason 'replaced in January'
  patchward accept --package pkg:npm/lodash --path 'vendor/**' --until 30d --reason 'vendored, being removed'
  patchward accept CVE-2023-1 --status not-affected --justification vulnerable_code_not_in_execute_path --reason 'we never parse XML'
  patchward accept list
  patchward accept list .                    tells which rules cover nothing in this tree
  patchward accept remove CVE-2024-6387

An accepted or mitigated risk has an end (--until); when that day has passed, the finding counts again and says so.";

/// Flags of `accept`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    arg_required_else_help = true
)]
pub struct Accept {
    /// List the rules or remove one
    #[command(subcommand)]
    pub command: Option<AcceptCommand>,
    /// The new rule
    #[command(flatten)]
    pub decision: Decide,
}

/// What to do with the rules that there are.
#[derive(Debug, Subcommand)]
pub enum AcceptCommand {
    /// Show every rule: what was decided, by whom, until when; with a target also what it covers there
    List(AcceptList),
    /// Take a rule away: its findings count again
    Remove(AcceptRemove),
}

/// What a rule is for.
#[derive(Debug, clap::Args)]
pub struct For {
    /// Vulnerabilities by id, or packages by name or purl; each gets a rule of its own
    #[arg(value_name = "CVE|PACKAGE")]
    pub what: Vec<String>,
    /// Only in this package, by name or purl
    #[arg(long, value_name = "NAME")]
    pub package: Option<String>,
    /// Only where the component is found in paths that match, as in .gitignore
    #[arg(long, value_name = "PATTERN")]
    pub path: Option<String>,
    /// The file with the rules
    #[arg(long, value_name = "FILE", default_value = "patchward.toml")]
    pub file: PathBuf,
    /// Show what would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// A new rule.
#[derive(Debug, clap::Args)]
pub struct Decide {
    /// What it is for.
    #[command(flatten)]
    pub target: For,
    /// Why
    #[arg(long, value_name = "TEXT", required = true)]
    pub reason: Option<String>,
    /// The last day that it holds: 2026-12-31, or a span from today such as 90d
    #[arg(long, value_name = "DAY")]
    pub until: Option<String>,
    /// Who decided (default: the name that you are logged in by)
    #[arg(long, value_name = "WHO")]
    pub by: Option<String>,
    /// What was decided
    #[arg(long, value_enum, default_value_t = Status::Accepted)]
    pub status: Status,
    /// Why it is not affected, in the words of OpenVEX and CSAF
    #[arg(long, value_name = "WORD", value_parser = clap::builder::PossibleValuesParser::new(patchward_core::ignore::JUSTIFICATIONS))]
    pub justification: Option<String>,
}

/// Flags of `accept list`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  patchward accept list\n  patchward accept list . --soon 30d --format json"
)]
pub struct AcceptList {
    /// Where to look for what the rules cover; without a target nothing is scanned
    #[command(flatten)]
    pub inputs: Inputs,
    /// Name rules that end within this time
    #[arg(long, value_name = "TIME", default_value = "14d")]
    pub soon: String,
    /// How to print it
    #[arg(long, value_enum, default_value_t = super::TextOrJson::Text)]
    pub format: super::TextOrJson,
}

/// Flags of `accept remove`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  patchward accept remove CVE-2024-6387 --package openssh-server"
)]
pub struct AcceptRemove {
    /// What the rule is for, as it was given.
    #[command(flatten)]
    pub target: For,
}

/// What can be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Status {
    /// Affected; the risk is borne until a day
    Accepted,
    /// Affected; something else keeps the flaw from being used, until a day
    Mitigated,
    /// Not affected, for one of the justifications
    #[value(alias = "not_affected")]
    NotAffected,
    /// The finding is a mistake
    #[value(alias = "false_positive")]
    FalsePositive,
}

impl From<Status> for RuleStatus {
    fn from(status: Status) -> RuleStatus {
        match status {
            Status::Accepted => RuleStatus::Accepted,
            Status::Mitigated => RuleStatus::Mitigated,
            Status::NotAffected => RuleStatus::NotAffected,
            Status::FalsePositive => RuleStatus::FalsePositive,
        }
    }
}
