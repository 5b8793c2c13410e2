//! `patchward vex`: what was found and decided, as a VEX document; and whether a CSAF document is valid.

use std::path::Path;

use anyhow::Context as _;
use patchward_core::csaf;
use patchward_core::scan::{self, Criteria};
use patchward_core::vex::Vex;
use serde_json::json;

use super::{scan as scanning, targets};
use crate::cli::TextOrJson;
use crate::cli::vex::{Export, Validate, VexArgs, VexCommand};
use crate::context::{Context, warn};
use crate::exit::Exit;
use crate::output::clean::clean;
use crate::output::vex::{self, Publication};

/// Writes or judges.
pub fn run(arguments: &VexArgs, context: &Context) -> anyhow::Result<Exit> {
    match &arguments.command {
        Some(VexCommand::Validate(validate)) => judge(validate),
        None => export(&arguments.export, context),
    }
}

fn export(export: &Export, context: &Context) -> anyhow::Result<Exit> {
    let knowledge = context.judging_knowledge()?;
    if knowledge.is_none() {
        eprintln!("no data: the knowledge base is missing or empty; run `patchward db update`");
        return Ok(Exit::Stale);
    }
    let inventories = targets::inventories(&export.inputs, context)?;
    let settings = context
        .settings
        .list("scan.vex")
        .into_iter()
        .map(Into::into);
    let paths: Vec<_> = settings.chain(export.vex.clone()).collect();
    let (documents, problems) = Vex::read(&paths)?;
    for problem in problems {
        warn(&problem);
    }
    let criteria = Criteria {
        ignore: scanning::ignore_rules(&export.inputs, context)?,
        vex: documents,
        ..Criteria::default()
    };
    let mut report = scan::report(inventories, knowledge.as_ref(), &criteria, context.now);
    if export.decided {
        for target in &mut report.targets {
            target
                .findings
                .retain(|finding| finding.suppressed.is_some());
        }
    }
    for target in &report.targets {
        for problem in &target.problems {
            warn(&format!("{}: {}", problem.location.path, problem.message));
        }
    }
    let publication = Publication {
        author: export.author.clone(),
        namespace: export.namespace.clone(),
        version: export.document_version,
    };
    vex::write(
        &report,
        export.format,
        &publication,
        export.output.as_deref(),
    )
    .context("write the VEX document")?;
    let incomplete = report.summary.problems > 0;
    Ok(if incomplete {
        Exit::Incomplete
    } else {
        Exit::Clean
    })
}

fn judge(validate: &Validate) -> anyhow::Result<Exit> {
    let mut exit = Exit::Clean;
    let mut all = Vec::new();
    for path in &validate.files {
        let bytes = read(path)?;
        let violations =
            csaf::validate(&bytes).with_context(|| format!("judge {}", path.display()))?;
        if !violations.is_empty() {
            exit = Exit::Found;
        }
        if validate.format == TextOrJson::Text {
            for violation in &violations {
                let pointer = match violation.pointer.as_str() {
                    "" => "/",
                    pointer => pointer,
                };
                let line = format!(
                    "{}: {} {pointer}: {}",
                    path.display(),
                    violation.test,
                    violation.message
                );
                println!("{}", clean(&line));
            }
            if violations.is_empty() {
                println!("{}: valid", clean(&path.display().to_string()));
            }
        }
        let told: Vec<_> = violations
            .iter()
            .map(|v| json!({"test": v.test, "pointer": v.pointer, "message": v.message}))
            .collect();
        all.push(json!({"file": path, "valid": told.is_empty(), "violations": told}));
    }
    if validate.format == TextOrJson::Json {
        println!("{}", serde_json::to_string_pretty(&all)?);
    }
    Ok(exit)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let context = || format!("read {}", path.display());
    let length = std::fs::metadata(path).with_context(context)?.len();
    anyhow::ensure!(
        length <= csaf::MAX_SIZE as u64,
        "read {}: larger than {} MiB",
        path.display(),
        csaf::MAX_SIZE >> 20
    );
    std::fs::read(path).with_context(context)
}
