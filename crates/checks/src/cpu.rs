//! Processor time: of a control group, or of processes.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::place::Place;

/// The processor time that a control group used so far: `cpu.stat` of version 2, `cpuacct.usage` of version 1.
///
/// # Errors
/// When the folder is no control group with either.
pub fn of_cgroup(folder: &Path) -> io::Result<Duration> {
    let wrong = || {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "the control group does not tell its processor time",
        )
    };
    if let Ok(text) = fs::read_to_string(folder.join("cpu.stat"))
        && let Some(micros) = text
            .lines()
            .find_map(|line| line.strip_prefix("usage_usec "))
    {
        return micros
            .trim()
            .parse()
            .map(Duration::from_micros)
            .map_err(|_| wrong());
    }
    let text = fs::read_to_string(folder.join("cpuacct.usage"))?;
    text.trim()
        .parse()
        .map(Duration::from_nanos)
        .map_err(|_| wrong())
}

/// The processor time that these processes, and the children that they waited for, used so far. Processes that are gone
/// do not count any more: give those that last.
#[must_use]
pub fn of_processes(place: &Place, pids: &[u32]) -> Duration {
    let stat = |pid: &u32| fs::read_to_string(place.proc(format!("{pid}/stat"))).ok();
    let ticks: u64 = pids
        .iter()
        .filter_map(stat)
        .filter_map(|text| ticks(&text))
        .sum();
    let each = rustix::param::clock_ticks_per_second().max(1);
    Duration::from_micros(ticks.saturating_mul(1_000_000) / each)
}

/// `utime`, `stime`, `cutime` and `cstime` of proc_pid_stat(5), in ticks. The name may hold spaces and brackets.
fn ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields = rest.split(' ').skip(11).take(4);
    fields
        .map(|field| field.parse::<i64>().ok().map(i64::unsigned_abs))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_groups_of_both_versions_tell_their_time() {
        let folder = tempfile::tempdir().unwrap();
        assert!(of_cgroup(folder.path()).is_err());
        fs::write(folder.path().join("cpuacct.usage"), "2500\n").unwrap();
        assert_eq!(
            of_cgroup(folder.path()).unwrap(),
            Duration::from_nanos(2500)
        );
        fs::write(
            folder.path().join("cpu.stat"),
            "usage_usec 7\nuser_usec 3\n",
        )
        .unwrap();
        assert_eq!(of_cgroup(folder.path()).unwrap(), Duration::from_micros(7));
    }

    #[test]
    fn the_name_of_a_process_does_not_confuse() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 20 0";
        assert_eq!(ticks(stat), Some(11 + 12 + 13 + 14));
        assert_eq!(ticks("nothing"), None);
    }

    #[test]
    fn this_process_used_some_time() {
        let begun = std::time::Instant::now();
        while begun.elapsed() < Duration::from_millis(60) {}
        assert!(of_processes(&Place::here(), &[std::process::id()]) > Duration::ZERO);
    }
}
