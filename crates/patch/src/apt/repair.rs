//! Mends what an interrupted run of dpkg left.

use super::{Apt, LOCKS, ask, conf_options, find_file, preview::CACHE};
use crate::below;
use crate::dpkg::{status::Package, status::Status};
use crate::executor::{ApplyOptions, ConfPolicy};
use crate::machine::{Command, Machine};
use crate::{PatchError, lock};

/// Finds and mends; says in words what was done. Nothing to mend costs one reading of the database.
pub fn repair(
    apt: &Apt,
    machine: &dyn Machine,
    options: &ApplyOptions,
) -> Result<Vec<String>, PatchError> {
    let root = below::open(machine.root())?;
    let status = Status::read(&root)?;
    if !status.journal && status.broken().is_empty() {
        return Ok(Vec::new());
    }
    lock::wait(machine, &LOCKS, options.lock_wait)?;
    let mut done = vec![format!(
        "an interrupted run left {}",
        names(&status.broken()).unwrap_or_else(|| "dpkg's journal".to_owned())
    )];
    configure(machine, options, &mut done)?;
    let status = Status::read(&root)?;
    let broken: Vec<Package> = status.broken().into_iter().cloned().collect();
    for package in &broken {
        reinstall(apt, machine, package, options, &mut done)?;
    }
    if !broken.is_empty() {
        configure(machine, options, &mut done)?;
    }
    let status = Status::read(&root)?;
    match names(&status.broken()) {
        None => Ok(done),
        Some(packages) => Err(PatchError::Failed {
            doing: "repair",
            program: "dpkg".to_owned(),
            status: "packages half done".to_owned(),
            message: format!(
                "{packages} cannot be brought to an end: {}",
                done.join("; ")
            ),
        }),
    }
}

fn names(packages: &[&Package]) -> Option<String> {
    let names: Vec<String> = packages
        .iter()
        .map(|package| format!("{} ({})", package.name, package.state))
        .collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn configure(
    machine: &dyn Machine,
    options: &ApplyOptions,
    done: &mut Vec<String>,
) -> Result<(), PatchError> {
    let command = Command::new(["dpkg"])
        .args(conf_options(ConfPolicy::Keep))
        .args(["--configure", "-a"])
        .timeout(options.timeout);
    let outcome = machine.run(&command)?;
    done.push(if outcome.success() {
        "what was unpacked was configured".to_owned()
    } else {
        format!(
            "dpkg --configure -a failed: {}",
            crate::error::last_words(&outcome)
        )
    });
    Ok(())
}

/// dpkg does not cure a package that it calls "in a mess": it must be unpacked again, from a file that we have or
/// from a repository.
fn reinstall(
    apt: &Apt,
    machine: &dyn Machine,
    package: &Package,
    options: &ApplyOptions,
    done: &mut Vec<String>,
) -> Result<(), PatchError> {
    let root = below::open(machine.root())?;
    let (new, old) = (apt.new_files(), apt.old_files());
    let key = (
        package.name.as_str(),
        package.version.as_str(),
        package.arch.as_str(),
    );
    let what = format!("{} {}", package.name, package.version);
    if let Some(file) = find_file(&root, &[&new, &old, CACHE], key) {
        let command = Command::new(["dpkg"])
            .args(conf_options(ConfPolicy::Keep))
            .args(["--install".to_owned(), file])
            .timeout(options.timeout);
        if machine.run(&command)?.success() {
            done.push(format!("{what} was installed again from its file"));
            return Ok(());
        }
    }
    let command = Command::new(["apt-get", "-y", "-q", "-o", "Dpkg::Use-Pty=0"])
        .args([
            "-o",
            "Dpkg::Options::=--force-confdef",
            "-o",
            "Dpkg::Options::=--force-confold",
        ])
        .args([
            "--reinstall",
            "--allow-downgrades",
            "--no-remove",
            "install",
        ])
        .args([format!("{}={}", package.qualified(), package.version)])
        .timeout(options.timeout)
        .network();
    match ask(machine, "install again", &command) {
        Ok(_) => done.push(format!("{what} was installed again from a repository")),
        Err(error) => done.push(format!("{what} could not be installed again: {error}")),
    }
    Ok(())
}
