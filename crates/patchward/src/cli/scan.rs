//! Flags of `scan`, and those that it shares with other commands that take a target.

use std::path::PathBuf;

use patchward_core::inventory::target::Forced;
use patchward_protocol::report::SeverityLevel;

use crate::output::Sink;
use crate::settings::keys::FAIL_ON;

const EXAMPLES: &str = "\
Examples:
  patchward scan                                      this machine
  patchward scan . --severity high --fixable          a source tree: what can be mended and matters
  patchward scan Cargo.lock web/package-lock.json     lockfiles
  syft -o cyclonedx-json img | patchward scan -       an SBOM from standard input
  patchward scan - --kind cargo-lock < Cargo.lock     a lockfile from standard input
  patchward scan . --format table --format sarif=scan.sarif --format json=scan.json
  patchward scan . --baseline main.json --fail-on any only what a branch brings in

Exit codes: 0 clean, 1 found (--fail-on), 2 usage, 3 nothing to scan, 4 incomplete, 5 data too old (--max-age) or none, 6 failure";

/// Flags of `scan`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Scan {
    /// What to scan.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Which findings to show.
    #[command(flatten)]
    pub selection: Selection,
    /// Output format, and the file to write it to (standard output without one); may be given several times
    #[arg(
        long,
        short = 'f',
        value_name = "FORMAT[=FILE]",
        default_value = "table"
    )]
    pub format: Vec<Sink>,
    /// Order of the findings
    #[arg(long, value_enum, default_value_t = Sort::Risk)]
    pub sort: Sort,
    /// Findings that make the exit code 1
    #[arg(long, value_name = "WHICH", value_parser = clap::builder::PossibleValuesParser::new(FAIL_ON))]
    pub fail_on: Option<String>,
    /// Refuse knowledge older than this, such as 36h or 7d (exit code 5)
    #[arg(long, value_name = "AGE")]
    pub max_age: Option<String>,
    /// Show only what is not in this earlier JSON report
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// A VEX document (OpenVEX, CSAF VEX, CycloneDX); may be given several times
    #[arg(long, value_name = "FILE")]
    pub vex: Vec<PathBuf>,
    /// Show suppressed findings too, with the reason
    #[arg(long)]
    pub show_suppressed: bool,
    /// List every component in the JSON report, not only those with findings
    #[arg(long)]
    pub all_components: bool,
    /// Write down what was found, so that later scans know since when it is open (a scan without it writes nothing)
    #[arg(long, conflicts_with_all = ["severity", "fixable", "direct", "runtime", "kev", "package", "id", "baseline"])]
    pub record: bool,
}

/// What to scan.
#[derive(Debug, Default, clap::Args)]
pub struct Inputs {
    /// Source trees, lockfiles, SBOMs (`-` for standard input: an SBOM, or what --kind says); this machine when none is given
    #[arg(value_name = "TARGET")]
    pub targets: Vec<PathBuf>,
    /// A mounted or unpacked system; may be given several times
    #[arg(long, value_name = "DIR")]
    pub root: Vec<PathBuf>,
    /// Take the targets as this kind instead of looking at them: root, tree, lockfile, sbom, or a format such as cargo-lock
    #[arg(long)]
    pub kind: Option<Forced>,
    /// Walk into files and folders that .gitignore leaves out
    #[arg(long)]
    pub include_ignored: bool,
    /// On this machine, look for installed language packages too: it walks all files (a --root always does)
    #[arg(long)]
    pub languages: bool,
    /// On this machine, ask the package manager which patches it offers and what they fix
    #[arg(long)]
    pub pending: bool,
    /// Leave out paths that match, as in .gitignore; may be given several times
    #[arg(long, value_name = "PATTERN")]
    pub exclude: Vec<String>,
}

/// Which findings to show.
#[derive(Debug, Default, clap::Args)]
pub struct Selection {
    /// At least this severity (a severity that nobody states is always shown)
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub severity: Option<Level>,
    /// Only those with a fix that can be reached
    #[arg(long, alias = "fixed-only")]
    pub fixable: bool,
    /// Only direct dependencies
    #[arg(long, alias = "direct-only")]
    pub direct: bool,
    /// Not what is used for development only
    #[arg(long)]
    pub runtime: bool,
    /// Only those known to be exploited
    #[arg(long)]
    pub kev: bool,
    /// Only this package, by name or purl; may be given several times
    #[arg(long, value_name = "NAME")]
    pub package: Vec<String>,
    /// Only this vulnerability, by any id; may be given several times
    #[arg(long, value_name = "ID")]
    pub id: Vec<String>,
}

/// Order of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Sort {
    /// Most urgent first.
    Risk,
    /// Highest severity first.
    Severity,
    /// By package.
    Package,
    /// Newest vulnerability first.
    Id,
}

/// Severity bands that a user may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Level {
    /// CVSS 0.1–3.9.
    Low,
    /// CVSS 4.0–6.9.
    Medium,
    /// CVSS 7.0–8.9.
    High,
    /// CVSS 9.0–10.
    Critical,
}

impl From<Level> for SeverityLevel {
    fn from(level: Level) -> SeverityLevel {
        match level {
            Level::Low => SeverityLevel::Low,
            Level::Medium => SeverityLevel::Medium,
            Level::High => SeverityLevel::High,
            Level::Critical => SeverityLevel::Critical,
        }
    }
}
