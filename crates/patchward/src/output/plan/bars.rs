//! The burn-down in a terminal: how much risk is left after each patch.

use std::io::{self, Write};

use anstyle::AnsiColor;
use patchward_protocol::plan::PlanReport;

use super::words;
use crate::output::clean::clean;
use crate::output::table::Style;

/// Columns of a whole bar.
const WIDTH: usize = 40;

/// Columns of a name.
const NAME: usize = 24;

/// Rows that are drawn; a longer plan leaves its middle out.
const MOST_ROWS: usize = 20;

/// Writes the bars; nothing for a plan without steps or without risk.
pub fn write(plan: &PlanReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let whole = plan.summary.risk;
    if plan.steps.is_empty() || whole <= 0.0 {
        return Ok(());
    }
    writeln!(
        out,
        "{}",
        style.paint(anstyle::Style::new().bold(), "Risk that is left:")
    )?;
    row("now", whole, whole, style, out)?;
    let rows = plan.steps.len();
    for (at, step) in plan.steps.iter().enumerate() {
        if rows > MOST_ROWS && (MOST_ROWS - 1..rows - 1).contains(&at) {
            if at == MOST_ROWS - 1 {
                writeln!(out, "  … {} more", rows - MOST_ROWS)?;
            }
            continue;
        }
        let name = format!("{} {}", step.number, clean(words::short_name(step)));
        row(&name, step.risk_left, whole, style, out)?;
    }
    writeln!(out)
}

fn row(name: &str, left: f64, whole: f64, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let bar = bar(left / whole, style.ascii);
    let colour = match left / whole {
        share if share > 0.5 => AnsiColor::Red,
        share if share > 0.2 => AnsiColor::Yellow,
        _ => AnsiColor::Green,
    };
    let empty = WIDTH - bar.chars().count().min(WIDTH);
    writeln!(
        out,
        "  {:<NAME$} {}{} {:>6}  {}",
        shortened(name),
        style.paint(colour.on_default(), &bar),
        " ".repeat(empty),
        words::percent(left, whole),
        words::points(left),
    )
}

/// A bar of a share, in eighths of a column where the terminal can show them.
fn bar(share: f64, ascii: bool) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let share = if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    };
    if ascii {
        return "#".repeat((share * WIDTH as f64).ceil() as usize);
    }
    let eighths = (share * WIDTH as f64 * 8.0).ceil() as usize;
    let mut bar = "█".repeat(eighths / 8);
    bar.push_str(EIGHTHS[eighths % 8]);
    bar
}

fn shortened(name: &str) -> String {
    match name.chars().count() {
        0..=NAME => name.to_owned(),
        _ => name.chars().take(NAME - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share_and_what_is_left_is_never_hidden() {
        assert_eq!(bar(1.0, true).len(), WIDTH);
        assert_eq!(bar(0.0, true), "");
        assert_eq!(bar(0.000_1, true), "#");
        assert_eq!(bar(1.0, false).chars().count(), WIDTH);
        assert_eq!(bar(0.001, false), "▏");
        assert_eq!(bar(f64::NAN, false), "");
    }

    #[test]
    fn a_long_name_is_cut() {
        assert_eq!(shortened(&"x".repeat(30)).chars().count(), NAME);
    }
}
