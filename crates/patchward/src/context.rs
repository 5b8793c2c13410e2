//! What every command needs: settings, folders, the clock, and who is listening.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use patchward_core::feeds::{BASES, Config, FEEDS, Feed};
use patchward_core::knowledge::Knowledge;
use patchward_core::mend;

use crate::cli::global::{Colour, Global};
use crate::exit::WrongUsage;
use crate::output::clean::clean;
use crate::output::table::Style;
use crate::settings::{self, Settings};

/// What every command needs.
pub struct Context {
    /// The settings.
    pub settings: Settings,
    /// Configuration files that were read, weakest first.
    pub files: Vec<PathBuf>,
    /// The instant that this call began.
    pub now: Timestamp,
    colour: Colour,
}

impl Context {
    /// Reads the settings; `extra` are flags of the command itself that overrule them.
    pub fn new(
        global: &Global,
        extra: &[(&'static str, &'static str, String)],
    ) -> anyhow::Result<Context> {
        let environment = |name: &str| std::env::var(name).ok();
        let files = settings::files(global.config.as_ref(), environment);
        let mut flags = global.overrides();
        flags.extend_from_slice(extra);
        let settings = Settings::load(&files, environment, &flags)?;
        Ok(Context::of(settings, files, global))
    }

    /// As [`Context::new`], with values that cannot be used: for the command that shows them.
    pub fn unchecked(global: &Global) -> anyhow::Result<Context> {
        let environment = |name: &str| std::env::var(name).ok();
        let files = settings::files(global.config.as_ref(), environment);
        let settings = Settings::merge(&files, environment, &global.overrides())?;
        Ok(Context::of(settings, files, global))
    }

    fn of(settings: Settings, files: Vec<PathBuf>, global: &Global) -> Context {
        let context = Context {
            settings,
            files,
            now: Timestamp::now(),
            colour: global.color,
        };
        for warning in &context.settings.warnings {
            warn(warning);
        }
        context
    }

    /// The folder that holds everything of ours.
    pub fn data_dir(&self) -> PathBuf {
        match self.settings.text("data_dir") {
            "" => default_data_dir(),
            folder => PathBuf::from(folder),
        }
    }

    /// The policy that decides: a file, or the name of a preset.
    pub fn policy_name(&self) -> String {
        let set = self.settings.text("policy.file");
        if !set.is_empty() {
            return set.to_owned();
        }
        let environment = |name: &str| std::env::var(name).ok();
        settings::beside("policy.toml", environment)
            .map_or_else(|| "balanced".to_owned(), |path| path.display().to_string())
    }

    /// The folder of the knowledge base.
    pub fn knowledge_dir(&self) -> PathBuf {
        self.data_dir().join("knowledge")
    }

    /// The file that holds what we know and did.
    pub fn store_file(&self) -> PathBuf {
        self.data_dir().join("patchward.db")
    }

    /// The knowledge base; `None` when there is none yet.
    pub fn knowledge(&self) -> anyhow::Result<Option<Knowledge>> {
        mend::open(&self.knowledge_dir(), self.now)
            .context("open the knowledge base; `patchward db update --full` makes it anew")
    }

    /// The knowledge base, if it holds any advisory. Without one nothing is found, which is not the same as clean: an
    /// update that reached no feed leaves such a knowledge base.
    pub fn judging_knowledge(&self) -> anyhow::Result<Option<Knowledge>> {
        let knowledge = self.knowledge()?;
        Ok(knowledge.filter(Knowledge::judges))
    }

    /// The knowledge base, for commands that are nothing without it.
    pub fn needed_knowledge(&self) -> anyhow::Result<Knowledge> {
        self.knowledge()?
            .context("read the knowledge base: there is none yet, `patchward db update` makes it")
    }

    /// How tables look.
    pub fn style(&self) -> Style {
        let width = match std::io::stdout().is_terminal() {
            true => terminal_width(),
            false => None,
        };
        Style {
            colour: self.colours(std::io::stdout().is_terminal()),
            width,
            ascii: !speaks_utf8(),
            now: self.now,
            ..Style::default()
        }
    }

    /// How what is said on standard error looks.
    pub fn talk_style(&self) -> Style {
        Style {
            colour: self.colours(std::io::stderr().is_terminal()),
            ..self.style()
        }
    }

    fn colours(&self, terminal: bool) -> bool {
        match self.colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && terminal
            }
        }
    }

    /// Whether progress is shown.
    pub fn shows_progress(&self) -> bool {
        !self.settings.switch("quiet") && std::io::stderr().is_terminal()
    }

    /// Says something to the person, on standard error.
    pub fn advise(&self, text: &str) {
        if !self.settings.switch("quiet") {
            eprintln!("{text}");
        }
    }

    /// What an update of the knowledge base needs to know.
    pub fn feeds_config(&self) -> Config {
        let some =
            |name: &str| Some(self.settings.text(name).to_owned()).filter(|text| !text.is_empty());
        Config {
            cache: self.data_dir().join("cache"),
            mirror: some("feeds.mirror"),
            urls: BASES
                .iter()
                .filter_map(|base| {
                    let url = some(&format!("feeds.urls.{}", base.name))?;
                    Some((base.name.to_owned(), url))
                })
                .collect(),
            timeout: self
                .settings
                .span("feeds.timeout")
                .unwrap_or(Duration::from_secs(600)),
            osv_ecosystems: self.settings.list("feeds.osv.ecosystems"),
            nvd_api_key: some("feeds.nvd.api_key"),
            csaf_providers: self.settings.list("feeds.csaf.providers"),
            rss_urls: self.settings.list("feeds.rss.urls"),
            offline: self.settings.switch("offline"),
        }
    }

    /// The feeds to use: those named, or those that the settings choose and that have something to fetch.
    pub fn feeds(&self, named: &[String]) -> anyhow::Result<Vec<&'static Feed>> {
        let only = match named.is_empty() {
            true => self.settings.list("feeds.only"),
            false => named.to_vec(),
        };
        let without = self.settings.list("feeds.without");
        for name in only.iter().chain(&without) {
            let names: Vec<_> = FEEDS.iter().map(|feed| feed.name).collect();
            if Feed::find(name).is_none() {
                let names = names.join(", ");
                let message = format!("use the feed {name:?}: the feeds are {names}");
                return Err(WrongUsage(message).into());
            }
        }
        let no_lists = self.settings.list("feeds.rss.urls").is_empty();
        let wanted = |feed: &&'static Feed| {
            let named = match only.is_empty() {
                true => feed.name != "rss" || !no_lists,
                false => only.iter().any(|name| name == feed.name),
            };
            named && !without.iter().any(|name| name == feed.name)
        };
        Ok(FEEDS.iter().filter(wanted).collect())
    }
}

/// Warns the person, on standard error, `--quiet` or not: something does not count as they may think. The text may
/// quote files that somebody else wrote.
pub fn warn(text: &str) {
    eprintln!("warning: {}", clean(text));
}

fn default_data_dir() -> PathBuf {
    if rustix::process::geteuid().is_root() {
        return PathBuf::from("/var/lib/patchward");
    }
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/share"));
    let base = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(home);
    base.unwrap_or_else(std::env::temp_dir).join("patchward")
}

/// Whether the locale is one of UTF-8, as POSIX looks it up; without any locale the terminal is taken to be a modern one.
fn speaks_utf8() -> bool {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter();
    let mut set = names
        .filter_map(|name| std::env::var(name).ok())
        .filter(|value| !value.is_empty());
    set.next().is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

fn terminal_width() -> Option<u16> {
    let columns = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok());
    columns
        .or_else(|| {
            rustix::termios::tcgetwinsize(std::io::stdout())
                .ok()
                .map(|size| size.ws_col)
        })
        .filter(|width| *width >= 40)
}
