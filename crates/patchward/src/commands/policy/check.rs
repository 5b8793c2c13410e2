//! `patchward policy check`: every fault of a policy, and what in a good one may not count as its author thinks.

use std::path::PathBuf;

use patchward_core::prioritise::load::PolicyError;
use patchward_core::risk::policy::Policy;
use serde_json::{Value, json};

use super::{expired, idle, strict};
use crate::cli::TextOrJson;
use crate::context::{Context, warn};
use crate::exit::Exit;
use crate::output::clean::clean;

/// Checks the named file, or the policy that is set.
pub(super) fn run(
    file: Option<&PathBuf>,
    format: TextOrJson,
    context: &Context,
) -> anyhow::Result<Exit> {
    let (name, policy) = match (strict(file, context), format) {
        (Ok(read), _) => read,
        (Err(error), TextOrJson::Json) => return refused(error),
        // The faults are told where every command's failure is, one a line.
        (Err(error), TextOrJson::Text) => return Err(error),
    };
    let warnings = warnings(&policy, context);
    match format {
        TextOrJson::Json => outln!("{:#}", good(&name, &policy, &warnings)),
        TextOrJson::Text => {
            warnings.iter().for_each(|warning| warn(warning));
            outln!(
                "{}: good. Priority rules {}, deadlines {} and {} rows, approval classes {}, acceptances {}, routes {}, tests {}",
                clean(&name),
                policy.priorities.len(),
                policy.deadlines.len(),
                policy.slas.len(),
                policy.approvals.len(),
                policy.acceptances.len(),
                policy.notifications.len(),
                policy.examples.len(),
            );
        }
    }
    Ok(Exit::Clean)
}

fn warnings(policy: &Policy, context: &Context) -> Vec<String> {
    let today = policy.calendar.day(context.now);
    let mut warnings: Vec<String> = policy.expired(today).map(expired).collect();
    let mut priorities = policy.priorities.iter();
    if !priorities.any(|rule| rule.rule.when.text.trim() == "true") {
        let all = "no priority rule applies to everything: what none applies to becomes P3 (extends = ['balanced'] has one)";
        warnings.push(all.to_owned());
    }
    let idle_presets = policy.idle_presets(&[]).into_iter();
    warnings.extend(idle_presets.map(|(preset, scope)| idle(preset, scope)));
    warnings
}

fn good(name: &str, policy: &Policy, warnings: &[String]) -> Value {
    json!({
        "file": name, "good": true, "faults": [], "warnings": warnings,
        "rules": {
            "priority": policy.priorities.len(), "deadline": policy.deadlines.len(), "sla": policy.slas.len(),
            "approval": policy.approvals.len(), "accept": policy.acceptances.len(),
            "notify": policy.notifications.len(), "test": policy.examples.len(),
        },
    })
}

/// The faults as JSON; what is no fault of the file, such as a file that is not there, stays an error.
fn refused(error: anyhow::Error) -> anyhow::Result<Exit> {
    let Some(PolicyError::Faults { file, faults }) = error.downcast_ref() else {
        return Err(error);
    };
    let faults: Vec<Value> = faults
        .iter()
        .map(|fault| {
            json!({"file": fault.file, "line": fault.line, "column": fault.column, "message": fault.message})
        })
        .collect();
    let told = json!({"file": file, "good": false, "faults": faults, "warnings": []});
    outln!("{told:#}");
    Ok(Exit::Failure)
}
