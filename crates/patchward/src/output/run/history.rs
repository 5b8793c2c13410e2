//! The runs of a machine, a line each.

use std::io::{self, Write};

use patchward_protocol::run::RunReport;

use super::words;
use crate::output::clean::clean;
use crate::output::table::Style;

/// Writes the runs in the order given.
pub fn write(runs: &[RunReport], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if runs.is_empty() {
        return writeln!(
            out,
            "Nothing was rehearsed or applied yet: `patchward rehearse` changes nothing."
        );
    }
    let mut table = style.table(&["Run", "When", "Took", "What", "By", "End", "Summary"]);
    for run in runs {
        table.add_row([
            run.number.to_string(),
            words::instant(run.started),
            words::between(Some(run.started), run.ended),
            clean(&run.kind).into_owned(),
            clean(&run.actor).into_owned(),
            clean(words::outcome(run)).into_owned(),
            clean(&run.summary).into_owned(),
        ]);
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out)?;
    writeln!(out, "`patchward show RUN` tells all of one.")
}
