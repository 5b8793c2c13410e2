//! Services that have a systemd unit only, where systemd itself is not the first process: their commands are run as the
//! unit says, without systemd's sandboxing, sockets or watching. Enough to see whether a service still answers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::unit::{Exec, Kind, Unit, assignments};
use super::{MAX_SERVICES, ServiceReport, Started, is_not_started, names, shorten};
use crate::clone::HostClone;
use crate::command::{CommandSpec, Ended};
use crate::error::RunError;
use crate::user::User;

const WANTS: [&str; 3] = [
    "/etc/systemd/system/multi-user.target.wants",
    "/etc/systemd/system/default.target.wants",
    "/etc/systemd/system/graphical.target.wants",
];
/// Where units lie, the first has the word.
const FOLDERS: [&str; 3] = [
    "/etc/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];
const MAX_UNIT: u64 = 1 << 20;

/// A unit to start, with everything that was read in the clone.
struct Enabled {
    name: String,
    unit: Unit,
    variables: BTreeMap<String, String>,
}

/// Starts the enabled units that `report` does not name yet.
pub(super) fn start(
    clone: &HostClone,
    limit: Duration,
    report: &mut ServiceReport,
) -> Result<(), RunError> {
    let started: BTreeSet<String> = report
        .services
        .iter()
        .map(|service| format!("{}.service", service.name))
        .collect();
    let listed = clone.namespaces().inside(|| Ok(enabled(&started)));
    let listed = listed.map_err(|source| RunError::Watch {
        program: "the units".to_owned(),
        source,
    })?;
    for one in in_order(listed) {
        if is_not_started(&one.name) {
            report.notes.push(format!(
                "{} was not started: it acts on more than the clone",
                one.name
            ));
            continue;
        }
        let said = start_one(clone, &one, limit)?;
        report.services.push(Started {
            up: said.is_empty(),
            name: one.name,
            said,
        });
    }
    Ok(())
}

/// The enabled units, read. The calling thread's root is the clone's.
fn enabled(started: &BTreeSet<String>) -> Vec<Enabled> {
    let wanted: BTreeSet<String> = WANTS.iter().flat_map(|folder| names(folder, "")).collect();
    let services = wanted
        .into_iter()
        .filter(|name| name.ends_with(".service") && !started.contains(name));
    services
        .take(MAX_SERVICES)
        .filter_map(read_enabled)
        .collect()
}

fn read_enabled(name: String) -> Option<Enabled> {
    let template = name
        .split_once('@')
        .map(|(prefix, _)| format!("{prefix}@.service"));
    let names: Vec<&str> = [Some(name.as_str()), template.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    let places = names
        .iter()
        .flat_map(|name| FOLDERS.map(|folder| Path::new(folder).join(name)));
    let mut texts: Vec<String> = places.filter_map(|path| read(&path)).take(1).collect();
    if texts.is_empty() {
        return None;
    }
    for folder in FOLDERS.iter().rev() {
        for name in names.iter().rev() {
            let folder = format!("{folder}/{name}.d");
            let files = super::names(&folder, "")
                .into_iter()
                .filter(|file| file.ends_with(".conf"));
            texts.extend(files.filter_map(|file| read(&Path::new(&folder).join(file))));
        }
    }
    let unit = Unit::parse(&name, texts.iter().map(String::as_str));
    let mut variables = unit.environment();
    for file in unit.environment_files() {
        let text = read(Path::new(&file)).unwrap_or_default();
        variables.extend(assignments(text.lines().map(str::to_owned)));
    }
    Some(Enabled {
        name,
        unit,
        variables,
    })
}

/// A file, if it is one and not too large. A unit that is linked to `/dev/null` is masked, and none.
fn read(path: &Path) -> Option<String> {
    let data = fs::metadata(path).ok()?;
    if !data.is_file() || data.len() > MAX_UNIT {
        return None;
    }
    Some(String::from_utf8_lossy(&fs::read(path).ok()?).into_owned())
}

/// Each after those that its `After=` names; a circle is started in the order of names.
fn in_order(mut waiting: Vec<Enabled>) -> Vec<Enabled> {
    let mut ordered: Vec<Enabled> = Vec::new();
    while !waiting.is_empty() {
        let names: BTreeSet<String> = waiting.iter().map(|one| one.name.clone()).collect();
        let is_free = |one: &Enabled| {
            let after = one.unit.words("Unit", "After");
            !after
                .iter()
                .any(|other| *other != one.name && names.contains(other))
        };
        let next = waiting.iter().position(is_free).unwrap_or(0);
        ordered.push(waiting.remove(next));
    }
    ordered
}

/// Starts one; what it returns is empty when it is up.
fn start_one(clone: &HostClone, one: &Enabled, limit: Duration) -> Result<String, RunError> {
    let user = one.unit.service("User").filter(|user| *user != "root");
    let made = clone.namespaces().inside(|| make_folders(&one.unit, user));
    if let Err(error) = made {
        return Ok(format!("its folders could not be made: {error}"));
    }
    for command in one.unit.commands("ExecStartPre", &one.variables) {
        let said = run(clone, one, &command, user, limit)?;
        if !said.is_empty() && !command.may_fail {
            return Ok(said);
        }
    }
    for command in one.unit.commands("ExecStart", &one.variables) {
        let said = match one.unit.kind() {
            Kind::Forking | Kind::Oneshot => run(clone, one, &command, user, limit)?,
            Kind::Staying => run(clone, one, &in_background(&command), user, limit)?,
        };
        if !said.is_empty() && !command.may_fail {
            return Ok(said);
        }
    }
    Ok(String::new())
}

/// Runs the command through a shell that leaves it behind when it is still there after a moment. Its output goes to a file,
/// because a pipe would end with the shell.
fn in_background(command: &Exec) -> Exec {
    const SCRIPT: &str = "log=$(mktemp) || exit 1
        setsid \"$@\" >\"$log\" 2>&1 </dev/null &
        for _ in 1 2 3 4 5; do
            sleep 0.1
            kill -0 $! 2>/dev/null || { wait $!; status=$?; cat \"$log\"; exit $status; }
        done";
    let shell = ["/bin/sh", "-c", SCRIPT, "sh"].map(str::to_owned);
    Exec {
        argv: shell
            .into_iter()
            .chain(command.argv.iter().cloned())
            .collect(),
        ..command.clone()
    }
}

fn run(
    clone: &HostClone,
    one: &Enabled,
    command: &Exec,
    user: Option<&str>,
    limit: Duration,
) -> Result<String, RunError> {
    let mut spec = CommandSpec::new(&command.argv).timeout(limit);
    spec.env = one
        .variables
        .iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    spec.user = user.filter(|_| !command.as_root).map(str::to_owned);
    match clone.run(&spec) {
        Ok(outcome) => Ok(match outcome.ended {
            Ended::Exited(0) => String::new(),
            ended => shorten(&format!(
                "{ended:?}: {}{}",
                outcome.stdout_text(),
                outcome.stderr_text()
            )),
        }),
        // A program or user that is not there is the unit's failure, not ours.
        Err(error @ (RunError::Start { .. } | RunError::NoUser { .. })) => Ok(error.to_string()),
        Err(error) => Err(error),
    }
}

/// The folders that systemd makes before it starts a service. The calling thread's root is the clone's.
fn make_folders(unit: &Unit, user: Option<&str>) -> io::Result<()> {
    const KINDS: [(&str, &str); 4] = [
        ("RuntimeDirectory", "/run"),
        ("StateDirectory", "/var/lib"),
        ("CacheDirectory", "/var/cache"),
        ("LogsDirectory", "/var/log"),
    ];
    let owner = match user {
        Some(name) => User::find(name)?,
        None => None,
    };
    for (key, base) in KINDS {
        for name in unit.words("Service", key) {
            let inside = crate::preimage::inside(Path::new(&name))
                .unwrap_or_else(|| PathBuf::from("patchward-unnamed"));
            let folder = Path::new(base).join(inside);
            if folder.is_dir() && base != "/run" {
                continue;
            }
            fs::create_dir_all(&folder)?;
            let mode = unit
                .service(&format!("{key}Mode"))
                .and_then(|mode| u32::from_str_radix(mode, 8).ok());
            fs::set_permissions(
                &folder,
                fs::Permissions::from_mode(mode.unwrap_or(0o755) & 0o7777),
            )?;
            if let Some(owner) = &owner {
                chown(&folder, Some(owner.id), Some(owner.group))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(name: &str, after: &str) -> Enabled {
        Enabled {
            name: name.to_owned(),
            unit: Unit::parse(name, [format!("[Unit]\nAfter={after}\n").as_str()]),
            variables: BTreeMap::new(),
        }
    }

    #[test]
    fn units_wait_for_those_they_come_after_and_circles_do_not_hang() {
        let ordered = in_order(vec![
            unit("a.service", "b.service network.target"),
            unit("b.service", "c.service"),
            unit("c.service", ""),
            unit("x.service", "y.service"),
            unit("y.service", "x.service"),
        ]);
        let names: Vec<_> = ordered.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "c.service",
                "b.service",
                "a.service",
                "x.service",
                "y.service"
            ]
        );
    }
}
