//! `cargo xtask`: the project's own scripts, one file per task.

mod corpus;

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("corpus") => corpus::run(&arguments[1..]),
        _ => {
            eprintln!("usage: cargo xtask corpus [--family FAMILY] [--failures N]");
            Ok(ExitCode::from(2))
        }
    }
}
