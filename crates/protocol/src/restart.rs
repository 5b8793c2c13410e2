//! Processes that run old code, what starts them again, and why a reboot is needed.

use serde::{Deserialize, Serialize};

/// A process that runs code that was replaced or deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct StaleProcess {
    /// Process id.
    pub pid: u32,
    /// Its program, from `/proc/PID/exe`.
    pub program: String,
    /// Files that it maps and that are no longer the files of that name.
    pub files: Vec<StaleFile>,
    /// The service that it belongs to, where one is known.
    pub service: Option<Service>,
}

/// A file in a process's memory that is no longer the one on disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct StaleFile {
    /// Path, without the kernel's ` (deleted)`.
    pub path: String,
    /// The package that owns that path.
    pub package: Option<String>,
}

/// A service.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Service {
    /// Unit or init script: `nginx.service`, `nginx`.
    pub name: String,
    /// What manages it.
    pub manager: ServiceManager,
}

impl Service {
    /// The unit that a process belongs to, by the text of its `/proc/PID/cgroup` (cgroups(7)):
    /// `0::/system.slice/nginx.service`, or version 1's `1:name=systemd:/…`.
    pub fn of_cgroup(text: &str) -> Option<Service> {
        let path = text
            .lines()
            .filter_map(|line| line.split_once(':')?.1.split_once(':'))
            .find(|(controllers, _)| controllers.is_empty() || *controllers == "name=systemd")
            .map(|(_, path)| path)
            .filter(|path| path.contains(".service"))?;
        let parts: Vec<&str> = path.split('/').collect();
        let manager = if parts.iter().any(|part| part.starts_with("user@")) {
            ServiceManager::User
        } else {
            ServiceManager::Systemd
        };
        let name = parts.iter().rfind(|part| part.ends_with(".service"))?;
        Some(Service {
            name: (*name).to_owned(),
            manager,
        })
    }

    /// The name without `.service`.
    pub fn short_name(&self) -> &str {
        self.name.strip_suffix(".service").unwrap_or(&self.name)
    }
}

/// What manages a service.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceManager {
    /// systemd.
    #[default]
    Systemd,
    /// A systemd instance of a user.
    User,
    /// A script in `/etc/init.d`.
    Sysv,
    /// OpenRC.
    OpenRc,
    /// A command that the user gave.
    Command,
}

/// What happens to one service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RestartStep {
    /// The service.
    pub service: Service,
    /// What is done.
    pub action: RestartAction,
    /// Why this action, where it is not a plain restart.
    pub reason: String,
    /// Its processes that run old code.
    pub pids: Vec<u32>,
}

/// What is done to a service that runs old code.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum RestartAction {
    /// It is stopped and started.
    #[default]
    Restart,
    /// It runs its own file again and goes on where it was: systemd itself.
    ReExecute,
    /// Only its listener is started anew; sessions go on with the old code until they end.
    KeepSessions,
    /// It is left: excluded by the user, or only a reboot renews it.
    Leave,
}

/// What a restart came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Restarted {
    /// The step.
    pub step: RestartStep,
    /// What went wrong; `None` when the command succeeded.
    pub failure: Option<String>,
    /// Time taken, in milliseconds.
    pub millis: u64,
}

/// Why only a reboot makes the new code run.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct RebootReason {
    /// The package.
    pub package: String,
    /// In words.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cgroup: &str, expected: Option<(&str, ServiceManager)>) {
        let found = Service::of_cgroup(cgroup);
        let found = found.as_ref().map(|one| (one.name.as_str(), one.manager));
        assert_eq!(found, expected, "{cgroup}");
    }

    #[test]
    fn the_cgroup_names_the_unit() {
        check(
            "0::/system.slice/nginx.service",
            Some(("nginx.service", ServiceManager::Systemd)),
        );
        check(
            "0::/system.slice/system-postgresql.slice/postgresql@15-main.service",
            Some(("postgresql@15-main.service", ServiceManager::Systemd)),
        );
        check(
            "0::/user.slice/user-1000.slice/user@1000.service/app.slice/pipewire.service",
            Some(("pipewire.service", ServiceManager::User)),
        );
        check(
            "4:memory:/x.service\n1:name=systemd:/system.slice/cron.service\n",
            Some(("cron.service", ServiceManager::Systemd)),
        );
        check("0::/user.slice/user-0.slice/session-3.scope", None);
        check("0::/", None);
        check("", None);
    }
}
