//! Flags of `apply`, `rehearse`, `verify`, `rollback`, `history` and `show`.

use std::path::PathBuf;

use patchward_core::change::{Only, Wanted};
use patchward_core::store::RunId;
use patchward_protocol::plan::PlanLimits;

use super::TextOrJson;
use super::plan::share;
use crate::output::run::{Format, ReportFile};

/// How the commands that change something end.
const EXIT_CODES: &str = "\
Exit codes: 0 done and proved, 1 failed or taken back, or a finding is still open, 2 usage (or nobody to ask), 3 nothing to
do, 4 done, not all proved (reboot needed, old code still runs), 5 data too old (--max-age) or none, 6 failure";

const APPLY: &str = "\
Examples:
  patchward apply --dry-run                   what would happen, and why; changes nothing
  patchward apply                             plan, rehearse in a clone, ask, apply, verify
  patchward apply --only kev --only p1        only what is known to be exploited or most urgent
  patchward apply --only CVE-2024-6387 --yes --report run.html
  patchward apply --until-risk 20% --top 5
  patchward apply --yes --no-rehearsal \"no room for a clone on this machine\"
  patchward apply --root /mnt/image --yes     an installed system below a directory

A patch that fails, or after which a check fails that passed before, is taken back. Without a terminal it needs --yes.
";

const REHEARSE: &str = "\
Examples:
  patchward rehearse                          every patch, in a clone of this machine that is thrown away
  patchward rehearse --only openssl --report rehearsal.html
  patchward rehearse --root /mnt/image

The machine itself is not touched.
";

const VERIFY: &str = "\
Examples:
  patchward verify                            is the newest change in, and does its code run?
  patchward verify 7 --report verification.html
";

const ROLL_BACK: &str = "\
Examples:
  patchward rollback                          takes the newest change back, after asking
  patchward rollback 7 --yes

Packages come back to the same versions and content, and are held there. Without a terminal it needs --yes.
";

const HISTORY: &str = "\
Examples:
  patchward history
  patchward history --limit 3 --format json";

const SHOW: &str = "\
Examples:
  patchward show 7                            all of run 7: plan, steps, checks, findings, proof
  patchward show 7 --format html > run-7.html
  patchward show 7 --format json";

/// Which machine, and what of a run is shown.
#[derive(Debug, Default, clap::Args)]
pub struct Place {
    /// The installed system below this directory instead of this machine
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
}

/// How a run is told.
#[derive(Debug, clap::Args)]
pub struct Telling {
    /// How the end is printed
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
    /// Write the run into this file too: .html for an auditor, .json, .txt; may be given several times
    #[arg(long, value_name = "FILE")]
    pub report: Vec<ReportFile>,
    /// How progress is told on standard error
    #[arg(long, value_enum, default_value_t = ProgressAs::Auto, value_name = "HOW")]
    pub progress: ProgressAs,
}

/// How progress is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ProgressAs {
    /// For people, a line per step.
    Auto,
    /// A JSON object a line, per event.
    Json,
}

/// What is to be patched.
#[derive(Debug, Default, clap::Args)]
pub struct WantedFlags {
    /// Only this: a CVE id, a package, kev (known to be exploited), or p1 to p5 (that priority and above); may be given
    /// several times
    #[arg(long, value_name = "WHAT")]
    pub only: Vec<Only>,
    /// Stop when this share of the risk is left, such as 20%
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub until_risk: Option<f64>,
    /// Only this many patches: the best
    #[arg(long, value_name = "N")]
    pub top: Option<u64>,
    /// The checks file, instead of the setting's
    #[arg(long, value_name = "FILE")]
    pub checks: Option<PathBuf>,
    /// Agree to more than upgrades, where the plan needs it; may be given several times
    #[arg(long, value_enum, value_name = "WHAT")]
    pub allow: Vec<Allow>,
    /// Refuse knowledge older than this, such as 36h or 7d (exit code 5)
    #[arg(long, value_name = "AGE")]
    pub max_age: Option<String>,
}

/// What a transaction may do beside upgrades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Allow {
    /// New packages may come.
    Installs,
    /// Packages may go.
    Removals,
    /// Packages may go to lower versions.
    Downgrades,
}

impl WantedFlags {
    /// What the engine is asked for.
    pub fn wanted(&self) -> Wanted {
        Wanted {
            only: self.only.clone(),
            limits: PlanLimits {
                until_risk: self.until_risk,
                top: self.top,
                ..PlanLimits::default()
            },
        }
    }
}

/// Flags of `apply`.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{APPLY}\n{EXIT_CODES}"))]
pub struct Apply {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// What.
    #[command(flatten)]
    pub wanted: WantedFlags,
    /// How it is told.
    #[command(flatten)]
    pub telling: Telling,
    /// Don't ask
    #[arg(long, short)]
    pub yes: bool,
    /// Show what would happen, and why, and stop
    #[arg(long, conflicts_with_all = ["yes", "report"])]
    pub dry_run: bool,
    /// Don't rehearse, for this reason, which is written down
    #[arg(long, value_name = "REASON", value_parser = reason)]
    pub no_rehearsal: Option<String>,
}

/// Flags of `rehearse`.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{REHEARSE}\n{EXIT_CODES}"))]
pub struct Rehearse {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// What.
    #[command(flatten)]
    pub wanted: WantedFlags,
    /// How it is told.
    #[command(flatten)]
    pub telling: Telling,
}

/// Flags of `verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{VERIFY}\n{EXIT_CODES}"))]
pub struct Verify {
    /// The run; the newest change that is in when none is given
    #[arg(value_parser = run_id)]
    pub run: Option<RunId>,
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// How it is told.
    #[command(flatten)]
    pub telling: Telling,
}

/// Flags of `rollback`.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{ROLL_BACK}\n{EXIT_CODES}"))]
pub struct RollBack {
    /// The run; the newest change that is in when none is given
    #[arg(value_parser = run_id)]
    pub run: Option<RunId>,
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// How it is told.
    #[command(flatten)]
    pub telling: Telling,
    /// Don't ask
    #[arg(long, short)]
    pub yes: bool,
}

/// Flags of `history`.
#[derive(Debug, clap::Args)]
#[command(after_help = HISTORY)]
pub struct History {
    /// At most this many runs, the newest
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: u32,
    /// How to print it
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
}

/// Flags of `show`.
#[derive(Debug, clap::Args)]
#[command(after_help = SHOW)]
pub struct Show {
    /// The run
    #[arg(value_parser = run_id)]
    pub run: RunId,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Write it into this file instead: .html, .json or .txt; may be given several times
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    pub report: Vec<ReportFile>,
}

/// The number of a run.
pub fn run_id(text: &str) -> Result<RunId, String> {
    let number = text.parse::<u32>().ok().filter(|number| *number > 0);
    let number = number.ok_or_else(|| {
        format!("{text:?} is not the number of a run: `patchward history` lists them")
    })?;
    Ok(RunId(number.into()))
}

/// A reason is more than a few letters: somebody reads it later.
fn reason(text: &str) -> Result<String, String> {
    match text.trim() {
        short if short.chars().count() < 4 => {
            Err("expected a reason that a person understands later".to_owned())
        }
        reason => Ok(reason.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_a_number_and_a_reason_is_more_than_a_letter() {
        assert_eq!(run_id("7"), Ok(RunId(7)));
        for wrong in ["0", "-1", "seven", "99999999999"] {
            assert!(run_id(wrong).is_err(), "{wrong}");
        }
        assert!(reason(" x ").is_err());
        assert_eq!(reason(" no room "), Ok("no room".to_owned()));
    }
}
