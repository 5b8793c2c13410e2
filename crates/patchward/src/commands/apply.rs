//! `patchward apply` and `patchward rehearse`.

use patchward_core::change::{self, Engine, Rehearsed};
use patchward_protocol::run::{ChangePlan, RunReport};
use patchward_protocol::transaction::Action;

use super::change::{Opened, agreed, can_ask, exit, resume, tell};
use super::scan::refuse_old;
use crate::cli::TextOrJson;
use crate::cli::change::{Allow, Apply, Rehearse, Telling, WantedFlags};
use crate::context::Context;
use crate::exit::Exit;
use crate::output::{json, run as output};
use crate::progress::run::RunProgress;

/// A flag that overrules a setting.
pub fn overrides(wanted: &WantedFlags) -> Vec<(&'static str, &'static str, String)> {
    let age = wanted.max_age.clone();
    age.map(|age| ("scan.max_age", "--max-age", age))
        .into_iter()
        .collect()
}

/// Plans, shows, rehearses, asks, applies, tells.
pub fn run(flags: &Apply, context: &Context) -> anyhow::Result<Exit> {
    if !flags.yes && !flags.dry_run && !can_ask("apply", &flags.telling) {
        return Ok(Exit::Usage);
    }
    let opened = Opened::new(&flags.place, Some(&flags.wanted), context)?;
    let progress = RunProgress::new(flags.telling.progress, context);
    let told = |event: &_| progress.hear(event);
    let engine = opened.engine(&told);
    let proposed = match propose(&engine, &opened, &flags.wanted, &flags.telling, context)? {
        Proposed::Plan(plan) => plan,
        Proposed::Nothing(exit) => return Ok(exit),
    };
    if flags.dry_run {
        if flags.telling.format == TextOrJson::Json {
            json::print(&proposed)?;
        }
        context.advise("A dry run: nothing was changed.");
        return Ok(Exit::Clean);
    }
    let rehearsal = match &flags.no_rehearsal {
        Some(_) => None,
        None => Some(opened.at_work(|| change::rehearse(&engine, &proposed))?),
    };
    if let Some(run) = rehearsal.as_ref().filter(|run| run.state != "done") {
        tell(run, &flags.telling, context)?;
        context.advise(
            "Nothing was changed. Where a rehearsal is not possible, `--no-rehearsal REASON` applies without one and writes the reason down.",
        );
        return Ok(Exit::Found);
    }
    if let Some(run) = rehearsal.as_ref().filter(|_| !flags.yes) {
        output::print_outcome(run, &context.style())?;
    }
    if !flags.yes && !agreed(&question(&proposed, &opened))? {
        context.advise("Nothing was changed.");
        return Ok(Exit::Clean);
    }
    let reason = flags.no_rehearsal.as_deref().unwrap_or_default();
    let rehearsed = rehearsal
        .as_ref()
        .map_or(Rehearsed::Not(reason), Rehearsed::By);
    let run = opened.at_work(|| change::apply(&engine, &proposed, rehearsed))?;
    tell(&run, &flags.telling, context)?;
    advise_next(&run, context);
    Ok(exit(&run))
}

/// Plans, shows, rehearses, tells.
pub fn rehearse(flags: &Rehearse, context: &Context) -> anyhow::Result<Exit> {
    let opened = Opened::new(&flags.place, Some(&flags.wanted), context)?;
    let progress = RunProgress::new(flags.telling.progress, context);
    let told = |event: &_| progress.hear(event);
    let engine = opened.engine(&told);
    let proposed = match propose(&engine, &opened, &flags.wanted, &flags.telling, context)? {
        Proposed::Plan(plan) => plan,
        Proposed::Nothing(exit) => return Ok(exit),
    };
    let run = opened.at_work(|| change::rehearse(&engine, &proposed))?;
    tell(&run, &flags.telling, context)?;
    if run.state == "done" {
        context
            .advise("The machine itself was not touched; `patchward apply` puts the patches in.");
    }
    Ok(match run.state.as_str() {
        "done" => Exit::Clean,
        _ => Exit::Found,
    })
}

enum Proposed {
    Plan(Box<ChangePlan>),
    Nothing(Exit),
}

/// Ends what was interrupted, looks, plans, and shows the plan.
fn propose(
    engine: &Engine<'_>,
    opened: &Opened,
    wanted: &WantedFlags,
    telling: &Telling,
    context: &Context,
) -> anyhow::Result<Proposed> {
    // Without any knowledge the package manager's own word is still something; old knowledge is refused.
    let unsure = refuse_old(opened.knowledge.as_ref(), context);
    if unsure && opened.knowledge.is_some() {
        return Ok(Proposed::Nothing(Exit::Stale));
    }
    resume(engine, context)?;
    context.advise("Looking for patches …\n");
    let plan = change::propose(engine, &wanted.wanted())?;
    match telling.format {
        TextOrJson::Text => output::print_plan(&plan, &context.style())?,
        TextOrJson::Json if plan.transaction.changes.is_empty() => json::print(&plan)?,
        TextOrJson::Json => {}
    }
    if plan.transaction.changes.is_empty() {
        return Ok(Proposed::Nothing(match unsure {
            true => Exit::Stale,
            false => Exit::Nothing,
        }));
    }
    if let Some(missing) = not_agreed(&plan, wanted) {
        eprintln!("nothing was done: {missing}");
        return Ok(Proposed::Nothing(Exit::Usage));
    }
    Ok(Proposed::Plan(Box::new(plan)))
}

/// What the plan does beside upgrades that no flag agrees to.
fn not_agreed(plan: &ChangePlan, wanted: &WantedFlags) -> Option<String> {
    let needed = |action| match action {
        Action::Install => Some((Allow::Installs, "installs", "installs")),
        Action::Remove => Some((Allow::Removals, "removals", "removes")),
        Action::Downgrade => Some((Allow::Downgrades, "downgrades", "downgrades")),
        Action::Upgrade | Action::Reinstall => None,
    };
    let mut missing = plan.transaction.changes.iter().filter_map(|change| {
        let (allow, flag, verb) = needed(change.action)?;
        (!wanted.allow.contains(&allow)).then_some((flag, verb, &change.name))
    });
    let (flag, verb, package) = missing.next()?;
    Some(format!(
        "the plan {verb} {}; `--allow {flag}` agrees to that",
        crate::output::clean::clean(package)
    ))
}

fn question(plan: &ChangePlan, opened: &Opened) -> String {
    format!(
        "Change {} on {}?",
        output::packages(&plan.transaction),
        opened.place()
    )
}

fn advise_next(run: &RunReport, context: &Context) {
    if run.state == "done" {
        context.advise(&format!(
            "`patchward show {0}` tells all of it; `patchward rollback {0}` takes it back.",
            run.number
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_protocol::transaction::PackageChange;

    #[test]
    fn what_nobody_agreed_to_is_named_with_the_flag_that_agrees() {
        let mut plan = ChangePlan::default();
        let change = |name: &str, action| PackageChange {
            name: name.to_owned(),
            action,
            ..PackageChange::default()
        };
        plan.transaction.changes = vec![
            change("openssl", Action::Upgrade),
            change("linux-image-2", Action::Install),
        ];
        let mut wanted = WantedFlags::default();
        let missing = not_agreed(&plan, &wanted).unwrap();
        assert!(missing.contains("linux-image-2") && missing.contains("--allow installs"));
        wanted.allow.push(Allow::Installs);
        assert_eq!(not_agreed(&plan, &wanted), None);
    }
}
