//! `patchward policy` and `patchward context`.

use std::path::PathBuf;

use clap::Subcommand;

use super::TextOrJson;
use super::scan::Inputs;

/// What to do with the policy.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Check a policy: every fault with its line, column and what was expected
    #[command(
        after_help = "Examples:\n  patchward policy check\n  patchward policy check policy.toml\n  patchward policy check policy.toml --format json\n\nExit codes: 0 good, 6 faulty"
    )]
    Check {
        /// The file, instead of the policy that is set
        file: Option<PathBuf>,
        /// How to print it
        #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
        format: TextOrJson,
    },
    /// Run the examples of a policy ([[test]]) and tell which do not come out as expected
    #[command(
        after_help = "Example:\n  patchward policy test policy.toml\n\nExit codes: 0 all as expected, 1 some are not, 6 the policy is faulty"
    )]
    Test {
        /// The file, instead of the policy that is set
        file: Option<PathBuf>,
        /// Show the reasons of every decision
        #[arg(long)]
        reasons: bool,
    },
    /// Show the policy that decides, a preset, the profiles, or the fields that conditions read
    #[command(
        after_help = "Examples:\n  patchward policy show\n  patchward policy show --preset pci-dss-4.0.1 > policy.toml\n  patchward policy show --profile shop\n  patchward policy show --fields"
    )]
    Show {
        /// Print the file of a preset (`list` names all)
        #[arg(long, value_name = "NAME")]
        preset: Option<String>,
        /// Print a profile (`list` names all)
        #[arg(long, value_name = "NAME", conflicts_with = "preset")]
        profile: Option<String>,
        /// Print every field that a condition may read
        #[arg(long, conflicts_with_all = ["preset", "profile"])]
        fields: bool,
    },
    /// Tell which rules ran on a finding, with the values that they read
    #[command(
        after_help = "Examples:\n  patchward policy explain CVE-2021-44228 .\n  patchward policy explain 3f2a9c0d11aa22bb Cargo.lock"
    )]
    Explain {
        /// A vulnerability by any of its ids, or a finding's id
        id: String,
        /// Where to look for it
        #[command(flatten)]
        inputs: Inputs,
        /// How to print it
        #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
        format: TextOrJson,
    },
}

/// What to do with contexts.
#[derive(Debug, Subcommand)]
pub enum ContextCommand {
    /// Show what is said of targets, where each value comes from and what follows from it
    #[command(
        after_help = "Examples:\n  patchward context show\n  patchward context show . web.cdx.json"
    )]
    Show {
        /// The targets (default: this machine)
        #[command(flatten)]
        inputs: Inputs,
    },
}
