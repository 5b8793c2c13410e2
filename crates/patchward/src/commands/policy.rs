//! `patchward policy`.

mod check;

use std::path::PathBuf;

use anyhow::Context as _;
use patchward_core::filter::Filter;
use patchward_core::prioritise::load::{self, PolicyError};
use patchward_core::prioritise::{Prioritisation, Seen};
use patchward_core::risk::decision::RuleRun;
use patchward_core::risk::policy::expression::Truth;
use patchward_core::risk::policy::field::FIELDS;
use patchward_core::risk::policy::{
    AcceptRule, PRESETS, Policy, Preset, preset, run as run_examples,
};
use patchward_core::scan::{self, Criteria};
use patchward_protocol::inventory::Asset;
use patchward_protocol::report::Finding;
use serde_json::json;

use super::targets;
use crate::cli::TextOrJson;
use crate::cli::policy::PolicyCommand;
use crate::cli::scan::Inputs;
use crate::context::{Context, warn};
use crate::exit::Exit;
use crate::output::clean::clean;

/// Runs the command.
pub fn run(command: &PolicyCommand, context: &Context) -> anyhow::Result<Exit> {
    match command {
        PolicyCommand::Check { file, format } => check::run(file.as_ref(), *format, context),
        PolicyCommand::Test { file, reasons } => test(file.as_ref(), *reasons, context),
        PolicyCommand::Show {
            preset: Some(name), ..
        } => show_preset(name),
        PolicyCommand::Show {
            profile: Some(name),
            ..
        } => show_profile(name, context),
        PolicyCommand::Show { fields: true, .. } => show_fields(),
        PolicyCommand::Show { .. } => show(context),
        PolicyCommand::Explain { id, inputs, format } => explain(id, inputs, *format, context),
    }
}

/// The policy that is set, what every target says of itself, and when findings of these assets were first seen. What does
/// not count as a reader of the policy may think is warned of.
pub fn prioritisation<'a>(
    inputs: &Inputs,
    assets: impl IntoIterator<Item = &'a Asset>,
    context: &Context,
) -> anyhow::Result<Prioritisation> {
    let assets: Vec<&Asset> = assets.into_iter().collect();
    let prioritisation = quiet_prioritisation(inputs, assets.iter().copied(), context)?;
    for rule in prioritisation.policy.expired(context.now) {
        warn(&expired(rule));
    }
    let context_of = |asset: &&Asset| prioritisation.context(asset);
    let contexts = || assets.iter().map(context_of).collect();
    for (preset, scope) in prioritisation.policy.idle_presets(contexts) {
        warn(&idle(preset, scope));
    }
    Ok(prioritisation)
}

/// As [`prioritisation`], with warnings only of files that cannot be used.
pub fn quiet_prioritisation<'a>(
    inputs: &Inputs,
    assets: impl IntoIterator<Item = &'a Asset>,
    context: &Context,
) -> anyhow::Result<Prioritisation> {
    let loaded = load::policy(&context.policy_name(), Some(&context.data_dir()))?;
    loaded.warnings.iter().for_each(|warning| warn(warning));
    let policy = loaded.policy;
    let mut own = std::collections::BTreeMap::new();
    for target in inputs.targets.iter().filter(|target| target.is_dir()) {
        let name = target.display().to_string();
        match load::own_context(target) {
            Ok(Some(said)) => {
                for (_, unknown) in policy.contexts.unknown(&said) {
                    warn(&format!("the context of {name}: {unknown}"));
                }
                own.insert(name, said);
            }
            Ok(None) => {}
            // A tree may be somebody else's: what it says wrongly of itself must not stop the scan.
            Err(error) => {
                warn(&format!("the context of {name} is not used: {error}"));
                let faults = error.faults().iter();
                faults.for_each(|fault| warn(&fault.to_string()));
            }
        }
    }
    let seen = Seen::read(&context.store_file(), assets).unwrap_or_else(|error| {
        warn(&format!(
            "it is not known since when findings are open: {:#}",
            anyhow::Error::new(error)
        ));
        Seen::default()
    });
    Ok(Prioritisation { policy, own, seen })
}

fn expired(rule: &AcceptRule) -> String {
    format!(
        "{}: the acceptance {} expired on {}: it accepts nothing",
        rule.rule.place, rule.rule.name, rule.until
    )
}

fn idle(preset: &Preset, scope: &str) -> String {
    format!(
        "no asset has the scope {scope}, so the preset {} sets no date: write scopes = [\"{scope}\"] under [context.default], \
         [context.group.NAME] or [[context.asset]] of the policy, or under [context] of a tree's patchward.toml",
        preset.name
    )
}

/// The named file, or the policy that is set; never the last good one.
fn strict(file: Option<&PathBuf>, context: &Context) -> anyhow::Result<(String, Policy)> {
    let name = match file {
        Some(file) => file.display().to_string(),
        None => context.policy_name(),
    };
    let policy = match file {
        Some(path) => {
            let text = load::read(path)?;
            Policy::parse(&name, &text).map_err(|faults| PolicyError::Faults {
                file: name.clone(),
                faults,
            })?
        }
        None => load::policy(&name, None)?.policy.into_policy(),
    };
    Ok((name, policy))
}

fn test(file: Option<&PathBuf>, reasons: bool, context: &Context) -> anyhow::Result<Exit> {
    let (name, policy) = strict(file, context)?;
    let results = run_examples(&policy);
    let mut failed = 0;
    for result in &results {
        let good = result.differences.is_empty();
        failed += usize::from(!good);
        let word = if good { "ok    " } else { "FAILED" };
        outln!("{word} {} ({})", clean(&result.name), clean(&result.place));
        for difference in &result.differences {
            outln!("         {}", clean(difference));
        }
        if reasons || !good {
            for reason in &result.decision.reasons {
                outln!("       - {}", clean(reason));
            }
        }
    }
    outln!(
        "{}: {} of {} tests as expected",
        clean(&name),
        results.len() - failed,
        results.len()
    );
    if results.is_empty() {
        context
            .advise("a policy is tested by [[test]] tables in its file; docs/policy.md shows how");
    }
    Ok(if failed > 0 { Exit::Found } else { Exit::Clean })
}

fn show_preset(name: &str) -> anyhow::Result<Exit> {
    if name == "list" {
        for preset in PRESETS {
            outln!("{:<18} {}", preset.name, preset.about);
        }
        return Ok(Exit::Clean);
    }
    let names: Vec<_> = PRESETS.iter().map(|preset| preset.name).collect();
    let found = preset(name).with_context(|| {
        format!(
            "show the preset {name:?}: the presets are {}",
            names.join(", ")
        )
    })?;
    out!("{}", found.text);
    Ok(Exit::Clean)
}

fn show_profile(name: &str, context: &Context) -> anyhow::Result<Exit> {
    let (_, policy) = strict(None, context)?;
    let profiles = policy.contexts.profiles();

    if name == "list" {
        for (name, profile) in profiles {
            outln!("{:<18} {}", clean(name), clean(&profile.about));
        }
        return Ok(Exit::Clean);
    }
    let names: Vec<_> = profiles.keys().copied().collect();
    let profile = profiles.get(name).with_context(|| {
        format!(
            "show the profile {name:?}: the profiles are {}",
            names.join(", ")
        )
    })?;
    out!("{}", profile.to_toml(name));
    Ok(Exit::Clean)
}

fn show_fields() -> anyhow::Result<Exit> {
    for field in FIELDS {
        let kind = format!("{:?}", field.kind).to_lowercase();
        outln!("{:<26} {kind:<7} {}", field.full, field.help);
    }
    Ok(Exit::Clean)
}

fn show(context: &Context) -> anyhow::Result<Exit> {
    let loaded = load::policy(&context.policy_name(), Some(&context.data_dir()))?;
    loaded.warnings.iter().for_each(|warning| warn(warning));
    let policy = &loaded.policy;
    outln!(
        "policy {} from {}",
        clean(&policy.name),
        clean(&loaded.source)
    );
    match preset(&policy.name).filter(|preset| loaded.source == format!("preset {}", preset.name)) {
        Some(preset) if preset.name != "balanced" => {
            outln!("its own dates; priorities and approval classes of balanced");
        }
        _ => outln!("extends {}", policy.extends.join(", ")),
    }
    let zone = policy.calendar.zone.iana_name().unwrap_or("UTC");
    outln!(
        "time zone {zone}; {} holidays",
        policy.calendar.holidays.len()
    );
    outln!(
        "unknown counts as CVSS {} and EPSS {} in the score",
        policy.unknown.cvss,
        policy.unknown.epss
    );
    outln!("\npriority: the first that applies");
    for rule in &policy.priorities {
        outln!(
            "  {} {:<34} {}",
            rule.priority,
            clean(&rule.rule.name),
            one_line(&rule.rule.when.text)
        );
    }
    outln!("\ndeadlines: the earliest binds");
    for sla in &policy.slas {
        let limits = sla.limits.iter().zip(1..);
        let limits = limits.filter_map(|(limit, n)| Some(format!("P{n} {}", limit.as_ref()?)));
        let clocks: Vec<_> = sla.clocks.iter().map(|clock| clock.phrase()).collect();
        outln!(
            "  {:<37} {} from the latest of: {}",
            clean(&sla.name),
            limits.collect::<Vec<_>>().join(", "),
            clocks.join(", ")
        );
    }
    for rule in &policy.deadlines {
        outln!(
            "  {:<37} {}",
            clean(&rule.rule.name),
            one_line(&rule.rule.when.text)
        );
    }
    for (kind, rule) in policy.rules() {
        if !matches!(kind, "priority" | "deadline") {
            outln!(
                "{kind}: {:<31} {}",
                clean(&rule.name),
                one_line(&rule.when.text)
            );
        }
    }
    Ok(Exit::Clean)
}

fn one_line(text: &str) -> String {
    clean(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

fn explain(
    id: &str,
    inputs: &Inputs,
    format: TextOrJson,
    context: &Context,
) -> anyhow::Result<Exit> {
    let knowledge = context.needed_knowledge()?;
    let inventories = targets::inventories(inputs, context)?;
    let assets = inventories.iter().map(|inventory| &inventory.asset);
    let prioritisation = prioritisation(inputs, assets, context)?;
    let criteria = Criteria {
        ignore: super::scan::ignore_rules(inputs, context)?,
        filter: Filter::default(),
        prioritisation: Some(prioritisation.clone()),
        ..Criteria::default()
    };
    let report = scan::report(inventories, Some(&knowledge), &criteria, context.now);
    let mut all = Vec::new();
    for target in &report.targets {
        let wanted =
            |finding: &&Finding| finding.id == id || patchward_core::ignore::has_id(finding, id);
        for finding in target.findings.iter().filter(wanted) {
            let runs = prioritisation.trace(finding, &target.asset, Some(&knowledge), context.now);
            all.push((target.asset.name.as_str(), finding, runs));
        }
    }
    match format {
        TextOrJson::Json => {
            let all = all.iter().map(|(target, finding, runs)| {
                let runs: Vec<_> = runs.iter().map(json_of).collect();
                json!({"target": target, "finding": finding.id, "vulnerability": finding.vulnerability,
                    "decision": finding.decision, "rules": runs})
            });
            outln!("{}", json!(all.collect::<Vec<_>>()));
        }
        TextOrJson::Text => {
            for (target, finding, runs) in &all {
                text_of(target, finding, runs)?;
            }
        }
    }
    if all.is_empty() {
        context.advise(&format!("{} was not found in the targets", clean(id)));
        return Ok(Exit::Clean);
    }
    Ok(Exit::Found)
}

fn word(outcome: Truth) -> &'static str {
    match outcome {
        Truth::Yes => "yes",
        Truth::No => "no",
        Truth::Unknown(_) => "unknown",
    }
}

fn json_of(run: &RuleRun) -> serde_json::Value {
    let values: serde_json::Map<_, _> = run
        .values
        .iter()
        .map(|(field, value)| ((*field).to_owned(), json!(value)))
        .collect();
    json!({"kind": run.kind, "name": run.name, "place": run.place, "when": run.when,
        "outcome": word(run.outcome), "values": values})
}

fn text_of(target: &str, finding: &Finding, runs: &[RuleRun]) -> anyhow::Result<()> {
    let component = &finding.component;
    outln!(
        "{} in {} {} ({})",
        clean(&finding.vulnerability),
        clean(&component.name),
        clean(&component.version),
        clean(target)
    );
    if let Some(decision) = &finding.decision {
        for line in crate::output::decision::lines(decision) {
            outln!("  {}", clean(&line));
        }
    }
    outln!("\n  rules that ran:");
    let mut kind = "";
    for run in runs {
        if run.kind != kind {
            kind = run.kind;
            outln!("  {kind}");
        }
        let values: Vec<_> = run
            .values
            .iter()
            .map(|(field, value)| format!("{field} = {value}"))
            .collect();
        outln!(
            "    {:<8}{} ({})",
            word(run.outcome),
            clean(&run.name),
            clean(&run.place)
        );
        outln!("            {}", one_line(&run.when));
        if !values.is_empty() {
            outln!("            {}", clean(&values.join(", ")));
        }
    }
    outln!("");
    Ok(())
}
