//! Flags of `db`.

use std::path::PathBuf;

use clap::Subcommand;

use super::TextOrJson;

/// What to do with the knowledge base.
#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Fetch what has changed in every feed
    #[command(
        after_help = "Examples:\n  patchward db update\n  patchward db update osv kev epss\n  patchward db update --mirror file:///srv/feeds"
    )]
    Update {
        /// Only these feeds
        feeds: Vec<String>,
        /// Fetch everything again, as if nothing had been fetched before; a damaged knowledge base is made anew
        #[arg(long)]
        full: bool,
        /// Drop what publishers no longer have even where a feed loses more than half of its records at once
        #[arg(long)]
        allow_loss: bool,
        /// Take the feeds from this mirror (URL or folder)
        #[arg(long, value_name = "URL")]
        mirror: Option<String>,
        /// How to print the result
        #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
        format: TextOrJson,
    },
    /// Show the feeds, their age and their counts
    #[command(
        after_help = "Examples:\n  patchward db status\n  patchward db status --format json    with the parts of feeds, what is lost and what could not be read"
    )]
    Status {
        /// How to print it
        #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
        format: TextOrJson,
    },
    /// Find vulnerabilities by words, package or id
    #[command(
        after_help = "Examples:\n  patchward db search log4j\n  patchward db search 'heap overflow' --limit 20"
    )]
    Search {
        /// Words that must all occur
        #[arg(required = true)]
        words: Vec<String>,
        /// At most this many
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// How to print them
        #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
        format: TextOrJson,
    },
    /// Show everything known on a vulnerability, or on a package (`npm/lodash`, a purl)
    #[command(
        after_help = "Examples:\n  patchward db show CVE-2021-44228\n  patchward db show npm/lodash\n  patchward db show pkg:cargo/time"
    )]
    Show {
        /// An id, a purl or ecosystem/name
        what: String,
        /// How to print it
        #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
        format: TextOrJson,
    },
    /// Show what is new, changed or withdrawn since an instant
    #[command(
        after_help = "Examples:\n  patchward db diff                     since yesterday\n  patchward db diff --since 2026-11-01"
    )]
    Diff {
        /// Since this instant or day
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// How to print it
        #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
        format: TextOrJson,
    },
    /// Write the knowledge base to one signed file
    #[command(
        after_help = "Examples:\n  patchward db key new data.key          once, on the machine with network\n  patchward db export kb.patchward --key data.key"
    )]
    Export {
        /// The file to write
        file: PathBuf,
        /// The private data key
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Take a knowledge base from a signed file
    #[command(
        after_help = "Examples:\n  patchward db import kb.patchward --trust data.key.pub\n  patchward db import kb.patchward --trust data.key.pub --allow-older"
    )]
    Import {
        /// The file to read
        file: PathBuf,
        /// The public data key that must have signed it
        #[arg(long, value_name = "FILE")]
        trust: PathBuf,
        /// Take it though it is older than what is here
        #[arg(long)]
        allow_older: bool,
    },
    /// Check every digest and offset of the knowledge base
    #[command(
        after_help = "Examples:\n  patchward db verify\n  patchward db verify || patchward db update --full    a damaged one is made anew"
    )]
    Verify,
    /// Make the key pair that signs data
    #[command(after_help = "Example:\n  patchward db key new data.key")]
    Key {
        /// What to do.
        #[command(subcommand)]
        command: KeyCommand,
    },
}

/// What to do with data keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a new key pair: FILE (private, mode 600) and FILE.pub
    #[command(after_help = "Example:\n  patchward db key new data.key")]
    New {
        /// The file for the private key
        file: PathBuf,
    },
}
