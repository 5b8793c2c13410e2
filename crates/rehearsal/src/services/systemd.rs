//! Services that systemd starts as the clone's first process.

use std::time::{Duration, Instant};

use super::{MAX_SERVICES, ServiceReport, Started, shorten};
use crate::clone::HostClone;
use crate::command::CommandSpec;
use crate::error::RunError;

/// Waits until systemd has started what it will, and tells what came of it.
pub(super) fn wait(clone: &HostClone, limit: Duration) -> Result<ServiceReport, RunError> {
    let mut report = ServiceReport::default();
    let begun = Instant::now();
    let ask = CommandSpec::new(["systemctl", "is-system-running"]).timeout(limit);
    loop {
        let state = clone.run(&ask)?.stdout_text();
        match state.trim() {
            "running" | "degraded" => break,
            other if begun.elapsed() > limit => {
                let seconds = limit.as_secs();
                report
                    .notes
                    .push(format!("systemd was not done after {seconds} s: {other}"));
                break;
            }
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
    }
    for (state, up) in [("running", true), ("failed", false)] {
        let list = [
            "systemctl",
            "list-units",
            "--type=service",
            "--plain",
            "--no-legend",
            "--no-pager",
        ];
        let spec = CommandSpec::new(
            list.iter()
                .copied()
                .chain([format!("--state={state}").as_str()])
                .map(str::to_owned),
        );
        let outcome = clone.run(&spec.timeout(limit))?;
        for line in outcome.stdout_text().lines().take(MAX_SERVICES) {
            let Some(name) = line.split_whitespace().next() else {
                continue;
            };
            let said = if up {
                String::new()
            } else {
                said_by_unit(clone, name, limit)?
            };
            report.services.push(Started {
                name: name.to_owned(),
                up,
                said,
            });
        }
    }
    Ok(report)
}

fn said_by_unit(clone: &HostClone, unit: &str, limit: Duration) -> Result<String, RunError> {
    let spec =
        CommandSpec::new(["systemctl", "status", "--no-pager", "--lines=20", unit]).timeout(limit);
    Ok(shorten(&clone.run(&spec)?.stdout_text()))
}
