//! `patchward accept`: decisions that findings don't count, written as rules into `patchward.toml`.

mod list;

use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use patchward_core::ignore::edit::{self, Decision};
use patchward_core::local;

use crate::cli::accept::{Accept, AcceptCommand, AcceptRemove, Decide, For};
use crate::context::Context;
use crate::exit::Exit;
use crate::output::clean::clean;
use crate::settings::span;

/// Adds rules, lists them or takes one away.
pub fn run(accept: &Accept, context: &Context) -> anyhow::Result<Exit> {
    match &accept.command {
        Some(AcceptCommand::List(list)) => list::show(list, context),
        Some(AcceptCommand::Remove(target)) => remove(target, context),
        None => add(&accept.decision, context),
    }
}

fn add(decide: &Decide, context: &Context) -> anyhow::Result<Exit> {
    let today = today(context);
    let path = &decide.target.file;
    let mut text = read(path)?;
    let mut rules = String::new();
    let expires = decide
        .until
        .as_deref()
        .map(|until| day(until, context.now))
        .transpose()?;
    if let Some(last) = expires {
        anyhow::ensure!(last >= today, "accept until {last}: that day has passed");
    }
    for target in decisions(&decide.target)? {
        let decision = Decision {
            status: decide.status.into(),
            justification: decide.justification.clone(),
            reason: decide.reason.clone().unwrap_or_default(),
            by: who(decide.by.as_deref())?,
            created: Some(today),
            expires,
            ..target
        };
        let (changed, rule) = edit::add(&text, path, &decision)?;
        text = changed;
        rules.push_str(&rule);
        rules.push('\n');
    }
    write(&decide.target, &text, rules.trim_end(), "added to", context)
}

fn remove(remove: &AcceptRemove, context: &Context) -> anyhow::Result<Exit> {
    let path = &remove.target.file;
    let mut text = read(path)?;
    let mut told = Vec::new();
    for decision in decisions(&remove.target)? {
        let (kept, removed) = edit::remove(&text, path, &decision)?;
        text = kept;
        told.extend(removed);
    }
    write(
        &remove.target,
        &text,
        &told.join("\n"),
        "removed from",
        context,
    )
}

fn write(
    target: &For,
    text: &str,
    told: &str,
    done: &str,
    context: &Context,
) -> anyhow::Result<Exit> {
    println!("{}", told.lines().map(clean).collect::<Vec<_>>().join("\n"));
    if target.dry_run {
        context.advise("nothing was written (--dry-run)");
    } else {
        edit::replace(&target.file, text)?;
        context.advise(&format!("{done} {}", target.file.display()));
    }
    Ok(Exit::Clean)
}

fn read(path: &Path) -> anyhow::Result<String> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        read => read.with_context(|| format!("read {}", path.display())),
    }
}

fn today(context: &Context) -> Date {
    local::day(context.now)
}

/// A day, or a span from now.
fn day(text: &str, now: Timestamp) -> anyhow::Result<Date> {
    if let Ok(day) = text.parse() {
        return Ok(day);
    }
    let expected = || format!("take {text:?} as a day: expected YYYY-MM-DD or a span such as 90d");
    let span = span(text).ok().flatten().with_context(expected)?;
    let then = now.checked_add(span).with_context(expected)?;
    Ok(local::day(then))
}

fn who(by: Option<&str>) -> anyhow::Result<String> {
    let named = ["SUDO_USER", "USER", "LOGNAME"];
    let found = by
        .map(str::to_owned)
        .or_else(|| named.iter().find_map(|name| std::env::var(name).ok()));
    found
        .filter(|who| !who.trim().is_empty())
        .context("tell who decided: expected --by NAME")
}

/// One decision for each thing named: ids and packages, each within `--package` and `--path`.
fn decisions(target: &For) -> anyhow::Result<Vec<Decision>> {
    let within = Decision {
        package: target.package.clone(),
        path: target.path.clone(),
        ..Decision::default()
    };
    if target.what.is_empty() {
        anyhow::ensure!(
            within.package.is_some() || within.path.is_some(),
            "tell what it is for: expected a vulnerability, a package or a path"
        );
        return Ok(vec![within]);
    }
    let each = target.what.iter().map(|what| match is_id(what) {
        true => Ok(Decision {
            id: Some(what.clone()),
            ..within.clone()
        }),
        false if target.package.is_some() => Err(anyhow::anyhow!(
            "take {what:?} as the id of a vulnerability: beside --package an id is expected"
        )),
        false => Ok(Decision {
            package: Some(what.clone()),
            ..within.clone()
        }),
    });
    each.collect()
}

/// Ids begin with the publisher's letters and a hyphen or colon, in capitals; packages don't.
fn is_id(text: &str) -> bool {
    let Some((prefix, rest)) = text.split_once(['-', ':']) else {
        return false;
    };
    let known = ["cve", "ghsa"]
        .iter()
        .any(|known| prefix.eq_ignore_ascii_case(known));
    let letters = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    let capitals = prefix.len() >= 2 && prefix.bytes().all(letters);
    !rest.is_empty() && (known || (capitals && rest.bytes().any(|b| b.is_ascii_digit())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_packages() {
        for id in [
            "CVE-2024-1",
            "cve-2024-1",
            "GHSA-aaaa-bbbb-cccc",
            "RUSTSEC-2024-0336",
            "RHSA-2024:1",
        ] {
            assert!(is_id(id), "{id}");
        }
        for package in [
            "openssl",
            "libssl-dev",
            "pkg:npm/a@1",
            "log4j-core",
            "org.a:b",
        ] {
            assert!(!is_id(package), "{package}");
        }
    }

    #[test]
    fn a_day_or_a_span_is_an_end() {
        let now: Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
        assert_eq!(day("2026-12-31", now).unwrap().to_string(), "2026-12-31");
        assert_eq!(day("30d", now).unwrap().to_string(), "2026-07-01");
        assert!(day("later", now).is_err());
    }
}
