//! `patchward context`.

use patchward_core::inventory::target;
use patchward_core::risk::context::{AssetContext, Sourced};
use patchward_protocol::inventory::{Asset, AssetKind};

use crate::cli::policy::ContextCommand;
use crate::cli::scan::Inputs;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::clean::clean;

/// Runs the command.
pub fn run(command: &ContextCommand, context: &Context) -> anyhow::Result<Exit> {
    let ContextCommand::Show { inputs } = command;
    let assets = assets(inputs);
    let prioritisation = super::policy::prioritisation(inputs, &assets, context)?;
    for asset in assets {
        show(&prioritisation.context(&asset))?;
    }
    Ok(Exit::Clean)
}

/// The assets that the targets stand for, without looking into them.
fn assets(inputs: &Inputs) -> Vec<Asset> {
    let named = |kind, path: &std::path::Path| Asset {
        kind,
        name: path.display().to_string(),
    };
    let roots = inputs.root.iter().map(|root| named(AssetKind::Root, root));
    let targets = inputs.targets.iter().map(|target| match target.is_dir() {
        true => named(AssetKind::Tree, target),
        false => named(AssetKind::Lockfile, target),
    });
    let all: Vec<Asset> = roots.chain(targets).collect();
    match all.is_empty() {
        false => all,
        true => vec![Asset {
            kind: AssetKind::Host,
            name: target::name_of_this_machine(),
        }],
    }
}

fn show(said: &AssetContext) -> anyhow::Result<()> {
    outln!("{}", clean(&said.name));
    line("profile", said.profile.as_ref(), "none")?;
    line("group", said.group.as_ref(), "none")?;
    line(
        "environment",
        said.environment.as_ref(),
        "unknown: counts as production",
    )?;
    line(
        "exposure",
        said.exposure.as_ref(),
        "unknown: counts as internet",
    )?;
    line(
        "criticality",
        said.criticality.as_ref(),
        "unknown: counts as 3",
    )?;
    line("data", said.data.as_ref(), "unknown: counts as internal")?;
    line("owner", said.owner.as_ref(), "unknown")?;
    for control in &said.controls {
        line("control", Some(control), "")?;
    }
    for metric in &said.metrics {
        line("CVSS metric", Some(metric), "")?;
    }
    for (what, words) in [
        ("scopes", &said.scopes),
        ("tags", &said.tags),
        ("services", &said.services),
    ] {
        if !words.is_empty() {
            outln!("  {what:<12} {}", clean(&words.join(", ")));
        }
    }
    Ok(())
}

fn line<T: std::fmt::Display>(
    what: &str,
    said: Option<&Sourced<T>>,
    unknown: &str,
) -> anyhow::Result<()> {
    match said {
        Some(said) => {
            let value = said.value.to_string();
            outln!("  {what:<12} {:<14} {}", clean(&value), clean(&said.source));
        }
        None => outln!("  {what:<12} {unknown}"),
    }
    Ok(())
}
