//! Flags of `vex`.

use std::path::PathBuf;

use clap::Subcommand;

use super::TextOrJson;
use super::scan::Inputs;
use crate::output::vex::VexFormat;

const EXAMPLES: &str = "\
Examples:
  patchward vex . --format openvex -o app.openvex.json --author 'Shop team <security@shop.example>'
  patchward vex . --format csaf --author 'Shop' --namespace https://shop.example -o shop-vex.json
  patchward vex . --decided                  only what was decided by a rule or by another document
  patchward vex validate advisory.json       the schema and the mandatory tests of CSAF 2.0 and 2.1

Decisions come from the rules of `patchward accept`, from [[accept]] of the policy and from VEX documents (--vex, setting
scan.vex). Where there is nothing to state no document is written: exit code 3.
What was accepted or mitigated is still affected; what is not affected or a false positive is not_affected.";

/// Flags of `vex`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct VexArgs {
    /// Judge a document instead
    #[command(subcommand)]
    pub command: Option<VexCommand>,
    /// What to write
    #[command(flatten)]
    pub export: Export,
}

/// What to do with a document that there is.
#[derive(Debug, Subcommand)]
pub enum VexCommand {
    /// Tell what in a CSAF document breaks the schema or a mandatory test (exit code 1)
    Validate(Validate),
}

/// Flags of the export.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// What to scan.
    #[command(flatten)]
    pub inputs: Inputs,
    /// The format
    #[arg(long, short = 'f', value_enum, default_value_t = VexFormat::Openvex)]
    pub format: VexFormat,
    /// The file to write to; standard output without one
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Who says so (default: the tool)
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// The author's address, which CSAF asks for
    #[arg(long, value_name = "URL")]
    pub namespace: Option<String>,
    /// The version of the document; it goes up with every change
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub document_version: u32,
    /// Only findings on which a rule, the policy or another document has decided
    #[arg(long)]
    pub decided: bool,
    /// A VEX document to take over; may be given several times
    #[arg(long, value_name = "FILE")]
    pub vex: Vec<PathBuf>,
}

/// Flags of `vex validate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  patchward vex validate advisory.json --format json")]
pub struct Validate {
    /// CSAF documents
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
}
