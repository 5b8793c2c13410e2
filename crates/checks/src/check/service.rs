//! Looks for a service that is active, or for processes by name.

use super::{Tried, command, shorten};
use crate::deadline::Deadline;
use crate::file::ServiceCheck;
use crate::place::Place;
use crate::processes;

pub fn expected(check: &ServiceCheck) -> String {
    match (&check.unit, &check.process) {
        (Some(unit), _) => format!("{unit} is active"),
        (None, process) => {
            let name = process.as_deref().unwrap_or_default();
            format!(
                "at least {} processes named {name}",
                check.at_least.unwrap_or(1)
            )
        }
    }
}

pub fn attempt(check: &ServiceCheck, place: &Place, deadline: Deadline) -> Tried {
    match (&check.unit, &check.process) {
        (Some(unit), _) => unit_is_active(unit, place, deadline),
        (None, Some(name)) => {
            let count = processes::list(place)
                .iter()
                .filter(|process| process.is_named(name))
                .count();
            let found = format!("{count} processes named {name}");
            match count >= usize::from(check.at_least.unwrap_or(1)) {
                true => Tried::Right(found),
                false => Tried::Wrong(found),
            }
        }
        (None, None) => Tried::Not("neither a unit nor a process is named".to_owned()),
    }
}

fn unit_is_active(unit: &str, place: &Place, deadline: Deadline) -> Tried {
    let argv = ["systemctl", "is-active", "--", unit].map(str::to_owned);
    match command::run(place.command(&argv), deadline) {
        Err(error) => Tried::Not(format!("systemctl cannot be run: {error}")),
        Ok((None, _)) => Tried::Wrong("systemctl did not answer in time".to_owned()),
        Ok((Some(status), output)) => {
            let said = shorten(&String::from_utf8_lossy(&output));
            // Without systemd as process 1, systemctl says so: then units are no way to tell.
            let offline = said.contains("not been booted with systemd")
                || said.contains("Failed to connect to bus");
            match (status.success(), offline) {
                (true, _) => Tried::Right(said),
                (false, true) => Tried::Not(said),
                (false, false) => Tried::Wrong(said),
            }
        }
    }
}
