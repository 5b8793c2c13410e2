//! The command line of Patchward.

mod cli;
mod exit;
mod output;
mod settings;

fn main() {
    use clap::Parser;
    let _ = cli::Cli::parse();
}
