//! What is done to services that run old code, and doing it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use patchward_protocol::restart::{
    RestartAction, RestartStep, Restarted, Service, ServiceManager, StaleProcess,
};

use super::order;
use super::services::SYSTEM_MANAGER;
use crate::error::last_words;
use crate::machine::{Command, Machine, millis};

/// What the user says of restarts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestartRules {
    /// Services that are left alone, with or without `.service`.
    pub exclude: BTreeSet<String>,
    /// Command lines for services that are restarted in a way of their own.
    pub commands: BTreeMap<String, Vec<String>>,
    /// How long one restart may take; two minutes when zero.
    pub timeout: Duration,
}

/// Services whose restart takes sessions or the whole desktop with it.
const LEAVE: [(&str, &str); 8] = [
    (
        "dbus",
        "a restart of the message bus breaks services that hold a connection: reboot",
    ),
    (
        "systemd-logind",
        "a restart may end sessions: reboot, or log everybody out first",
    ),
    ("gdm", "a restart ends the graphical session"),
    ("sddm", "a restart ends the graphical session"),
    ("lightdm", "a restart ends the graphical session"),
    ("display-manager", "a restart ends the graphical session"),
    (
        "docker",
        "a restart may stop containers: restart it at a time of your choice",
    ),
    ("user@", "it renews when the user logs in again"),
];

/// One step per service, in the order in which they depend on each other.
pub fn plan(
    machine: &dyn Machine,
    stale: &[StaleProcess],
    rules: &RestartRules,
) -> Vec<RestartStep> {
    let mut steps: BTreeMap<String, RestartStep> = BTreeMap::new();
    for process in stale {
        let Some(service) = &process.service else {
            continue;
        };
        let step = steps
            .entry(service.name.clone())
            .or_insert_with(|| step(service, rules));
        step.pids.push(process.pid);
    }
    let names: BTreeSet<String> = steps.keys().cloned().collect();
    let after = dependencies(machine, steps.values());
    order::sort(&names, &after)
        .iter()
        .filter_map(|name| steps.remove(name))
        .collect()
}

fn bare(name: &str) -> &str {
    name.strip_suffix(".service").unwrap_or(name)
}

fn step(service: &Service, rules: &RestartRules) -> RestartStep {
    let name = bare(&service.name);
    let excluded = rules.exclude.iter().any(|other| bare(other) == name);
    let command = rules.commands.keys().any(|other| bare(other) == name);
    let known = LEAVE.iter().find(|(start, _)| name.starts_with(start));
    let (action, reason) = if excluded {
        (RestartAction::Leave, "the user excludes it")
    } else if command {
        (RestartAction::Restart, "by the user's own command")
    } else if service.manager == ServiceManager::User {
        (RestartAction::Leave, "it belongs to a user's session")
    } else if let Some((_, reason)) = known {
        (RestartAction::Leave, *reason)
    } else if name == SYSTEM_MANAGER && service.manager == ServiceManager::Systemd {
        (RestartAction::ReExecute, "")
    } else if matches!(name, "ssh" | "sshd") {
        // sshd runs its own file again on SIGHUP: new logins get the new code, sessions go on.
        (
            RestartAction::KeepSessions,
            "sessions that are open go on with the old code",
        )
    } else {
        (RestartAction::Restart, "")
    };
    RestartStep {
        service: Service {
            manager: if command {
                ServiceManager::Command
            } else {
                service.manager
            },
            ..service.clone()
        },
        action,
        reason: reason.to_owned(),
        pids: Vec::new(),
    }
}

/// Which service starts after which, as systemd knows it.
fn dependencies<'a>(
    machine: &dyn Machine,
    steps: impl Iterator<Item = &'a RestartStep>,
) -> BTreeMap<String, BTreeSet<String>> {
    let units: Vec<String> = steps
        .filter(|step| step.service.manager == ServiceManager::Systemd)
        .filter(|step| step.service.name != SYSTEM_MANAGER)
        .map(|step| step.service.name.clone())
        .collect();
    if units.len() < 2 {
        return BTreeMap::new();
    }
    let command = Command::new(["systemctl", "show", "-p", "Id", "-p", "After"]).args(units);
    match machine.run(&command) {
        Ok(outcome) if outcome.success() => order::parse_after(&outcome.text()),
        _ => BTreeMap::new(),
    }
}

/// Carries the steps out, one after the other; a failure does not keep the next from its turn.
pub fn restart(
    machine: &dyn Machine,
    steps: &[RestartStep],
    rules: &RestartRules,
) -> Vec<Restarted> {
    let timeout = match rules.timeout {
        Duration::ZERO => Duration::from_secs(120),
        timeout => timeout,
    };
    steps
        .iter()
        .map(|step| {
            let mut done = Restarted {
                step: step.clone(),
                ..Restarted::default()
            };
            if let Some(command) = command(step, rules) {
                match machine.run(&command.timeout(timeout)) {
                    Ok(outcome) => {
                        done.millis = millis(outcome.duration);
                        done.failure = (!outcome.success()).then(|| last_words(&outcome));
                    }
                    Err(error) => done.failure = Some(error.to_string()),
                }
            }
            done
        })
        .collect()
}

fn command(step: &RestartStep, rules: &RestartRules) -> Option<Command> {
    let verb = match step.action {
        RestartAction::Leave => return None,
        RestartAction::Restart => "restart",
        RestartAction::KeepSessions => "reload",
        RestartAction::ReExecute => return Some(Command::new(["systemctl", "daemon-reexec"])),
    };
    let name = step.service.name.clone();
    Some(match step.service.manager {
        ServiceManager::Systemd => Command::new(["systemctl", verb]).args([name]),
        ServiceManager::User => return None,
        ServiceManager::Sysv => Command::new([format!("/etc/init.d/{name}"), verb.to_owned()]),
        ServiceManager::OpenRc => Command::new(["rc-service".to_owned(), name, verb.to_owned()]),
        ServiceManager::Command => {
            let line = rules
                .commands
                .iter()
                .find(|(other, _)| bare(other) == bare(&name));
            Command::new(line?.1.iter().cloned())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::LocalMachine;

    fn stale(name: &str, manager: ServiceManager) -> StaleProcess {
        StaleProcess {
            pid: 7,
            service: Some(Service {
                name: name.into(),
                manager,
            }),
            ..StaleProcess::default()
        }
    }

    fn check(name: &str, manager: ServiceManager, expected: RestartAction, line: &[&str]) {
        let rules = RestartRules {
            exclude: ["billing".to_owned()].into(),
            commands: [("shop".to_owned(), vec!["/opt/shop/restart".to_owned()])].into(),
            timeout: Duration::ZERO,
        };
        let steps = plan(&LocalMachine, &[stale(name, manager)], &rules);
        assert_eq!(steps[0].action, expected, "{name}");
        let argv = command(&steps[0], &rules).map(|command| command.argv);
        assert_eq!(argv.unwrap_or_default(), line, "{name}");
    }

    #[test]
    fn each_kind_of_service_has_its_own_way() {
        use RestartAction::{KeepSessions, Leave, ReExecute, Restart};
        use ServiceManager::{Systemd, Sysv, User};
        check(
            "nginx.service",
            Systemd,
            Restart,
            &["systemctl", "restart", "nginx.service"],
        );
        check("nginx", Sysv, Restart, &["/etc/init.d/nginx", "restart"]);
        check(
            "ssh.service",
            Systemd,
            KeepSessions,
            &["systemctl", "reload", "ssh.service"],
        );
        check("billing.service", Systemd, Leave, &[]);
        check(
            "systemd",
            Systemd,
            ReExecute,
            &["systemctl", "daemon-reexec"],
        );
        check("shop.service", Systemd, Restart, &["/opt/shop/restart"]);
        check("dbus.service", Systemd, Leave, &[]);
        check("pipewire.service", User, Leave, &[]);
    }

    #[test]
    fn a_restart_that_fails_is_told_and_the_next_goes_on() {
        let rules = RestartRules {
            commands: [
                (
                    "a".to_owned(),
                    vec!["sh".into(), "-c".into(), "echo bad >&2; exit 1".into()],
                ),
                ("b".to_owned(), vec!["true".into()]),
            ]
            .into(),
            ..RestartRules::default()
        };
        let processes = [
            stale("a", ServiceManager::Sysv),
            stale("b", ServiceManager::Sysv),
        ];
        let steps = plan(&LocalMachine, &processes, &rules);
        let done = restart(&LocalMachine, &steps, &rules);
        assert_eq!(done[0].failure.as_deref(), Some("bad"));
        assert_eq!(done[1].failure, None);
    }
}
