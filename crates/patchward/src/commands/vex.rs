//! `patchward vex`: what was found and decided, as a VEX document; and whether a CSAF document is valid.

use std::path::Path;

use anyhow::Context as _;
use patchward_core::csaf;
use patchward_core::scan::{self, Criteria};
use patchward_core::whole_file;
use patchward_protocol::report::ScanReport;
use serde_json::json;

use super::{scan as scanning, targets};
use crate::cli::TextOrJson;
use crate::cli::vex::{Export, Validate, VexArgs, VexCommand};
use crate::context::{Context, warn};
use crate::exit::Exit;
use crate::output::clean::clean;
use crate::output::vex::{self, Publication, VexFormat};

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
    let assets = inventories.iter().map(|inventory| &inventory.asset);
    let prioritisation = super::policy::prioritisation(&export.inputs, assets, context)?;
    let criteria = Criteria {
        ignore: scanning::ignore_rules(&export.inputs, context)?,
        vex: scanning::read_vex(&export.vex, context)?,
        // What the policy accepts is decided as what a rule of `accept` is.
        prioritisation: Some(prioritisation),
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
    let incomplete = report.summary.problems > 0;
    if let Some(why) = nothing_to_say(&report, export) {
        eprintln!("{why}");
        return Ok(if incomplete {
            Exit::Incomplete
        } else {
            Exit::Nothing
        });
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
    Ok(if incomplete {
        Exit::Incomplete
    } else {
        Exit::Clean
    })
}

/// Why no document is written: OpenVEX has at least one statement, and a document of decisions at least one decision.
fn nothing_to_say(report: &ScanReport, export: &Export) -> Option<String> {
    let empty = report
        .targets
        .iter()
        .all(|target| target.findings.is_empty());
    let why = match (empty, export.decided, export.format) {
        (true, true, _) => {
            "no finding of these targets is decided by a rule, the policy or another document"
        }
        (true, false, VexFormat::Openvex) => {
            "nothing was found, and an OpenVEX document has at least one statement"
        }
        _ => return None,
    };
    let left = match &export.output {
        Some(path) if path.exists() => format!("; {} is left as it was", path.display()),
        _ => String::new(),
    };
    Some(format!("no document was written: {why}{left}"))
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
    whole_file::read(path, csaf::MAX_SIZE as u64)
        .with_context(|| format!("read {}", path.display()))
}
