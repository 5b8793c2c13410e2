//! `patchward scan`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::SignedDuration;
use patchward_core::baseline::Baseline;
use patchward_core::filter::{Filter, at_least};
use patchward_core::ignore::IgnoreRules;
use patchward_core::knowledge::Knowledge;
use patchward_core::local;
use patchward_core::prioritise::seen;
use patchward_core::rank::exploited;
use patchward_core::scan::{self, Criteria, Order};
use patchward_core::vex::Vex;
use patchward_protocol::inventory::Inventory;
use patchward_protocol::report::{Finding, FindingStatus, ScanReport, SeverityLevel};

use super::targets;
use crate::cli::scan::{Inputs, Scan, Selection, Sort};
use crate::context::{Context, warn};
use crate::exit::{Ended, Exit};
use crate::output::table::{Style, age};
use crate::output::{self, Format, Sink};

/// Flags that overrule settings.
pub fn overrides(scan: &Scan) -> Vec<(&'static str, &'static str, String)> {
    let mut overrides = Vec::new();
    overrides.extend(
        scan.fail_on
            .clone()
            .map(|which| ("scan.fail_on", "--fail-on", which)),
    );
    overrides.extend(
        scan.max_age
            .clone()
            .map(|age| ("scan.max_age", "--max-age", age)),
    );
    overrides
}

/// Scans, writes the report in every format asked for, and tells how it ended.
pub fn run(scan: &Scan, context: &Context) -> anyhow::Result<Exit> {
    let files: Vec<_> = scan.format.iter().map(|sink| sink.file.clone()).collect();
    if output::collide(&files) {
        return Ok(Exit::Usage);
    }
    let knowledge = context.judging_knowledge()?;
    let stale = refuse_old(knowledge.as_ref(), context);
    let inventories = targets::inventories(&scan.inputs, context)?;
    let nothing = inventories.iter().all(is_nothing);
    let criteria = criteria(scan, &inventories, context)?;
    let report = scan::report(inventories, knowledge.as_ref(), &criteria, context.now);
    if scan.record {
        write_down(&report, context)?;
    }
    let style = Style {
        show_suppressed: scan.show_suppressed,
        ..context.style()
    };
    let report = match scan.show_suppressed {
        true => report,
        false => without_suppressed(report),
    };
    write(&report, scan, &style)?;
    if nothing {
        context.advise(NOTHING);
    }
    let everything = criteria.filter == Filter::default() && criteria.baseline.is_none();
    let exit = exit(&report, context, nothing, stale, everything);
    // The process ends here: to free a large report piece by piece takes longer than to find a tenth of it.
    std::mem::forget((report, knowledge, criteria));
    Ok(exit)
}

/// What counts, from flags and settings.
fn criteria(scan: &Scan, inventories: &[Inventory], context: &Context) -> anyhow::Result<Criteria> {
    let inputs = &scan.inputs;
    let assets = inventories.iter().map(|inventory| &inventory.asset);
    let mut prioritisation = super::policy::prioritisation(inputs, assets, context)?;
    if scan.record {
        prioritisation.seen = prioritisation.seen.recording(context.now);
    }
    Ok(Criteria {
        filter: filter(&scan.selection),
        order: order(scan.sort),
        ignore: ignore_rules(inputs, context)?,
        vex: read_vex(&scan.vex, context)?,
        prioritisation: Some(prioritisation),
        baseline: scan.baseline.as_deref().map(Baseline::read).transpose()?,
        max_age: max_age(context),
        all_components: scan.all_components
            || scan
                .format
                .iter()
                .any(|sink| sink.format.lists_components()),
    })
}

/// Writes down what was found and since when, for due dates that count from our first detection.
fn write_down(report: &ScanReport, context: &Context) -> anyhow::Result<()> {
    let file = context.store_file();
    let recorded = seen::record(&file, report)
        .with_context(|| format!("write down the findings in {}", file.display()))?;
    context.advise(&format!(
        "Written down: {} new, {} seen again after they were closed, {} known; {} of before not seen now.",
        recorded.new, recorded.reopened, recorded.still, recorded.unseen
    ));
    Ok(())
}

/// The VEX documents of the settings and those named; what could not be read in them is warned of.
pub fn read_vex(named: &[PathBuf], context: &Context) -> anyhow::Result<Vex> {
    let listed = context
        .settings
        .list("scan.vex")
        .into_iter()
        .map(Into::into);
    let paths: Vec<PathBuf> = listed.chain(named.iter().cloned()).collect();
    let (vex, problems) = Vex::read(&paths)?;
    for problem in problems {
        warn(&problem);
    }
    Ok(vex)
}

/// The ignore rules of the configuration files, and of the `patchward.toml` of each tree that is scanned.
pub fn ignore_rules(inputs: &Inputs, context: &Context) -> anyhow::Result<IgnoreRules> {
    let rules = all_rules(inputs, context)?;
    for expired in rules.expired(local::day(context.now)) {
        warn(&expired);
    }
    Ok(rules)
}

/// As [`ignore_rules`], without a word about rules that have expired.
///
/// The file in a scanned tree is as foreign as the tree: where it cannot be read or is a link, its rules don't count, and
/// the scan goes on.
pub fn all_rules(inputs: &Inputs, context: &Context) -> anyhow::Result<IgnoreRules> {
    let mut rules = IgnoreRules::default();
    for file in &context.files {
        rules.extend(IgnoreRules::read(file)?);
    }
    let trees = inputs
        .targets
        .iter()
        .map(|target| target.join("patchward.toml"));
    for file in trees.filter(|path| path.exists() && !is_listed(&context.files, path)) {
        let is_file = std::fs::symlink_metadata(&file).is_ok_and(|meta| meta.is_file());
        if !is_file {
            warn(&format!(
                "{}: no file of its own: its rules don't count",
                file.display()
            ));
            continue;
        }
        match IgnoreRules::read(&file) {
            Ok(of_tree) => rules.extend(of_tree),
            Err(error) => warn(&format!(
                "{:#}: its rules don't count",
                anyhow::Error::from(error)
            )),
        }
    }
    Ok(rules)
}

fn is_listed(files: &[PathBuf], path: &Path) -> bool {
    let same = |a: &Path| a.canonicalize().ok() == path.canonicalize().ok();
    files.iter().any(|file| same(file))
}

/// The filter that the flags ask for.
pub fn filter(selection: &Selection) -> Filter {
    Filter {
        severity: selection.severity.map(SeverityLevel::from),
        fixable: selection.fixable,
        direct: selection.direct,
        runtime: selection.runtime,
        kev: selection.kev,
        packages: selection.package.clone(),
        ids: selection.id.clone(),
    }
}

fn order(sort: Sort) -> Order {
    match sort {
        Sort::Risk => Order::Risk,
        Sort::Severity => Order::Severity,
        Sort::Package => Order::Package,
        Sort::Id => Order::Id,
    }
}

/// What is said where no target holds anything.
pub const NOTHING: &str = "nothing to scan: no lockfile, manifest, SBOM or package database was found (`patchward scan --help` tells what is read)";

/// Whether a target holds nothing that is read here.
pub fn is_nothing(inventory: &Inventory) -> bool {
    inventory.components.is_empty() && inventory.sources.is_empty() && inventory.problems.is_empty()
}

fn without_suppressed(mut report: ScanReport) -> ScanReport {
    for target in &mut report.targets {
        target
            .findings
            .retain(|finding| finding.suppressed.is_none());
    }
    report
}

/// Writes the report in every format asked for; the inventory goes to those that list components.
fn write(report: &ScanReport, scan: &Scan, style: &Style) -> anyhow::Result<()> {
    let lists = |sink: &Sink| scan.all_components || sink.format.lists_components();
    let mixed = scan.format.iter().any(lists) && !scan.format.iter().all(lists);
    let short = mixed.then(|| without_inventory(report));
    let empty = report.targets.iter().all(|t| t.findings.is_empty());
    for sink in &scan.format {
        if empty && sink.format == Format::OpenVex {
            warn(&format!(
                "nothing is written to {}: an OpenVEX document has at least one statement, and there is no finding",
                place(sink)
            ));
            continue;
        }
        let report = match &short {
            Some(short) if !lists(sink) => short,
            _ => report,
        };
        sink.write(report, style)
            .with_context(|| format!("write the report to {}", place(sink)))?;
    }
    Ok(())
}

fn without_inventory(report: &ScanReport) -> ScanReport {
    let mut short = report.clone();
    for target in &mut short.targets {
        target.inventory.clear();
    }
    short
}

fn place(sink: &Sink) -> String {
    sink.file
        .as_ref()
        .map_or("standard output".to_owned(), |path| {
            path.display().to_string()
        })
}

/// How old the knowledge may be, where somebody says so.
pub fn max_age(context: &Context) -> Option<SignedDuration> {
    let most = context.settings.span("scan.max_age")?;
    Some(SignedDuration::try_from(most).unwrap_or(SignedDuration::MAX))
}

/// Whether the knowledge is missing or older than `--max-age`; says so. Without any knowledge nothing is found, and a
/// pipeline that took that for clean would pass everything.
pub fn refuse_old(knowledge: Option<&Knowledge>, context: &Context) -> bool {
    if knowledge.is_none() {
        eprintln!("no data: the knowledge base is missing or empty; run `patchward db update`");
        return true;
    }
    let Some(most) = max_age(context) else {
        return false;
    };
    let checked = knowledge.and_then(|knowledge| scan::age(knowledge, context.now));
    match checked {
        Some(found) if found <= most => false,
        Some(found) => {
            let since = age(context.now, context.now - found);
            eprintln!(
                "data too old: a feed was last checked {since} ago (--max-age); run `patchward db update`"
            );
            true
        }
        None => {
            eprintln!(
                "data too old: no feed was ever checked (--max-age); run `patchward db update`"
            );
            true
        }
    }
}

/// The exit code. What was found counts before what could not be read; data that is too old counts before both,
/// because then nobody knows. What the package manager itself offers is true without our data; it counts where `everything`
/// is asked for.
fn exit(
    report: &ScanReport,
    context: &Context,
    nothing: bool,
    stale: bool,
    everything: bool,
) -> Exit {
    let fail_on = context.settings.text("scan.fail_on");
    let mut findings = report.targets.iter().flat_map(|target| &target.findings);
    let found = findings.any(|finding| finding.suppressed.is_none() && fails(finding, fail_on));
    let offered = fail_on == "any" && everything && report.summary.security_updates > 0;
    let ended = Ended {
        stale,
        found,
        nothing,
        incomplete: report.summary.problems > 0,
    };
    match offered {
        true => Exit::Found,
        false => ended.exit(),
    }
}

fn fails(finding: &Finding, which: &str) -> bool {
    match which {
        "never" => false,
        "kev" => exploited(finding),
        "fixable" => finding.status == FindingStatus::Fixable,
        "low" => at_least(finding, SeverityLevel::Low),
        "medium" => at_least(finding, SeverityLevel::Medium),
        "high" => at_least(finding, SeverityLevel::High),
        "critical" => at_least(finding, SeverityLevel::Critical),
        _ => true,
    }
}
