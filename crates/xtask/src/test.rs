//! `cargo xtask test`: everything that CI checks, in the order in which a failure is cheapest to learn of.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::Context as _;

/// A check: its name, and the command that makes it.
struct Step {
    name: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
}

const STEPS: &[Step] = &[
    Step {
        name: "format",
        program: "cargo",
        arguments: &["fmt", "--all", "--check"],
    },
    Step {
        name: "lints",
        program: "cargo",
        arguments: &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ],
    },
    Step {
        name: "tests",
        program: "cargo",
        arguments: &["test", "--workspace", "--quiet"],
    },
];

/// Crates that must never be in the shipped binary: a second TLS stack, or one with an open advisory.
const UNWANTED: [&str; 4] = ["openssl-sys", "native-tls", "ring", "rsa"];

/// Runs every check; the first failure ends it.
pub fn run() -> anyhow::Result<ExitCode> {
    set_up();
    for step in STEPS {
        let begun = Instant::now();
        println!(
            "== {}: {} {}",
            step.name,
            step.program,
            step.arguments.join(" ")
        );
        let status = Command::new(step.program)
            .args(step.arguments)
            .status()
            .with_context(|| format!("run {}", step.program))?;
        if !status.success() {
            println!("== {} failed", step.name);
            return Ok(ExitCode::FAILURE);
        }
        println!(
            "== {}: passed in {:.0} s",
            step.name,
            begun.elapsed().as_secs_f64()
        );
    }
    println!("== corpus");
    if crate::corpus::run(&[])? != ExitCode::SUCCESS {
        println!("== corpus failed");
        return Ok(ExitCode::FAILURE);
    }
    check_dependencies()?;
    scan_ourselves()
}

/// Programs that some tests compare with or build their machines with, and the package of each. Where they cannot be
/// had the tests say "skipped", by name.
const TOOLS: [(&str, &str); 9] = [
    ("rpm", "rpm"),
    ("gpgv", "gpgv"),
    ("gpg", "gpg"),
    ("mmdebstrap", "mmdebstrap"),
    ("systemd-nspawn", "systemd-container"),
    ("ip", "iproute2"),
    ("dnf", "dnf"),
    ("createrepo_c", "createrepo-c"),
    ("composer", "composer"),
];

fn set_up() {
    let folders = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"].map(Path::new);
    let has = |program: &str| folders.iter().any(|folder| folder.join(program).exists());
    let mut missing: Vec<&str> = TOOLS
        .iter()
        .filter(|(program, _)| !has(program))
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return;
    }
    println!(
        "== set-up: installing {} (tests use them)",
        missing.join(", ")
    );
    if !install(&missing) && install(&["--update"]) {
        install(&missing);
    }
    // One that no source offers must not keep the others away.
    missing.retain(|package| !install(&[package]));
    if !missing.is_empty() {
        println!(
            "== set-up: skipped: {} could not be installed (not root, no apt, or no network)",
            missing.join(", ")
        );
    }
}

/// Installs packages of this machine's distribution; `--update` asks its mirrors anew.
fn install(packages: &[&str]) -> bool {
    let verb = match packages {
        ["--update"] => &["update"][..],
        _ => &["install", "--yes", "--no-install-recommends"],
    };
    let names = packages.iter().filter(|name| !name.starts_with("--"));
    let status = Command::new("apt-get")
        .args(["-qq", "-o", "DPkg::Lock::Timeout=60"])
        .args(verb)
        .args(names)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// The shipped binary has one TLS stack and nothing with an open advisory that is known beforehand.
fn check_dependencies() -> anyhow::Result<()> {
    let tree = Command::new("cargo")
        .args([
            "tree",
            "--package",
            "patchward",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .output()
        .context("run cargo tree")?;
    let text = String::from_utf8_lossy(&tree.stdout);
    let names = text.lines().filter_map(|line| line.split(' ').next());
    let found: Vec<&str> = names.filter(|name| UNWANTED.contains(name)).collect();
    anyhow::ensure!(
        found.is_empty(),
        "the binary must not depend on {}",
        found.join(", ")
    );
    println!("== dependencies: passed");
    Ok(())
}

/// Our own Cargo.lock, scanned by ourselves with the recorded feeds, where they are.
fn scan_ourselves() -> anyhow::Result<ExitCode> {
    let Some(feeds) = patchward_test_support::feeds() else {
        println!("== own lockfile: skipped, no recorded feeds (set PATCHWARD_FEEDS)");
        return Ok(ExitCode::SUCCESS);
    };
    let folder = tempfile::tempdir().context("make a temporary folder")?;
    let patchward = |arguments: &[&str]| {
        Command::new("cargo")
            .args([
                "run",
                "--quiet",
                "--package",
                "patchward",
                "--",
                "--quiet",
                "--data-dir",
            ])
            .arg(folder.path())
            .args(arguments)
            .env("PATCHWARD_MIRROR", &feeds)
            .env("PATCHWARD_OSV_ECOSYSTEMS", "crates.io")
            .status()
            .context("run patchward")
    };
    anyhow::ensure!(
        patchward(&["db", "update", "osv", "kev"])?.success(),
        "the knowledge base cannot be built"
    );
    let found = !patchward(&["scan", "Cargo.lock"])?.success();
    println!(
        "== own lockfile: {}",
        if found { "failed" } else { "passed" }
    );
    Ok(if found {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
