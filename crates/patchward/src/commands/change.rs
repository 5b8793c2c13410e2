//! What the commands of a change share: the engine with everything opened, the question, the exit code.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use patchward_core::change::{self, ChangeOptions, CloneLimits, Engine, Event, Scanning, Subject};
use patchward_core::checking;
use patchward_core::data_folder::DataFolder;
use patchward_core::inventory::target::Options;
use patchward_core::knowledge::Knowledge;
use patchward_core::ledger::Ledger;
use patchward_core::patch::command::UserCommands;
use patchward_core::patch::restart::RestartRules;
use patchward_core::patch::{ApplyOptions, ConfPolicy, Consent};
use patchward_core::scan::Criteria;
use patchward_core::store::Store;
use patchward_protocol::run::{FindingProof, PlannedChecks, RunReport};

use super::{policy, scan, targets};
use crate::cli::TextOrJson;
use crate::cli::change::{Allow, Place, Telling, WantedFlags};
use crate::cli::scan::Inputs;
use crate::context::Context;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output::json;
use crate::output::run as output;
use crate::output::table::Style;

/// Where the system's checks lie when no setting names others.
const CHECKS: &str = "/etc/patchward/checks.toml";

/// Everything that an engine borrows.
pub struct Opened {
    folder: PathBuf,
    store: Store,
    ledger: Ledger,
    /// The knowledge; `None` where there is none yet.
    pub knowledge: Option<Knowledge>,
    criteria: Criteria,
    inventory: Options,
    options: ChangeOptions,
    subject: Subject,
    actor: String,
    interrupt: Interrupt,
}

impl Opened {
    /// Opens store, ledger and knowledge for the machine that is meant.
    pub fn new(
        place: &Place,
        wanted: Option<&WantedFlags>,
        context: &Context,
    ) -> anyhow::Result<Opened> {
        let data = DataFolder::at(&context.data_dir());
        let inputs = Inputs {
            root: place.root.iter().cloned().collect(),
            pending: true,
            ..Inputs::default()
        };
        let subject = match &place.root {
            Some(root) => Subject::below(&real(root)?),
            None => Subject::this_machine(),
        };
        let asset = subject.asset();
        let mut prioritisation = policy::prioritisation(&inputs, [&asset], context)?;
        // What a run sees is written down: it is seen for the first time now at the latest.
        prioritisation.seen = prioritisation.seen.recording(context.now);
        Ok(Opened {
            store: data.store()?,
            ledger: data.ledger()?,
            folder: data.path().to_owned(),
            knowledge: context.judging_knowledge()?,
            criteria: Criteria {
                ignore: scan::ignore_rules(&inputs, context)?,
                vex: scan::read_vex(&[], context)?,
                prioritisation: Some(prioritisation),
                ..Criteria::default()
            },
            inventory: targets::options(&inputs, context),
            options: options(wanted, &subject, context)?,
            subject,
            actor: actor(),
            interrupt: Interrupt::listen().context("listen for Ctrl-C")?,
        })
    }

    /// The engine, whose events `told` hears.
    pub fn engine<'a>(&'a self, told: &'a (dyn Fn(&Event) + Sync)) -> Engine<'a> {
        Engine {
            store: &self.store,
            ledger: &self.ledger,
            folder: self.folder.clone(),
            subject: self.subject.clone(),
            scanning: Scanning {
                knowledge: self.knowledge.as_ref(),
                criteria: &self.criteria,
                inventory: self.inventory.clone(),
            },
            actor: self.actor.clone(),
            clock: &Timestamp::now,
            told,
            cancelled: self.interrupt.cancelled(),
            options: self.options.clone(),
        }
    }
}

impl Opened {
    /// Does work that Ctrl-C asks to stop where nothing is half done.
    pub fn at_work<T>(&self, work: impl FnOnce() -> T) -> T {
        self.interrupt.during(work)
    }

    /// What the machine is called.
    pub fn place(&self) -> String {
        self.subject.asset().name
    }

    /// The newest change of this machine that is in.
    pub fn newest_change(&self, engine: &Engine<'_>) -> anyhow::Result<RunReport> {
        let here = self.place();
        let runs = change::history(engine, 1000)?;
        let is_in =
            |run: &RunReport| run.kind == "apply" && run.state == "done" && run.asset.name == here;
        runs.into_iter()
            .find(is_in)
            .with_context(|| format!("take the newest change back: none is in on {here}"))
    }
}

/// The root with all links resolved: a clone and a package manager must mean the same folder.
fn real(root: &Path) -> anyhow::Result<PathBuf> {
    let found = root
        .canonicalize()
        .with_context(|| format!("open the root {}", root.display()))?;
    anyhow::ensure!(
        found.is_dir() && found != Path::new("/"),
        "use {} as --root: expected a directory that holds another installed system",
        root.display()
    );
    Ok(found)
}

/// Limits and rules of the settings, and what the flags agree to.
fn options(
    wanted: Option<&WantedFlags>,
    subject: &Subject,
    context: &Context,
) -> anyhow::Result<ChangeOptions> {
    let settings = &context.settings;
    let agreed = |what| wanted.is_some_and(|wanted| wanted.allow.contains(&what));
    let standard = ApplyOptions::default();
    let span = |name: &str, usual: Duration| settings.span(name).unwrap_or(usual);
    let apply = ApplyOptions {
        consent: Consent {
            installs: agreed(Allow::Installs),
            removals: agreed(Allow::Removals),
            downgrades: agreed(Allow::Downgrades),
        },
        conf_files: match settings.text("change.conf_files") {
            "replace" => ConfPolicy::Replace,
            _ => ConfPolicy::Keep,
        },
        lock_wait: span("change.lock_wait", standard.lock_wait),
        timeout: span("change.time_limit", standard.timeout),
        ..standard
    };
    let limits = CloneLimits::default();
    let folder = settings.text("change.clone_folder");
    let clones = CloneLimits {
        storage: settings
            .bytes("change.clone_storage")
            .unwrap_or(limits.storage),
        memory: settings
            .bytes("change.clone_memory")
            .unwrap_or(limits.memory),
        folder: (!folder.is_empty()).then(|| PathBuf::from(folder)),
        exclude: settings
            .list("change.clone_exclude")
            .into_iter()
            .map(PathBuf::from)
            .collect(),
        ..limits
    };
    let named = wanted.and_then(|wanted| wanted.checks.clone());
    Ok(ChangeOptions {
        checks: checks(named, subject.is_this_machine(), context)?,
        restarts: restarts(context)?,
        apply,
        commands: commands(context),
        clones,
    })
}

/// The checks file that is named, set, or the system's; `None` where none is: checks are then proposed.
pub fn checks(
    named: Option<PathBuf>,
    of_this_machine: bool,
    context: &Context,
) -> anyhow::Result<Option<PlannedChecks>> {
    let set = context.settings.text("change.checks");
    let path = named.or_else(|| match set {
        "" => Some(PathBuf::from(CHECKS)).filter(|path| of_this_machine && path.is_file()),
        set => Some(PathBuf::from(set)),
    });
    Ok(path.map(|path| checking::planned(&path)).transpose()?)
}

fn restarts(context: &Context) -> anyhow::Result<RestartRules> {
    let mut rules = RestartRules {
        exclude: context
            .settings
            .list("change.never_restart")
            .into_iter()
            .collect(),
        ..RestartRules::default()
    };
    for line in context.settings.list("change.restart_commands") {
        let (service, command) = line.split_once(':').with_context(|| {
            format!("use change.restart_commands: {line:?} has no colon; expected such as \"nginx: nginx -s reload\"")
        })?;
        let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        anyhow::ensure!(
            !words.is_empty(),
            "use change.restart_commands: {line:?} has no command after the colon"
        );
        rules.commands.insert(service.trim().to_owned(), words);
    }
    Ok(rules)
}

/// The user's own package manager, where its commands are set.
fn commands(context: &Context) -> Option<UserCommands> {
    let words = |verb: &str| context.settings.words(&format!("change.commands.{verb}"));
    let commands = UserCommands {
        preview: words("preview"),
        save: words("save"),
        apply: words("apply"),
        verify: words("verify"),
        roll_back: words("roll_back"),
        folder: context.settings.text("change.commands.folder").to_owned(),
    };
    (!commands.apply.is_empty()).then_some(commands)
}

/// Who asks: the user behind sudo, else the user, else the number.
fn actor() -> String {
    let names = ["SUDO_USER", "LOGNAME", "USER"].into_iter();
    let mut names = names.filter_map(|name| std::env::var(name).ok());
    names.find(|name| !name.is_empty()).unwrap_or_else(|| {
        let id = rustix::process::getuid();
        if id.is_root() {
            "root".to_owned()
        } else {
            format!("uid {}", id.as_raw())
        }
    })
}

/// Ends what a crash interrupted, and says so.
pub fn resume(engine: &Engine<'_>, context: &Context) -> anyhow::Result<()> {
    for run in change::resume(engine)? {
        context.advise(&format!(
            "{} was interrupted and is now {}: {}\n",
            output::title(&run),
            output::state(&run.state),
            crate::output::clean::clean(&run.summary)
        ));
    }
    Ok(())
}

/// Asks; anything but a yes is a no.
pub fn agreed(question: &str) -> anyhow::Result<bool> {
    let mut talk = std::io::stderr();
    write!(talk, "{question} [y/N] ")?;
    talk.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(
        answer.trim().to_ascii_lowercase().as_str(),
        "y" | "yes"
    ))
}

/// Whether there is somebody to ask; says so where there is nobody.
pub fn can_ask(command: &str, telling: &Telling) -> bool {
    let there = std::io::stdin().is_terminal() && telling.format == TextOrJson::Text;
    if !there {
        eprintln!(
            "nothing was done: `patchward {command}` asks before it changes anything, and there is nobody to ask; --yes goes on without"
        );
    }
    there
}

/// Prints the end of a run and writes the report's files.
pub fn tell(run: &RunReport, telling: &Telling, context: &Context) -> anyhow::Result<()> {
    match telling.format {
        TextOrJson::Json => json::print(run)?,
        TextOrJson::Text => output::print_outcome(run, &context.style())?,
    }
    for file in &telling.report {
        write(run, file, &context.style())?;
        context.advise(&format!("Report: {}", file.path.display()));
    }
    Ok(())
}

/// Writes one file of a report.
pub fn write(run: &RunReport, file: &output::ReportFile, style: &Style) -> anyhow::Result<()> {
    file.write(run, style)
        .with_context(|| format!("write the report to {}", file.path.display()))
}

/// How a run ended, for automation.
pub fn exit(run: &RunReport) -> Exit {
    let at_the_fix = |proof: &&FindingProof| proof.after != proof.before;
    let mut open = run
        .findings
        .iter()
        .filter(|proof| !output::is_closed(proof));
    match run.state.as_str() {
        "done" if run.kind == "roll-back" => match run.problems.is_empty() {
            true => Exit::Clean,
            false => Exit::Incomplete,
        },
        "done" if open.clone().any(|proof| !at_the_fix(&proof)) => Exit::Found,
        "done" if open.next().is_some() || !run.problems.is_empty() => Exit::Incomplete,
        "done" => Exit::Clean,
        _ => Exit::Found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(state: &str, findings: &[(&str, &str)], problems: &[&str]) -> Exit {
        exit(&RunReport {
            kind: "apply".to_owned(),
            state: state.to_owned(),
            problems: problems.iter().map(|&text| text.to_owned()).collect(),
            findings: findings
                .iter()
                .map(|(state, after)| FindingProof {
                    before: "1".to_owned(),
                    after: (*after).to_owned(),
                    state: (*state).to_owned(),
                    ..FindingProof::default()
                })
                .collect(),
            ..RunReport::default()
        })
    }

    #[test]
    fn the_exit_code_tells_proved_from_done_and_done_from_failed() {
        assert_eq!(ended("done", &[("fixed", "2")], &[]), Exit::Clean);
        assert_eq!(ended("done", &[("open", "2")], &[]), Exit::Incomplete);
        assert_eq!(
            ended("done", &[("fixed", "2")], &["reboot"]),
            Exit::Incomplete
        );
        assert_eq!(ended("done", &[("open", "1")], &[]), Exit::Found);
        assert_eq!(ended("failed", &[], &[]), Exit::Found);
        assert_eq!(ended("undone", &[], &["a check failed"]), Exit::Found);
    }
}
