//! A lab host with Patchward in it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use patchward_protocol::run::{RunReport, RunStep, StepResult};
use patchward_test_support::{
    Host, Init, ToyPackage, layers_beside, no_hosts, place, toy_repo, web_root,
};
use serde_json::Value;

use super::toys;

/// A host with the binary and a knowledge base in it.
pub struct Lab {
    pub host: Host,
}

/// What a command came to.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// The layers that hosts lie on, made once.
struct Layers {
    base: PathBuf,
    patchward: PathBuf,
    /// Only the toy repository to get packages from, and toys installed.
    toys: PathBuf,
}

/// Folders where packages and the administrator have their files.
const FOLDERS: &str = "/etc /usr /opt /srv/www /var/www /var/lib/dpkg/info";

/// What a change and its roll-back may leave: lists of what runs when, and caches.
const BOOKKEEPING: [&str; 2] = ["/etc/ld.so.cache", "/var/lib/dpkg/info/format"];

fn layers() -> Option<&'static Layers> {
    static LAYERS: OnceLock<Option<Layers>> = OnceLock::new();
    LAYERS.get_or_init(make_layers).as_ref()
}

fn make_layers() -> Option<Layers> {
    let base = web_root()?;
    let folder = layers_beside(&base).unwrap();
    let patchward = folder.join("patchward");
    put_binary(&patchward.join("usr/local/bin"));
    put_knowledge(&patchward.join("var/lib/patchward"), &base);
    let host = Host::start(&base, std::slice::from_ref(&patchward), Init::Scripts).unwrap();
    if !host.output(["patchward", "--version"]).status.success() {
        println!("skipped: the program that was built here does not run on Debian 12");
        return None;
    }
    host.shell(
        "rm -r /etc/apt/sources.list /etc/apt/sources.list.d/security.list /var/lib/apt/lists/*",
    );
    toy_repo(&host.path(place::TOY), &toys::all("1.0")).unwrap();
    host.shell("apt-get -qq update");
    let names: Vec<String> = toys::all("1.0").into_iter().map(|toy| toy.name).collect();
    host.shell(&format!("apt-get -qq -y install {}", names.join(" ")));
    let toys = folder.join("toys");
    host.into_layer(&toys).unwrap();
    Some(Layers {
        base,
        patchward,
        toys,
    })
}

/// The binary as a hard link: nothing is copied.
fn put_binary(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let built = std::env::var_os("PATCHWARD")
        .unwrap_or_else(|| OsString::from(env!("CARGO_BIN_EXE_patchward")));
    let target = folder.join("patchward");
    if fs::hard_link(&built, &target).is_err() {
        fs::copy(&built, &target).unwrap();
    }
}

/// A knowledge base of what the tree's feeds tell.
fn put_knowledge(folder: &Path, base: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_patchward"))
        .env_clear()
        .arg("--data-dir")
        .arg(folder)
        .args(["db", "update", "--mirror"])
        .arg(base.join(place::FEEDS.trim_start_matches('/')))
        .args(["debian-tracker", "kev"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

impl Lab {
    /// A host with the toys installed and nothing but the toy repository to get packages from; no service runs.
    /// `None`, said aloud, where this machine cannot have one.
    pub fn toy(test: &str) -> Option<Lab> {
        let layers = found(test, Init::Scripts)?;
        let above = [layers.toys.clone(), layers.patchward.clone()];
        let host = Host::start(&layers.base, &above, Init::Scripts).unwrap();
        Some(Lab { host })
    }

    /// Ends the host, and keeps it as it is for [`Lab::again`].
    pub fn freeze(self, name: &str) -> PathBuf {
        let layers = layers().unwrap();
        let layer = layers.toys.with_file_name(name);
        self.host.into_layer(&layer).unwrap();
        layer
    }

    /// A new host, as the frozen one of [`Lab::toy`] was.
    pub fn again(frozen: &Path) -> Lab {
        let layers = layers().unwrap();
        let above = [
            frozen.to_owned(),
            layers.toys.clone(),
            layers.patchward.clone(),
        ];
        Lab {
            host: Host::start(&layers.base, &above, Init::Scripts).unwrap(),
        }
    }

    /// The same with the site running, and the checks of its owner.
    pub fn toy_site(test: &str) -> Option<Lab> {
        let lab = Lab::toy(test)?;
        lab.host.start_site();
        lab.write_checks("");
        Some(lab)
    }

    /// A web host whose site runs, with the updates that are really pending.
    pub fn real(test: &str, init: Init) -> Option<Lab> {
        let layers = found(test, init)?;
        let above = [layers.patchward.clone()];
        let lab = Lab {
            host: Host::start(&layers.base, &above, init).unwrap(),
        };
        lab.host.start_site();
        lab.write_checks("");
        Some(lab)
    }

    /// The checks file of the site's owner, and `more`.
    pub fn write_checks(&self, more: &str) {
        let address = &self.host.address;
        let checks = format!(
            "timeout = \"5s\"\nretries = 3\npause = \"300ms\"\n\n\
             [[http]]\nname = \"front page\"\nurl = \"http://{address}/\"\ncontains = [\"<li>cheese: 9</li>\"]\n\n\
             [[http]]\nname = \"health\"\nurl = \"http://{address}/health\"\njson = {{ \"$.status\" = \"ok\" }}\n\n\
             [[command]]\nname = \"configuration of nginx\"\nrun = [\"nginx\", \"-t\"]\n\n{more}"
        );
        self.host.write("/etc/patchward/checks.toml", &checks);
    }

    /// Publishes packages and lets apt read the new index.
    pub fn publish(&self, packages: &[ToyPackage]) {
        toy_repo(&self.host.path(place::TOY), packages).unwrap();
        self.host.run(["apt-get", "-qq", "update"]);
    }

    /// Patchward, as its user gives it; not run yet. Words in quotes are one argument.
    pub fn command(&self, line: &str) -> Command {
        let mut words: Vec<String> = ["patchward", "--data-dir", "/var/lib/patchward"]
            .map(str::to_owned)
            .into();
        words.extend(split(line));
        self.host.command(words)
    }

    /// Runs Patchward.
    pub fn patchward(&self, line: &str) -> Ran {
        self.command(line).output().unwrap().into()
    }

    /// The record of a run.
    #[track_caller]
    pub fn run_record(&self, number: u64) -> RunReport {
        let ran = self
            .patchward(&format!("show {number} --format json"))
            .ends(0);
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.out))
    }

    /// The records of all runs, the newest first.
    #[track_caller]
    pub fn history(&self) -> Vec<RunReport> {
        let ran = self.patchward("history --format json").ends(0);
        let value: Value =
            serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.out));
        let runs = match value.get("runs") {
            Some(runs) => runs.clone(),
            None => value,
        };
        serde_json::from_value(runs).unwrap()
    }

    /// The newest run of a kind, with all that belongs to it.
    #[track_caller]
    pub fn newest(&self, kind: &str) -> RunReport {
        let history = self.history();
        let found = history.iter().find(|run| run.kind == kind);
        let number = found
            .unwrap_or_else(|| panic!("no {kind} in {history:#?}"))
            .number;
        self.run_record(number)
    }

    /// The ledger is as it was written.
    #[track_caller]
    pub fn ledger_is_intact(&self) {
        self.patchward("ledger verify").ends(0);
    }

    /// Version and state of a package.
    pub fn version(&self, name: &str) -> String {
        self.host.run([
            "dpkg-query",
            "-W",
            "-f",
            "${Version} ${db:Status-Status}",
            name,
        ])
    }

    /// Name, version and state of every package.
    pub fn versions(&self) -> String {
        self.host.run([
            "dpkg-query",
            "-W",
            "-f",
            "${Package} ${Version} ${db:Status-Status}\n",
        ])
    }

    /// Type, mode, owner and content of every file of packages and the administrator, by path.
    pub fn content(&self) -> BTreeMap<String, String> {
        self.content_of(FOLDERS)
    }

    /// The same for some folders.
    pub fn content_of(&self, folders: &str) -> BTreeMap<String, String> {
        let listed = self.host.shell(&format!(
            "for f in {folders}; do if [ -e $f ]; then find $f -xdev -name __pycache__ -prune -o -printf '%p\\t%y %m %U:%G %l\\n'; fi; done"
        ));
        let sums = self.host.shell(&format!(
            "for f in {folders}; do if [ -e $f ]; then find $f -xdev -name __pycache__ -prune -o -type f -print0; fi; done | xargs -0 sha256sum"
        ));
        let mut all: BTreeMap<String, String> = listed
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .map(|(path, what)| (path.to_owned(), what.to_owned()))
            .collect();
        for (sum, path) in sums.lines().filter_map(|line| line.split_once("  ")) {
            all.entry(path.to_owned()).or_default().push_str(sum);
        }
        all.retain(|path, _| !BOOKKEEPING.contains(&path.as_str()));
        all
    }
}

/// The layers, where hosts of this kind can be had here.
fn found(test: &str, init: Init) -> Option<&'static Layers> {
    if let Some(reason) = no_hosts(init) {
        println!("skipped: {test}: {reason}");
        return None;
    }
    let layers = layers();
    if layers.is_none() {
        println!("skipped: {test}: no host to test on");
    }
    layers
}

fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (number, part) in line.split('"').enumerate() {
        match number % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        Ran {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    /// It ended with that code.
    #[track_caller]
    pub fn ends(self, code: i32) -> Ran {
        assert_eq!(
            self.code,
            Some(code),
            "out: {}\nerr: {}",
            self.out,
            self.err
        );
        self
    }

    /// One of its outputs holds all of these.
    #[track_caller]
    pub fn tells(self, texts: &[&str]) -> Ran {
        for text in texts {
            let told = self.out.contains(text) || self.err.contains(text);
            assert!(told, "no {text:?} in out: {}\nerr: {}", self.out, self.err);
        }
        self
    }
}

/// A step of a run that is told in it.
#[track_caller]
pub fn step<'r>(run: &'r RunReport, name: &str) -> &'r RunStep {
    let found = run.steps.iter().find(|step| step.name == name);
    found.unwrap_or_else(|| panic!("no step {name} in {:#?}", run.steps))
}

/// What a step came to.
#[track_caller]
pub fn result<'r>(run: &'r RunReport, name: &str) -> &'r StepResult {
    let step = step(run, name);
    let result = step.result.as_ref();
    result.unwrap_or_else(|| panic!("{name} came to nothing: {step:#?}"))
}

/// What two states of a machine's files differ in.
pub fn differences(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut found: Vec<String> = before
        .iter()
        .filter(|(path, what)| after.get(*path) != Some(what))
        .map(|(path, what)| format!("{path}: {what} -> {:?}", after.get(path)))
        .collect();
    let new = after.iter().filter(|(path, _)| !before.contains_key(*path));
    found.extend(new.map(|(path, what)| format!("{path}: new, {what}")));
    found
}
