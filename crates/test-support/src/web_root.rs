//! A web host as a tree: nginx before a small site of ours that PostgreSQL fills, all from the base suite, with real
//! security updates pending and everything that they need at hand, so that no test needs a network.

mod knowledge;
mod site;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::debian::{self, SUITE};
use crate::host::{Host, Init, no_hosts};
use crate::{ToyPackage, debian_root, toy_repo};

const BUILD: &str = include_str!("web/build.sh");
const SITE: &str = include_str!("web/shop.py");
const UNIT: &str = include_str!("web/shop.service");
const SCRIPT: &str = include_str!("web/shop.init");
const KNOWLEDGE: &str = include_str!("web_root/knowledge.rs");
const NGINX: &str = include_str!("web/shop.nginx");
const PACKAGES: &str = "python3 python3-psycopg2 postgresql mount iproute2";
/// Goes into the key: raise it when the way of building changes otherwise than in the files above.
const RECIPE: u32 = 1;

/// What the tree keeps for its hosts.
pub mod place {
    /// Real mirrors of the base suite and its security suite, signed as they are; the host's own nginx serves them.
    pub const MIRROR: &str = "/srv/mirror";
    /// The toy repository: a `file:` source of the host.
    pub const TOY: &str = "/srv/toy";
    /// Feeds with advisories on what is pending and on toy packages, in their publishers' layout.
    pub const FEEDS: &str = "/srv/feeds";
    /// What is pending from the security suite: lines of package, old and new version.
    pub const PENDING: &str = "/srv/pending";
}

/// The program of the site as a package: good as it is; a test makes others of it.
///
/// It restarts itself when it is upgraded, if it ran before.
pub fn shop(version: &str) -> ToyPackage {
    shop_with(version, SITE)
}

/// The same with another program.
pub fn shop_with(version: &str, program: &str) -> ToyPackage {
    ToyPackage::new("shop", version)
        .depends("nginx-light, python3, python3-psycopg2, postgresql")
        .file("/usr/lib/shop/shop.py", program)
        .file("/lib/systemd/system/shop.service", UNIT)
        .conffile("/etc/init.d/shop", SCRIPT)
        .conffile("/etc/nginx/conf.d/shop.conf", NGINX)
        .conffile("/etc/shop.conf", "currency = EUR\n")
        .script(
            "postinst",
            "mkdir -p /etc/systemd/system/multi-user.target.wants
ln -sf /lib/systemd/system/shop.service /etc/systemd/system/multi-user.target.wants/shop.service
update-rc.d shop defaults >/dev/null
if [ -d /run/systemd/system ]; then systemctl daemon-reload && systemctl restart shop
elif [ -e /run/shop.pid ]; then invoke-rc.d shop restart; fi",
        )
}

/// The site's program as it is shipped.
pub fn shop_program() -> &'static str {
    SITE
}

/// The tree of a web host. Treat it as read-only; kept beside [`debian_root`]'s.
///
/// Where it cannot be made this prints "skipped: …" and answers `None`.
pub fn web_root() -> Option<PathBuf> {
    if let Some(reason) = no_hosts(Init::Scripts) {
        println!("skipped: no web host to test with: {reason}");
        return None;
    }
    let base = debian_root()?;
    match tree(&base) {
        Ok(tree) => Some(tree),
        Err(reason) => {
            println!("skipped: no web host to test with: {reason}");
            None
        }
    }
}

fn tree(base: &Path) -> Result<PathBuf, String> {
    let lists = base.join("var/lib/apt/lists");
    let indexes: String = fs::read_dir(lists)
        .map_err(|error| error.to_string())?
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().ends_with("InRelease"))
        .filter_map(|entry| fs::read_to_string(entry.path()).ok())
        .collect();
    let parts = [
        BUILD, SITE, UNIT, SCRIPT, NGINX, KNOWLEDGE, PACKAGES, &indexes,
    ]
    .concat();
    let name = format!(
        "web-{SUITE}-{:08x}",
        debian::checksum(&format!("{RECIPE} {parts}"))
    );
    let is_there = |tree: &Path| tree.join(place::FEEDS.trim_start_matches('/')).exists();
    debian::built_once(&name, is_there, |building, folder| {
        remove_older(folder, &name);
        build(base, building)
    })
}

/// Trees made of other indexes are of no use any more.
fn remove_older(folder: &Path, name: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let other = entry.file_name().to_string_lossy().into_owned();
        if other.starts_with("web-") && !other.starts_with(name) {
            let _ = fs::remove_dir_all(entry.path());
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn build(base: &Path, building: &Path) -> Result<(), String> {
    let host = Host::start(base, &[], Init::Scripts).map_err(|error| error.to_string())?;
    host.write("/srv/build.sh", BUILD);
    toy_repo(&host.path(place::TOY), &[shop("1.0")]).map_err(|error| error.to_string())?;
    for phase in ["fetch", "install", "pending", "shop", "mirror"] {
        let line = ["sh", "/srv/build.sh", phase, SUITE, PACKAGES];
        let command = match phase {
            "fetch" | "pending" => host.command_with_network(line),
            _ => host.command(line),
        };
        finish(command).map_err(|error| format!("{phase}: {error}"))?;
    }
    knowledge::write(&host).map_err(|error| error.to_string())?;
    let mut copy = Command::new("cp");
    copy.arg("-a").arg(host.root()).arg(building);
    finish(copy)
}

fn finish(mut command: Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = said.len().saturating_sub(2000);
    Err(said.get(last..).unwrap_or(&said).to_owned())
}
