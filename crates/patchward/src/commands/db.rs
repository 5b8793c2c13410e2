//! `patchward db …`.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use patchward_core::bundle;
use patchward_core::explain;
use patchward_core::knowledge::{Change, Knowledge, Manifest};
use patchward_core::mend::discard_damaged;
use patchward_core::news::words;
use patchward_core::update::{Manner, update};
use serde_json::json;

use super::news::instant;
use crate::cli::TextOrJson;
use crate::cli::db::{DbCommand, KeyCommand};
use crate::context::Context;
use crate::exit::Exit;
use crate::output::clean::clean;
use crate::output::json;
use crate::output::table::{age, plural};
use crate::progress::{UpdateProgress, unread};

/// Changes that are listed one by one.
const LISTED: usize = 200;

/// Flags that overrule settings.
pub fn overrides(command: &DbCommand) -> Vec<(&'static str, &'static str, String)> {
    match command {
        DbCommand::Update {
            mirror: Some(mirror),
            ..
        } => vec![("feeds.mirror", "--mirror", mirror.clone())],
        _ => Vec::new(),
    }
}

/// Does what the command says.
pub fn run(command: &DbCommand, context: &Context) -> anyhow::Result<Exit> {
    match command {
        DbCommand::Update {
            feeds,
            full,
            allow_loss,
            format,
            ..
        } => {
            let manner = Manner {
                full: *full,
                allow_loss: *allow_loss,
            };
            bring_up_to_date(feeds, manner, *format, context)
        }
        DbCommand::Status { format } => status(*format, context),
        DbCommand::Search {
            words,
            limit,
            format,
        } => search(words, *limit, *format, context),
        DbCommand::Show { what, format } => super::explain::show(what, *format, context),
        DbCommand::Diff { since, format } => diff(since.as_deref(), *format, context),
        DbCommand::Export { file, key } => {
            context.needed_knowledge()?;
            bundle::export(&context.knowledge_dir(), file, key)?;
            context.advise(&format!(
                "Wrote {}. Its reader needs the public key: {}.pub",
                file.display(),
                key.display()
            ));
            Ok(Exit::Clean)
        }
        DbCommand::Import {
            file,
            trust,
            allow_older,
        } => {
            let knowledge = bundle::import(file, &context.knowledge_dir(), trust, *allow_older)?;
            context.advise(&format!(
                "Took {}: {}.",
                file.display(),
                records(&knowledge)
            ));
            Ok(Exit::Clean)
        }
        DbCommand::Verify => {
            let knowledge = context.needed_knowledge()?;
            knowledge
                .verify()
                .context("verify the knowledge base; `patchward db update --full` makes it anew")?;
            outln!("Every digest and offset is right: {}.", records(&knowledge));
            Ok(Exit::Clean)
        }
        DbCommand::Key {
            command: KeyCommand::New { file },
        } => {
            outln!("{}", bundle::new_key(file)?);
            context.advise(&format!(
                "Keep {} secret; give {}.pub to who imports.",
                file.display(),
                file.display()
            ));
            Ok(Exit::Clean)
        }
    }
}

fn bring_up_to_date(
    named: &[String],
    manner: Manner,
    format: TextOrJson,
    context: &Context,
) -> anyhow::Result<Exit> {
    let feeds = context.feeds(named)?;
    if manner.full
        && let Some(damage) =
            discard_damaged(&context.knowledge_dir()).context("mend the knowledge base")?
    {
        context.advise(&format!(
            "The knowledge base was damaged ({damage}) and is made anew."
        ));
    }
    context.knowledge()?;
    let quiet = context.settings.switch("quiet") || format == TextOrJson::Json;
    let progress = UpdateProgress::new(context.shows_progress() && !quiet, quiet, feeds.len());
    let config = context.feeds_config();
    let reports = update(
        &context.knowledge_dir(),
        &config,
        &feeds,
        manner,
        context.now,
        &progress,
    )?;
    if format == TextOrJson::Json {
        json::print(&reports)?;
    }
    let failed = reports
        .iter()
        .filter(|report| report.failure.is_some())
        .count();
    let refused = reports.iter().any(|report| report.loss_refused);
    if refused {
        context.advise(
            "If the publisher did withdraw so much, `patchward db update --allow-loss` takes it.",
        );
    }
    match failed {
        0 if refused || reports.iter().any(|report| !report.lost.is_empty()) => {
            Ok(Exit::Incomplete)
        }
        0 => Ok(Exit::Clean),
        all if all == reports.len() => {
            context.advise("No feed could be brought up to date.");
            Ok(Exit::Failure)
        }
        _ => Ok(Exit::Incomplete),
    }
}

fn records(knowledge: &Knowledge) -> String {
    let stats = knowledge.stats();
    format!(
        "{}, {}, {}",
        plural(stats.advisories, "advisory"),
        plural(stats.signals, "signal"),
        plural(stats.epss_points, "EPSS point")
    )
}

fn status(format: TextOrJson, context: &Context) -> anyhow::Result<Exit> {
    let knowledge = context.needed_knowledge()?;
    let stats = knowledge.stats();
    let manifest = knowledge.manifest();
    if format == TextOrJson::Json {
        let feeds: BTreeMap<_, _> = manifest
            .feeds
            .iter()
            .map(|(name, feed)| {
                let state = json!({"checked": feed.checked, "changed": feed.changed, "records": feed.records, "license": feed.license, "failure": feed.failure, "lost": feed.lost, "problems": feed.problems});
                (name, state)
            })
            .collect();
        let whole = json!({
            "folder": context.knowledge_dir(), "generation": manifest.generation, "learnt": manifest.learnt,
            "advisories": stats.advisories, "signals": stats.signals, "lifecycles": stats.lifecycles,
            "epss_points": stats.epss_points, "past": stats.past, "segments": stats.segments, "bytes": stats.bytes,
            "feeds": feeds,
        });
        json::print(&whole)?;
        return Ok(Exit::Clean);
    }
    outln!("Knowledge base in {}", context.knowledge_dir().display());
    outln!(
        "generation {}, {} in {}: {}",
        manifest.generation,
        size(stats.bytes),
        plural(stats.segments, "segment"),
        records(&knowledge)
    );
    outln!();
    outln!("{}", feeds_table(manifest, context));
    Ok(Exit::Clean)
}

/// What the status tells of a feed.
#[derive(Default)]
struct FeedRow {
    records: u64,
    checked: Option<Timestamp>,
    changed: Option<Timestamp>,
    state: String,
}

/// A row per feed; the parts of a feed (`osv/npm`) are counted together, and told apart in JSON.
fn feeds_table(manifest: &Manifest, context: &Context) -> String {
    let mut rows: BTreeMap<&str, FeedRow> = BTreeMap::new();
    for (name, feed) in &manifest.feeds {
        let row = rows
            .entry(name.split('/').next().unwrap_or(name))
            .or_default();
        row.records += feed.records;
        row.checked = row.checked.max(feed.checked);
        row.changed = row.changed.max(feed.changed);
        if let Some(failure) = &feed.failure {
            row.state = format!("failed: {}", clean(failure));
        } else if row.state.is_empty() {
            row.state = unread(&feed.lost, &feed.problems)
                .collect::<Vec<_>>()
                .join("; ");
        }
    }
    let mut table = context
        .style()
        .table(&["FEED", "RECORDS", "CHECKED", "CHANGED", "STATE"]);
    let ago = |time: Option<Timestamp>| {
        time.map(|time| format!("{} ago", age(context.now, time)))
            .unwrap_or_default()
    };
    for (name, row) in rows {
        table.add_row([
            name.to_owned(),
            row.records.to_string(),
            ago(row.checked),
            ago(row.changed),
            row.state,
        ]);
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

fn size(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

fn search(
    words: &[String],
    limit: usize,
    format: TextOrJson,
    context: &Context,
) -> anyhow::Result<Exit> {
    let knowledge = context.needed_knowledge()?;
    let records = explain::search(&knowledge, words, limit);
    match format {
        TextOrJson::Json => json::print(&records)?,
        TextOrJson::Text if records.is_empty() => outln!(
            "Nothing has all of these words: {}.",
            clean(&words.join(" "))
        ),
        TextOrJson::Text => out!("{}", super::explain::list(&records, &context.style())),
    }
    Ok(Exit::Clean)
}

fn diff(since: Option<&str>, format: TextOrJson, context: &Context) -> anyhow::Result<Exit> {
    let knowledge = context.needed_knowledge()?;
    let since = match since {
        Some(text) => instant(text)?,
        None => context.now - SignedDuration::from_hours(24),
    };
    let changes = knowledge.changes_since(since);
    if format == TextOrJson::Json {
        let rows: Vec<_> = changes
            .iter()
            .map(|change| json!({"learnt": change.learnt, "feed": change.feed, "key": change.key, "what": format!("{:?}", change.what).to_lowercase(), "modified": change.modified}))
            .collect();
        json::print(&rows)?;
        return Ok(Exit::Clean);
    }
    let mut feeds: BTreeMap<&str, usize> = BTreeMap::new();
    changes
        .iter()
        .for_each(|change: &Change| *feeds.entry(&change.feed).or_default() += 1);
    outln!(
        "{} since {}",
        plural(changes.len() as u64, "change"),
        since.strftime("%Y-%m-%d %H:%M UTC")
    );
    for (feed, count) in feeds {
        outln!("  {feed:<24} {count}");
    }
    for change in changes.iter().rev().take(LISTED) {
        outln!("{}", clean(&words(change)));
    }
    if changes.len() > LISTED {
        outln!(
            "… {} more (--format json shows all)",
            changes.len() - LISTED
        );
    }
    Ok(Exit::Clean)
}
