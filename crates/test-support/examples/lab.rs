//! A lab host to look around in: `cargo run -p patchward-test-support --example lab -- [systemd] [LAYER …]`.
//!
//! Prints how to enter it (a JSON array, to which a command is added), and ends it when its standard input ends.

use std::path::PathBuf;

use patchward_test_support::{Host, Init, web_root};

fn main() -> std::io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let init = match words.first().is_some_and(|word| word == "systemd") {
        true => Init::Systemd,
        false => Init::Scripts,
    };
    let layers: Vec<PathBuf> = words
        .iter()
        .filter(|word| *word != "systemd")
        .map(PathBuf::from)
        .collect();
    let Some(base) = web_root() else {
        return Ok(());
    };
    let host = Host::start(&base, &layers, init)?;
    host.start_site();
    let enter = host.command(Vec::<&str>::new());
    let words: Vec<String> = std::iter::once(enter.get_program())
        .chain(enter.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    println!(
        "{}",
        serde_json::json!({"enter": words, "root": host.root(), "address": host.address})
    );
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}
