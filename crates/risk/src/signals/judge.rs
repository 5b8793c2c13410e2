//! What the facts mean: three decision points of SSVC, each with the reason.
//!
//! The order of evidence is that of SSVC's guidance: what somebody saw counts before what somebody says can be done, and
//! that before what the kind of flaw suggests. A guess says that it is one.

use super::Signals;
use crate::cvss::Version;
use crate::ssvc::{Point, Source, Value};

/// State of exploitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exploitation {
    /// Nobody told, and nobody said that they looked.
    Unknown,
    /// Somebody looked and found nothing.
    None,
    /// There is a public proof of concept, or a well-known method.
    Poc,
    /// It is exploited.
    Active,
}

/// What an attacker gains over the component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TechnicalImpact {
    /// Some control, or knowledge.
    Partial,
    /// Total control, or all that it knows.
    Total,
}

/// A conclusion with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged<T> {
    /// The conclusion.
    pub value: T,
    /// The fact that it stands on, in words.
    pub reason: String,
    /// It follows from the kind of flaw rather than from something that somebody observed.
    pub guess: bool,
}

/// Kinds of flaw with a well-known way to exploit them, for which no specific proof of concept is needed: the rows
/// marked so in CERTCC/SSVC, data/csvs/cwe.
const WELL_KNOWN: &[u32] = &[
    22, 59, 77, 78, 79, 88, 89, 91, 209, 276, 294, 307, 312, 319, 330, 331, 352, 425, 426, 427,
    428, 434, 444, 521, 522, 532, 611, 639, 776, 798, 916, 918, 1188, 1236, 1321, 1333,
];

impl Signals {
    /// Exploitation: active by a catalogue, by CISA's SSVC or by a v4 threat metric; else public proof of concept by
    /// CISA, a reference, a threat metric or (a guess) the kind of flaw; else none, when somebody looked; else unknown.
    pub fn exploitation(&self) -> Judged<Exploitation> {
        self.active()
            .or_else(|| self.proof_of_concept())
            .or_else(|| self.nothing_found())
            .unwrap_or_else(|| Judged {
                value: Exploitation::Unknown,
                reason: "nobody told whether it is exploited".to_owned(),
                guess: false,
            })
    }

    /// Whether the steps of an attack can be automated: by CISA's SSVC, by the supplemental metric of a v4 vector, or (a
    /// guess) by whether an attack over the network needs neither account nor victim. `None` is unknown.
    pub fn automatable(&self) -> Option<Judged<bool>> {
        let word = |value| {
            if value {
                "automatable"
            } else {
                "not automatable"
            }
        };
        if let Some((ssvc, value)) = self.ssvc.as_ref().and_then(|s| Some((s, s.automatable?))) {
            return Some(observed(
                value,
                format!("{} says {}", ssvc.source, word(value)),
            ));
        }
        let supplemental = self.cvss.iter().find_map(|stated| {
            let value = stated.vector.get("AU")?;
            Some((stated, value == "Y", value))
        });
        if let Some((stated, value, metric)) =
            supplemental.filter(|(s, ..)| s.vector.version() == Version::V40)
        {
            return Some(observed(
                value,
                format!("{} states AU:{metric} in its vector", stated.source),
            ));
        }
        let stated = self.cvss.first()?;
        let none = |metric| matches!(stated.vector.get(metric), None | Some("N"));
        let network = stated.vector.get("AV") == Some("N");
        let value = network && none("PR") && none("Au") && none("UI");
        Some(Judged {
            value,
            reason: format!(
                "guessed from the vector of {}: {}",
                stated.source,
                match value {
                    true => "over the network, without account or victim",
                    false => "it needs nearness, an account or a victim",
                }
            ),
            guess: true,
        })
    }

    /// What an attacker gains: by CISA's SSVC, or (a guess) by the impact on confidentiality and integrity and the
    /// privileges needed, as SSVC maps CVSS v4 (`cvssv4_to_technical_impact_1_0_0`). `None` is unknown.
    pub fn technical_impact(&self) -> Option<Judged<TechnicalImpact>> {
        let word = |value| match value {
            TechnicalImpact::Total => "total",
            TechnicalImpact::Partial => "partial",
        };
        if let Some((ssvc, value)) = self
            .ssvc
            .as_ref()
            .and_then(|s| Some((s, s.technical_impact?)))
        {
            return Some(observed(
                value,
                format!("{} says {} impact", ssvc.source, word(value)),
            ));
        }
        let stated = self.cvss.first()?;
        let (confidentiality, integrity) = match stated.vector.version() {
            Version::V40 => ("VC", "VI"),
            _ => ("C", "I"),
        };
        let level = |metric| match stated.vector.get(metric) {
            Some("H" | "C") => 2,
            Some("L" | "P") => 1,
            _ => 0,
        };
        let free = matches!(
            stated.vector.get("PR").or_else(|| stated.vector.get("Au")),
            Some("N")
        );
        let value = match (level(confidentiality), level(integrity)) {
            (2, 2) => TechnicalImpact::Total,
            (2, 1) | (1, 2) if free => TechnicalImpact::Total,
            _ => TechnicalImpact::Partial,
        };
        Some(Judged {
            value,
            reason: format!(
                "guessed from the vector of {}: {} impact",
                stated.source,
                word(value)
            ),
            guess: true,
        })
    }

    /// The decision points that signals answer, for any table: exploitation, automatable, technical impact, and whether
    /// CISA's catalogue lists it. What is not known is left out, and so unknown to the table.
    pub fn points(&self) -> Vec<(&'static str, Point)> {
        let mut points = vec![("ssvc:E:1.1.0", self.exploitation().point())];
        points.extend(
            self.automatable()
                .map(|judged| ("ssvc:A:2.0.0", judged.point())),
        );
        points.extend(
            self.technical_impact()
                .map(|judged| ("ssvc:TI:1.0.0", judged.point())),
        );
        let cisa = self
            .kev
            .iter()
            .find(|kev| kev.asserter.eq_ignore_ascii_case("CISA"));
        let (value, reason) = match cisa.map(|kev| kev.added) {
            Some(Some(added)) => ("Y", format!("in CISA's KEV catalogue since {added}")),
            Some(None) => ("Y", "in CISA's KEV catalogue".to_owned()),
            None => ("N", "not in CISA's KEV catalogue".to_owned()),
        };
        points.push(("cisa:KEV:1.0.0", Point::new(value, Source::Signal(reason))));
        points
    }

    fn active(&self) -> Option<Judged<Exploitation>> {
        let active = |reason| observed(Exploitation::Active, reason);
        if let Some(kev) = self
            .kev
            .iter()
            .min_by_key(|kev| (kev.added.is_none(), kev.added))
        {
            let since = kev
                .added
                .map_or(String::new(), |day| format!(" since {day}"));
            return Some(active(format!(
                "in the KEV catalogue of {}{since}",
                kev.asserter
            )));
        }
        if let Some(ssvc) = &self.ssvc
            && ssvc.exploitation == Some(Exploitation::Active)
        {
            return Some(active(format!("{} says active", ssvc.source)));
        }
        let attacked = self.cvss.iter().find(|stated| {
            stated.vector.version() == Version::V40 && stated.vector.get("E") == Some("A")
        })?;
        Some(active(format!(
            "{} states E:A in its vector",
            attacked.source
        )))
    }

    fn proof_of_concept(&self) -> Option<Judged<Exploitation>> {
        let poc = |reason| observed(Exploitation::Poc, reason);
        if let Some(ssvc) = &self.ssvc
            && ssvc.exploitation == Some(Exploitation::Poc)
        {
            return Some(poc(format!("{} says public proof of concept", ssvc.source)));
        }
        if let Some(exploit) = self.exploits.first() {
            return Some(poc(format!("{} refers to {}", exploit.source, exploit.url)));
        }
        let shown = self.cvss.iter().find_map(|stated| {
            let metric = stated.vector.get("E")?;
            matches!(metric, "P" | "POC" | "F" | "H").then_some((stated, metric))
        });
        if let Some((stated, metric)) = shown {
            return Some(poc(format!(
                "{} states E:{metric} in its vector",
                stated.source
            )));
        }
        let number = |cwe: &&String| cwe.strip_prefix("CWE-").and_then(|n| n.parse::<u32>().ok());
        let known = |cwe: &&String| number(cwe).is_some_and(|number| WELL_KNOWN.contains(&number));
        self.cwes.iter().find(known).map(|cwe| Judged {
            value: Exploitation::Poc,
            reason: format!("guessed: {cwe} has a well-known method of exploitation"),
            guess: true,
        })
    }

    fn nothing_found(&self) -> Option<Judged<Exploitation>> {
        let none = |reason| observed(Exploitation::None, reason);
        if let Some(ssvc) = &self.ssvc
            && ssvc.exploitation == Some(Exploitation::None)
        {
            return Some(none(format!("{} says none", ssvc.source)));
        }
        let searched = self.searched.as_ref()?;
        Some(none(format!(
            "{} searched on {} and found none",
            searched.by, searched.date
        )))
    }
}

impl Judged<Exploitation> {
    /// As a value of SSVC's Exploitation 1.1.0. Unknown is none or public proof of concept, whichever is worse: had it
    /// been active, the catalogues are where that would show.
    pub fn point(&self) -> Point {
        let value = match self.value {
            Exploitation::Active => Value::Is("A".to_owned()),
            Exploitation::Poc => Value::Is("P".to_owned()),
            Exploitation::None => Value::Is("N".to_owned()),
            Exploitation::Unknown => Value::OneOf(vec!["N".to_owned(), "P".to_owned()]),
        };
        Point {
            value,
            source: Source::Signal(self.reason.clone()),
        }
    }
}

impl Judged<bool> {
    /// As a value of SSVC's Automatable 2.0.0.
    pub fn point(&self) -> Point {
        let value = if self.value { "Y" } else { "N" };
        Point::new(value, Source::Signal(self.reason.clone()))
    }
}

impl Judged<TechnicalImpact> {
    /// As a value of SSVC's Technical Impact 1.0.0.
    pub fn point(&self) -> Point {
        let value = match self.value {
            TechnicalImpact::Partial => "P",
            TechnicalImpact::Total => "T",
        };
        Point::new(value, Source::Signal(self.reason.clone()))
    }
}

fn observed<T>(value: T, reason: String) -> Judged<T> {
    Judged {
        value,
        reason,
        guess: false,
    }
}
