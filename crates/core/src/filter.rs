//! Which findings a user wants to see.

use patchward_protocol::report::{Finding, FindingStatus, SeverityLevel};

use crate::ignore::{has_id, is_package};
use crate::rank::exploited;

/// What to show; the default shows everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// At least this severity. A severity that nobody states passes every filter.
    pub severity: Option<SeverityLevel>,
    /// Only those with a fix that can be reached.
    pub fixable: bool,
    /// Only direct dependencies (and components whose source does not tell).
    pub direct: bool,
    /// Not those that are used for development only.
    pub runtime: bool,
    /// Only those known to be exploited.
    pub kev: bool,
    /// Only these packages (names or purls); empty means all.
    pub packages: Vec<String>,
    /// Only these vulnerabilities, by any id; empty means all.
    pub ids: Vec<String>,
}

impl Filter {
    /// Whether a finding is wanted.
    pub fn passes(&self, finding: &Finding) -> bool {
        self.severity.is_none_or(|least| at_least(finding, least))
            && (!self.fixable || finding.status == FindingStatus::Fixable)
            && (!self.direct || finding.component.direct != Some(false))
            && (!self.runtime || finding.component.development != Some(true))
            && (!self.kev || exploited(finding))
            && (self.packages.is_empty()
                || self
                    .packages
                    .iter()
                    .any(|name| is_package(&finding.component, name)))
            && (self.ids.is_empty() || self.ids.iter().any(|id| has_id(finding, id)))
    }
}

/// Whether a finding is at least that severe; an unknown severity is.
pub fn at_least(finding: &Finding, least: SeverityLevel) -> bool {
    finding.severity.level == SeverityLevel::Unknown || finding.severity.level >= least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_severity_passes_every_threshold() {
        let filter = Filter {
            severity: Some(SeverityLevel::Critical),
            ..Filter::default()
        };
        let mut finding = Finding::default();
        assert!(filter.passes(&finding));
        finding.severity.level = SeverityLevel::High;
        assert!(!filter.passes(&finding));
    }

    #[test]
    fn a_component_that_does_not_say_counts_as_direct() {
        let filter = Filter {
            direct: true,
            ..Filter::default()
        };
        let mut finding = Finding::default();
        assert!(filter.passes(&finding));
        finding.component.direct = Some(false);
        assert!(!filter.passes(&finding));
    }
}
