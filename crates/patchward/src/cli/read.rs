//! Reads the command line.

use std::ffi::OsString;

use clap::{Args, FromArgMatches, Parser, Subcommand};

use super::global::Global;
use super::{Cli, Command};

impl Cli {
    /// Reads the command line; ends the process where it is wrong or asks for help.
    pub fn read() -> Cli {
        Cli::of_the_named_command(std::env::args_os().collect()).unwrap_or_else(Cli::parse)
    }

    /// A line that is right needs the definition of its own command only, and to define all takes longer than to scan a
    /// lockfile. `None`: the whole definition has to say what it is.
    fn of_the_named_command(line: Vec<OsString>) -> Option<Cli> {
        let commands = Command::augment_subcommands_for_update(clap::Command::new("patchward")); // `Later`
        let mut words = line.iter().skip(1);
        let named = words.find_map(|word| commands.find_subcommand(word))?;
        let definition = Global::augment_args(clap::Command::new("patchward"));
        let mut matches = definition
            .subcommand(named.clone())
            .try_get_matches_from(line)
            .ok()?;
        Cli::from_arg_matches_mut(&mut matches).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both ways, as text: a command line cannot be compared otherwise.
    fn read(line: &str) -> (Option<String>, Option<String>) {
        let words = || ["patchward"].into_iter().chain(line.split(' '));
        let named = Cli::of_the_named_command(words().map(OsString::from).collect());
        let whole = Cli::try_parse_from(words()).ok();
        (
            named.map(|cli| format!("{cli:?}")),
            whole.map(|cli| format!("{cli:?}")),
        )
    }

    #[test]
    fn a_line_that_is_right_needs_its_own_command_only() {
        for line in [
            "scan",
            "--quiet scan Cargo.lock --format json=out --offline",
            "plan --top 3 --policy scan",
            "apply --color never",
            "roll-back 7",
            "db show CVE-2021-44228",
            "db key new data.key",
            "accept list",
            "accept CVE-2024-6387 --until 90d --reason scan",
            "policy check policy.toml",
            "completions bash",
        ] {
            let (named, whole) = read(line);
            assert!(named.is_some(), "{line}");
            assert_eq!(named, whole, "{line}");
        }
    }

    #[test]
    fn another_line_is_for_the_whole_definition() {
        for line in [
            "",
            "--version",
            "scan --help",
            "help scan",
            "sacn",
            "db",
            "scan --no-such-flag",
            "--config scan plan",
            "--config scan sacn",
            "--quiet scna scan",
        ] {
            assert_eq!(read(line).0, None, "{line}");
        }
    }
}
