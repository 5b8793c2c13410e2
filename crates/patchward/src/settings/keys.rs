//! Every setting, once: its name in the file, its environment variable, its default and what it means.
//!
//! `config show` and the reader of files come from this list; a test holds `docs/configuration.md` to it.

/// One setting.
pub struct Key {
    /// Dotted name in `patchward.toml`.
    pub name: &'static str,
    /// Environment variable that overrules the file.
    pub variable: &'static str,
    /// Value where nobody says anything.
    pub default: &'static str,
    /// What a value looks like.
    pub shape: Shape,
    /// One line for people.
    pub help: &'static str,
}

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Any text.
    Text,
    /// `true` or `false`.
    Switch,
    /// Texts, in the environment separated by commas.
    List,
    /// A time span such as `36h` or `7d`; empty for none.
    Span,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Text that is never shown.
    Secret,
    /// A number of bytes such as `512M` or `2G`; empty for the default.
    Size,
    /// The words of a command: a list in a file, in the environment separated by spaces. No shell looks at them.
    Words,
}

/// What `--fail-on` takes.
pub const FAIL_ON: &[&str] = &[
    "any", "low", "medium", "high", "critical", "kev", "fixable", "never",
];

/// What `change.conf_files` takes.
pub const CONF_FILES: &[&str] = &["keep", "replace"];

const fn key(
    name: &'static str,
    variable: &'static str,
    default: &'static str,
    shape: Shape,
    help: &'static str,
) -> Key {
    Key {
        name,
        variable,
        default,
        shape,
        help,
    }
}

const fn url(name: &'static str, variable: &'static str) -> Key {
    let help = "where this base lies instead: a URL (https://, http:// or file://) or folder, before the mirror (empty: the mirror, else the publisher)";
    key(name, variable, "", Shape::Text, help)
}

/// Every setting, in the order in which they are shown.
pub const KEYS: &[Key] = &[
    key(
        "data_dir",
        "PATCHWARD_DATA_DIR",
        "",
        Shape::Text,
        "where the knowledge base and its state live (empty: /var/lib/patchward for root, else $XDG_DATA_HOME/patchward)",
    ),
    key(
        "offline",
        "PATCHWARD_OFFLINE",
        "false",
        Shape::Switch,
        "ask no feed and no registry; the package manager still fetches the packages of a change",
    ),
    key(
        "quiet",
        "PATCHWARD_QUIET",
        "false",
        Shape::Switch,
        "no progress and no advice on standard error",
    ),
    key(
        "policy.file",
        "PATCHWARD_POLICY",
        "",
        Shape::Text,
        "the policy that decides: a file, or the name of a preset (empty: policy.toml beside the configuration of the user or the system, else balanced)",
    ),
    key(
        "scan.fail_on",
        "PATCHWARD_FAIL_ON",
        "any",
        Shape::OneOf(FAIL_ON),
        "which findings make scan end with exit code 1",
    ),
    key(
        "scan.max_age",
        "PATCHWARD_MAX_AGE",
        "",
        Shape::Span,
        "oldest knowledge that scan, plan and news accept; older ends with exit code 5",
    ),
    key(
        "scan.vex",
        "PATCHWARD_VEX",
        "",
        Shape::List,
        "VEX documents that every scan reads",
    ),
    key(
        "scan.exclude",
        "PATCHWARD_EXCLUDE",
        "",
        Shape::List,
        "path patterns that a walk leaves out, as in .gitignore",
    ),
    key(
        "feeds.only",
        "PATCHWARD_FEEDS_ONLY",
        "",
        Shape::List,
        "feeds to use (empty: every feed that is on by default)",
    ),
    key(
        "feeds.without",
        "PATCHWARD_FEEDS_WITHOUT",
        "",
        Shape::List,
        "feeds to leave out",
    ),
    key(
        "feeds.mirror",
        "PATCHWARD_MIRROR",
        "",
        Shape::Text,
        "base URL or folder with a mirror of the feeds (https://, http:// or file://)",
    ),
    url("feeds.urls.kev", "PATCHWARD_URL_KEV"),
    url("feeds.urls.epss", "PATCHWARD_URL_EPSS"),
    url("feeds.urls.debian-tracker", "PATCHWARD_URL_DEBIAN_TRACKER"),
    url("feeds.urls.debian-lists", "PATCHWARD_URL_DEBIAN_LISTS"),
    url("feeds.urls.alpine", "PATCHWARD_URL_ALPINE"),
    url("feeds.urls.osv", "PATCHWARD_URL_OSV"),
    url("feeds.urls.go", "PATCHWARD_URL_GO"),
    url("feeds.urls.packagist", "PATCHWARD_URL_PACKAGIST"),
    url("feeds.urls.retirejs", "PATCHWARD_URL_RETIREJS"),
    url("feeds.urls.wordpress", "PATCHWARD_URL_WORDPRESS"),
    url("feeds.urls.eol", "PATCHWARD_URL_EOL"),
    url("feeds.urls.csaf-redhat", "PATCHWARD_URL_CSAF_REDHAT"),
    url("feeds.urls.csaf-suse", "PATCHWARD_URL_CSAF_SUSE"),
    url("feeds.urls.csaf-cisa", "PATCHWARD_URL_CSAF_CISA"),
    url("feeds.urls.cve-releases", "PATCHWARD_URL_CVE_RELEASES"),
    url("feeds.urls.cve-downloads", "PATCHWARD_URL_CVE_DOWNLOADS"),
    url("feeds.urls.cve-records", "PATCHWARD_URL_CVE_RECORDS"),
    url("feeds.urls.nvd-api", "PATCHWARD_URL_NVD_API"),
    url("feeds.urls.nvd-archives", "PATCHWARD_URL_NVD_ARCHIVES"),
    key(
        "feeds.timeout",
        "PATCHWARD_FEEDS_TIMEOUT",
        "10m",
        Shape::Span,
        "longest time for one feed",
    ),
    key(
        "feeds.osv.ecosystems",
        "PATCHWARD_OSV_ECOSYSTEMS",
        "",
        Shape::List,
        "OSV ecosystems to fetch (empty: all)",
    ),
    key(
        "feeds.nvd.api_key",
        "PATCHWARD_NVD_API_KEY",
        "",
        Shape::Secret,
        "key for the NVD API, for its faster rate",
    ),
    key(
        "feeds.csaf.providers",
        "PATCHWARD_CSAF_PROVIDERS",
        "",
        Shape::List,
        "CSAF providers: domains, or URLs of provider-metadata.json",
    ),
    key(
        "feeds.rss.urls",
        "PATCHWARD_RSS_URLS",
        "",
        Shape::List,
        "RSS and Atom feeds of security lists and vendors",
    ),
    key(
        "change.checks",
        "PATCHWARD_CHECKS",
        "",
        Shape::Text,
        "the checks file (empty: /etc/patchward/checks.toml where there is one, else checks are proposed from what listens)",
    ),
    key(
        "change.never_restart",
        "PATCHWARD_NEVER_RESTART",
        "",
        Shape::List,
        "services that are never restarted, with or without .service",
    ),
    key(
        "change.restart_commands",
        "PATCHWARD_RESTART_COMMANDS",
        "",
        Shape::List,
        "own restart commands, such as nginx: nginx -s reload (words, no shell, no comma)",
    ),
    key(
        "change.lock_wait",
        "PATCHWARD_LOCK_WAIT",
        "2m",
        Shape::Span,
        "how long another process's lock of the package manager is waited for",
    ),
    key(
        "change.time_limit",
        "PATCHWARD_TIME_LIMIT",
        "30m",
        Shape::Span,
        "how long the package manager may take",
    ),
    key(
        "change.conf_files",
        "PATCHWARD_CONF_FILES",
        "keep",
        Shape::OneOf(CONF_FILES),
        "a configuration file that both the machine and the package changed: keep the machine's, or replace it",
    ),
    key(
        "change.clone_storage",
        "PATCHWARD_CLONE_STORAGE",
        "2G",
        Shape::Size,
        "how much a rehearsal's clone may write",
    ),
    key(
        "change.clone_folder",
        "PATCHWARD_CLONE_FOLDER",
        "",
        Shape::Text,
        "where that goes (empty: in memory)",
    ),
    key(
        "change.clone_memory",
        "PATCHWARD_CLONE_MEMORY",
        "2G",
        Shape::Size,
        "memory that the processes of a clone may take",
    ),
    key(
        "change.clone_exclude",
        "PATCHWARD_CLONE_EXCLUDE",
        "",
        Shape::List,
        "folders that are not in clones, such as large data",
    ),
    key(
        "change.commands.preview",
        "PATCHWARD_COMMAND_PREVIEW",
        "",
        Shape::Words,
        "own package manager: tells what would change (docs/patching.md has its form)",
    ),
    key(
        "change.commands.save",
        "PATCHWARD_COMMAND_SAVE",
        "",
        Shape::Words,
        "own package manager: saves what going back needs",
    ),
    key(
        "change.commands.apply",
        "PATCHWARD_COMMAND_APPLY",
        "",
        Shape::Words,
        "own package manager: changes it",
    ),
    key(
        "change.commands.verify",
        "PATCHWARD_COMMAND_VERIFY",
        "",
        Shape::Words,
        "own package manager: tells what is installed",
    ),
    key(
        "change.commands.roll_back",
        "PATCHWARD_COMMAND_ROLL_BACK",
        "",
        Shape::Words,
        "own package manager: goes back",
    ),
    key(
        "change.commands.folder",
        "PATCHWARD_COMMAND_FOLDER",
        "/var/lib/patchward-command",
        Shape::Text,
        "own package manager: where save may write",
    ),
];

/// The setting of that name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_variables_are_unique() {
        let names: BTreeSet<_> = KEYS.iter().map(|key| key.name).collect();
        let variables: BTreeSet<_> = KEYS.iter().map(|key| key.variable).collect();
        assert_eq!((names.len(), variables.len()), (KEYS.len(), KEYS.len()));
    }

    #[test]
    fn every_base_of_a_feed_has_a_setting() {
        let named = KEYS
            .iter()
            .filter_map(|key| key.name.strip_prefix("feeds.urls."));
        let named: Vec<_> = named.collect();
        let bases = patchward_core::feeds::BASES.iter().map(|base| base.name);
        assert_eq!(named, bases.collect::<Vec<_>>());
    }

    #[test]
    fn the_reference_has_a_row_for_every_setting_and_no_other() {
        let page = include_str!("../../../../docs/configuration.md");
        for key in KEYS {
            let row = format!("| `{}` | `{}` |", key.name, key.variable);
            assert!(
                page.contains(&row),
                "docs/configuration.md has no row {row}"
            );
        }
        let rows = page.lines().filter(|line| line.contains("` | `PATCHWARD_"));
        assert_eq!(rows.count(), KEYS.len());
    }
}
