//! Flags of `plan`.

use std::path::PathBuf;

use super::scan::{Inputs, Selection};
use crate::output::plan::Sink;

const EXAMPLES: &str = "\
Examples:
  patchward plan                                 this machine: every patch, best first
  patchward plan . --top 10                      the ten best of a source tree
  patchward plan --pending --window 2h           what fits into a window of two hours
  patchward plan --max-downtime 5m --budget 20   at most twenty patches and five minutes of downtime
  patchward plan --only-kev                      only what is known to be exploited
  patchward plan . --until-risk 20%              until a fifth of the risk is left
  patchward plan . --resolve                     asks cargo, npm, uv or composer what brings the fix
  patchward plan --report scan.json --format svg=burn-down.svg --format markdown=plan.md

Risk is counted in points (0 to 100 for each flaw). Patches come in the order of risk removed per
disruption: a minute of downtime weighs as much as three of work, and a restart or reboot that
several patches share counts once.

Exit codes: 0 nothing to patch, 1 there is something, 2 usage, 3 nothing to scan, 4 incomplete,
5 data too old (--max-age) or none, 6 failure";

/// Flags of `plan`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Plan {
    /// What to plan for.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Which findings to look at.
    #[command(flatten)]
    pub selection: Selection,
    /// Output format (table, json, csv, markdown, html, svg), and the file to write it to (standard output without one); may
    /// be given several times
    #[arg(
        long,
        short = 'f',
        value_name = "FORMAT[=FILE]",
        default_value = "table"
    )]
    pub format: Vec<Sink>,
    /// Plan from this JSON report of `scan --all-components` instead of scanning
    #[arg(long, value_name = "FILE", conflicts_with_all = ["targets", "root"])]
    pub report: Option<PathBuf>,
    /// Ask the project's own package manager, in a throw-away copy of its manifests, which upgrade of a parent brings the
    /// fixed child (cargo, npm, uv, composer; needs the tool and the network; runs no script and installs nothing)
    #[arg(long, conflicts_with = "report")]
    pub resolve: bool,
    /// Only this many patches: the first of the order
    #[arg(long, value_name = "N")]
    pub top: Option<u64>,
    /// At most this many patches: those that together remove the most risk
    #[arg(long, value_name = "N")]
    pub budget: Option<u64>,
    /// At most this much downtime, such as 5m
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    pub max_downtime: Option<u64>,
    /// Work and downtime have to fit into a window of this length, such as 2h
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    pub window: Option<u64>,
    /// Stop when this share of the risk is left, such as 20%
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub until_risk: Option<f64>,
    /// Only what is known to be exploited
    #[arg(long)]
    pub only_kev: bool,
    /// Refuse knowledge older than this, such as 36h or 7d (exit code 5)
    #[arg(long, value_name = "AGE")]
    pub max_age: Option<String>,
    /// A VEX document (OpenVEX, CSAF VEX, CycloneDX); may be given several times
    #[arg(long, value_name = "FILE")]
    pub vex: Vec<PathBuf>,
}

/// A span such as `90s`, `5m` or `2h`, in seconds.
fn seconds(text: &str) -> Result<u64, String> {
    let expected = || format!("{text:?} is not a span of time: expected one such as 90s, 5m or 2h");
    let span: jiff::SignedDuration = text.parse().map_err(|_| expected())?;
    u64::try_from(span.as_secs()).map_err(|_| expected())
}

/// A share such as `20%` or `0.2`.
pub fn share(text: &str) -> Result<f64, String> {
    let (number, unit) = match text.strip_suffix('%') {
        Some(number) => (number.trim(), 100.0),
        None => (text, 1.0),
    };
    let share = number.parse::<f64>().ok().map(|number| number / unit);
    share
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| format!("{text:?} is not a share: expected 0% to 100%, or 0 to 1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_shares_are_read_or_refused() {
        assert_eq!(seconds("5m"), Ok(300));
        assert_eq!(seconds("1h30m"), Ok(5400));
        assert!(seconds("-5m").is_err() && seconds("soon").is_err());
        assert_eq!(share("20%"), Ok(0.2));
        assert_eq!(share("0.5"), Ok(0.5));
        for wrong in ["120%", "-1", "NaN", "much"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
