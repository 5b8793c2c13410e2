//! What changed on the machine: packages, configuration files, services.

use patchward_protocol::run::{RunReport, SavedImage, StepResult};
use patchward_protocol::transaction::{Applied, ConfFile, RolledBack, SavedState};

use super::class;
use crate::output::run::facts::Facts;
use crate::output::run::page::{Markup, Part};
use crate::output::run::words;

/// Packages, configuration files with their diffs, and what was kept for going back.
pub fn changed(run: &RunReport) -> Part {
    let mut part = Part::default();
    let facts = Facts::of(run);
    if let Some(applied) = facts.applied {
        applied_part(applied, &mut part);
    }
    for result in run.steps.iter().filter_map(|step| step.result.as_ref()) {
        match result {
            StepResult::Saved(saved) => saved_part(saved, &mut part),
            StepResult::PreImage(image) => image_part(image, &mut part),
            _ => {}
        }
    }
    if let Some(back) = facts.rolled_back {
        rolled_back(back, &mut part);
    }
    part
}

fn applied_part(applied: &Applied, part: &mut Part) {
    if let Some(failure) = &applied.failure {
        part.problem(Markup::text(&format!(
            "The package manager failed: {}",
            failure.message
        )));
    }
    part.table(
        "Packages, by the package database",
        &[
            "Package",
            "Action",
            "Version",
            "From",
            "SHA-256 of the package file",
        ],
        applied.changed.iter().map(|change| {
            vec![
                Markup::text(&change.name).small(&change.arch),
                Markup::text(words::action(change.action)),
                Markup::text(&words::versions(change)),
                Markup::text(&change.origins.join(", ")),
                Markup::code(change.sha256.as_deref().unwrap_or("not named")),
            ]
        }),
    );
    part.list(
        applied
            .repaired
            .iter()
            .map(|what| Markup::text(&format!("Mended before: {what}"))),
    );
    for file in &applied.conf_files {
        conf_file(file, part);
    }
    if applied.conf_files.is_empty() && applied.failure.is_none() {
        part.paragraph(Markup::text(
            "No configuration file was replaced or left behind.",
        ));
    }
    if !applied.log.is_empty() {
        let summary = format!(
            "What the package manager said ({})",
            words::duration(applied.manager_millis)
        );
        part.log(&summary, &applied.log);
    }
}

fn conf_file(file: &ConfFile, part: &mut Part) {
    part.heading(&format!("Configuration file {}", file.path));
    let other = match &file.other {
        Some(other) => format!(" The other version lies in {other}."),
        None => String::new(),
    };
    part.paragraph(Markup::text(&format!(
        "Of {}: {}.{other}",
        file.package,
        words::conf_file(file.outcome)
    )));
    if !file.diff.is_empty() {
        part.diff(&file.diff);
    }
    if file.cut {
        part.paragraph(Markup::text("The diff was longer and is cut here."));
    }
}

fn saved_part(saved: &SavedState, part: &mut Part) {
    part.table(
        "Saved before anything changed",
        &["Package", "Version", "Old package file from", "SHA-256"],
        saved.packages.iter().map(|package| {
            vec![
                Markup::text(&package.name),
                Markup::text(&package.version),
                Markup::text(words::way_back(package.way_back)),
                Markup::code(package.sha256.as_deref().unwrap_or("none")),
            ]
        }),
    );
}

fn image_part(image: &SavedImage, part: &mut Part) {
    let snapshot = match &image.snapshot {
        Some(snapshot) => format!(" A file-system snapshot as well: {snapshot}."),
        None => String::new(),
    };
    part.paragraph(
        Markup::text(&format!(
            "Pre-image of {} paths ({}) in {}.{snapshot}",
            image.paths,
            words::size(image.bytes),
            image.file
        ))
        .small(&format!("SHA-256 {}", image.sha256)),
    );
}

/// What a roll-back did.
pub fn rolled_back(back: &RolledBack, part: &mut Part) {
    part.table(
        "At their old version again",
        &["Package", "Version"],
        back.restored
            .iter()
            .map(|package| vec![Markup::text(&package.name), Markup::text(&package.version)]),
    );
    if !back.held.is_empty() {
        let held = format!(
            "Held so that no update undoes it: {}.",
            back.held.join(", ")
        );
        part.paragraph(Markup::text(&held));
    }
    for path in &back.files_different {
        part.problem(Markup::text(&format!("Not as it was: {path}")));
    }
    for failed in &back.failed {
        part.problem(Markup::text(&format!(
            "Not back: {}: {}",
            failed.package, failed.reason
        )));
    }
    if !back.log.is_empty() {
        part.log("What the package manager said", &back.log);
    }
}

/// Services, what still runs old code, and reboots.
pub fn restarted(run: &RunReport) -> Part {
    let mut part = Part::default();
    let facts = Facts::of(run);
    let Some(restarted) = facts.restarted else {
        return part;
    };
    if restarted.services.is_empty() {
        part.paragraph(Markup::text("No running service used what was replaced."));
    }
    part.table(
        "Services, in the order in which they were restarted",
        &["Service", "What was done", "Took"],
        restarted.services.iter().map(|service| {
            let class = if service.failure.is_some() { "bad" } else { "" };
            let words = words::restart(service);
            vec![
                Markup::text(&service.step.service.name),
                match class {
                    "" => Markup::text(&words),
                    class => Markup::badge(class, &words),
                },
                Markup::number(words::duration(service.millis)),
            ]
        }),
    );
    for process in &restarted.left {
        let text = format!("Still runs old code: {}", words::process(process));
        part.problem(Markup::text(&text));
    }
    for reboot in &restarted.reboot {
        let text = format!("A reboot is needed: {}: {}", reboot.package, reboot.reason);
        part.problem(Markup::text(&text));
    }
    part
}

/// A run that another takes back.
pub fn in_short(run: &RunReport) -> Part {
    let mut part = Part::default();
    let head = format!(
        "{} of {}. {}",
        words::title(run),
        words::instant(run.started),
        run.summary
    );
    part.paragraph(Markup::badge(class(&run.state), words::outcome(run)).and(Markup::text(&head)));
    if let Some(applied) = Facts::of(run).applied {
        applied_part(applied, &mut part);
    }
    part
}
