//! Until when the release of an operating system gets security updates, by the feed of life cycles.

use jiff::civil::Date;
use patchward_knowledge::Knowledge;
use patchward_protocol::inventory::OperatingSystem;
use patchward_protocol::report::Support;

use crate::matching;

/// The support of a release on a day; `None` where nobody tells, which is not the same as ended.
pub fn support(os: &OperatingSystem, knowledge: &Knowledge, today: Date) -> Option<Support> {
    let cycles = knowledge.lifecycles(matching::product(os)?);
    of(matching::support(os, &cycles, &today.to_string()))
}

fn of(state: matching::Support) -> Option<Support> {
    Some(match state {
        matching::Support::Supported { until } => Support {
            until,
            ..Support::default()
        },
        matching::Support::Extended { until } => Support {
            ended: true,
            extended_until: Some(until),
            ..Support::default()
        },
        matching::Support::Ended { since } => Support {
            ended: true,
            until: since,
            ..Support::default()
        },
        matching::Support::Unknown => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_release_is_told_and_an_unknown_one_is_not_called_ended() {
        let since = Some("2018-06-17".to_owned());
        let ended = of(matching::Support::Ended {
            since: since.clone(),
        });
        assert_eq!(
            ended,
            Some(Support {
                ended: true,
                until: since,
                extended_until: None
            })
        );
        assert_eq!(of(matching::Support::Unknown), None);
        let supported = of(matching::Support::Supported { until: None });
        assert_eq!(supported, Some(Support::default()));
    }
}
