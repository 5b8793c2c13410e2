//! `cargo xtask`: the project's own scripts, one file per task.

mod corpus;
mod report_schema;

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("corpus") => corpus::run(&arguments[1..]),
        Some("report-schema") => report_schema::run(),
        _ => {
            eprintln!(
                "usage: cargo xtask corpus [--family FAMILY] [--failures N]\n       cargo xtask report-schema"
            );
            Ok(ExitCode::from(2))
        }
    }
}
