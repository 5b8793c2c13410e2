//! `patchward news`.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use patchward_core::filter::Filter;
use patchward_core::inventory::packages;
use patchward_core::news::{Item, news};
use patchward_core::scan::{self, Criteria};
use patchward_protocol::inventory::Inventory;
use patchward_protocol::report::ScanReport;

use super::scan::{is_nothing, max_age, refuse_old};
use super::targets;
use crate::cli::{News, TextOrJson};
use crate::context::{Context, warn};
use crate::exit::{Ended, Exit};
use crate::output::clean::clean;
use crate::output::json;
use crate::output::table::plural;

/// Tells what is new since the last time; remembers that it was told.
pub fn run(news_flags: &News, context: &Context) -> anyhow::Result<Exit> {
    let knowledge = context.judging_knowledge()?;
    let stale = refuse_old(knowledge.as_ref(), context);
    let Some(knowledge) = knowledge else {
        return Ok(Exit::Stale);
    };
    let learnt = knowledge.manifest().learnt.unwrap_or(context.now);
    let inventories = match &news_flags.packages {
        Some(path) => vec![listed(path)?],
        None => targets::inventories(&news_flags.inputs, context)?,
    };
    let nothing = inventories.iter().all(is_nothing);
    let name = what_is_asked(news_flags, &inventories);
    let memory = Memory::open(context)?;
    let since = match &news_flags.since {
        Some(text) => instant(text)?,
        // The first time all that is known is old: nobody wants a thousand lines from a cron job.
        None => memory.told.get(&name).copied().unwrap_or(learnt),
    };
    let ignore = super::scan::ignore_rules(&news_flags.inputs, context)?;
    let criteria = Criteria {
        filter: super::scan::filter(&news_flags.selection),
        ignore,
        max_age: max_age(context),
        ..Criteria::default()
    };
    let report = scan::report(inventories, Some(&knowledge), &criteria, context.now);
    let items = news(&report, &knowledge, since);
    match news_flags.format {
        TextOrJson::Json => json::print(&items)?,
        TextOrJson::Text => print(&items, since)?,
    }
    tell_problems(&report);
    if nothing {
        context.advise(super::scan::NOTHING);
    } else if !news_flags.peek {
        memory.remember(name, learnt)?;
    }
    let ended = Ended {
        stale,
        found: !items.is_empty(),
        nothing,
        incomplete: report.summary.problems > 0,
    };
    Ok(ended.exit())
}

/// What could not be read may have news: it is told on standard error, because standard output is for programs too.
fn tell_problems(report: &ScanReport) {
    for problem in report.targets.iter().flat_map(|target| &target.problems) {
        let line = problem.location.line.map(|line| format!(":{line}"));
        let line = line.unwrap_or_default();
        warn(&format!(
            "incomplete: {}{line}: {}",
            problem.location.path, problem.message
        ));
    }
}

/// What the news are about, as the memory names it: the same target under another relative path is the same, another
/// target under the same relative path is not, and who asks for some findings only has not heard of the others.
fn what_is_asked(flags: &News, inventories: &[Inventory]) -> String {
    let named = flags.packages.iter();
    let named = named.chain(&flags.inputs.root).chain(&flags.inputs.targets);
    let absolute = |path: &PathBuf| {
        path.canonicalize()
            .ok()
            .map(|path| path.display().to_string())
    };
    let mut places: Vec<String> = named.filter_map(absolute).collect();
    if places.is_empty() {
        places.extend(
            inventories
                .iter()
                .map(|inventory| inventory.asset.name.clone()),
        );
    }
    let filter = super::scan::filter(&flags.selection);
    if filter != Filter::default() {
        places.push(format!("{filter:?}"));
    }
    places.join("\n")
}

fn print(items: &[Item], since: Timestamp) -> anyhow::Result<()> {
    let since = since.strftime("%Y-%m-%d %H:%M UTC");
    if items.is_empty() {
        outln!("Nothing new since {since}.");
        return Ok(());
    }
    outln!(
        "{} since {since}:\n",
        plural(items.len() as u64, "piece") + " of news"
    );
    for item in items {
        let finding = &item.finding;
        let fix = finding
            .upgrade
            .as_ref()
            .map(|version| format!(", fixed in {version}"))
            .unwrap_or_default();
        let line = format!(
            "{} in {} {} ({}){fix}",
            finding.vulnerability, finding.component.name, finding.component.version, item.target
        );
        outln!("{}", clean(&line));
        if !finding.summary.is_empty() {
            outln!("    {}", clean(&finding.summary));
        }
        for what in &item.what {
            outln!("    {}", clean(what));
        }
    }
    Ok(())
}

fn listed(path: &Path) -> anyhow::Result<Inventory> {
    let (name, read) = match path == Path::new("-") {
        true => {
            let name = "standard input".to_owned();
            let read = packages::read_from(&name, std::io::stdin().lock());
            (name, read)
        }
        false => {
            let name = path.display().to_string();
            let read = File::open(path).and_then(|file| packages::read_from(&name, file));
            (name, read)
        }
    };
    let mut inventory = read.with_context(|| format!("read {name}"))?;
    if inventory.components.is_empty() {
        // A list that names nothing is nothing to look at.
        inventory.sources.clear();
    }
    Ok(inventory)
}

/// An instant, or a day in the local time zone.
pub fn instant(text: &str) -> anyhow::Result<Timestamp> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let day: Date = text.parse().ok().with_context(|| {
        format!("use {text:?} as an instant: expected 2026-11-22 or 2026-11-22T08:00:00Z")
    })?;
    Ok(day.to_zoned(patchward_core::local::zone())?.timestamp())
}

/// What was told when, by target.
struct Memory {
    path: PathBuf,
    told: BTreeMap<String, Timestamp>,
}

impl Memory {
    fn open(context: &Context) -> anyhow::Result<Memory> {
        let path = context.data_dir().join("news.json");
        let told = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .with_context(|| format!("read {}", path.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
        };
        Ok(Memory { path, told })
    }

    fn remember(mut self, name: String, told: Timestamp) -> anyhow::Result<()> {
        self.told.insert(name, told);
        let temporary = self.path.with_extension("tmp");
        let write = || {
            std::fs::write(&temporary, serde_json::to_vec(&self.told)?)?;
            std::fs::rename(&temporary, &self.path)
        };
        write().with_context(|| format!("remember what was told in {}", self.path.display()))
    }
}
