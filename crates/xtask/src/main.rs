//! `cargo xtask`: the project's own scripts, one file per task.

mod corpus;
mod report_schema;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask TASK
  test                                    everything that CI checks; sets up what it needs
  corpus [--family FAMILY] [--failures N] the outside corpus (PATCHWARD_CORPUS, default ../shared/corpus)
  report-schema                           writes docs/report-schema.md, plan-schema.md and run-schema.md from the record types";

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("test") => test::run(),
        Some("corpus") => corpus::run(&arguments[1..]),
        Some("report-schema") => report_schema::run(),
        _ => {
            eprintln!("{USAGE}");
            Ok(ExitCode::from(2))
        }
    }
}
