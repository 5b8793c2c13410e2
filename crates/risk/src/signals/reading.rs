//! Checks facts that came from outside.

use jiff::civil::Date;

use super::epss::EpssSeries;
use super::judge::{Exploitation, TechnicalImpact};
use super::{Epss, Exploit, Kev, Searched, Signals, SsvcSignal, StatedVector};
use crate::cvss::Vector;

/// Most facts of one kind; more are counted as one problem.
const MOST: usize = 1000;

/// Vulnrichment's words.
const EXPLOITATION: &[(&str, Exploitation)] = &[
    ("active", Exploitation::Active),
    ("poc", Exploitation::Poc),
    ("public poc", Exploitation::Poc),
    ("none", Exploitation::None),
];
const AUTOMATABLE: &[(&str, bool)] = &[("yes", true), ("no", false)];
const IMPACT: &[(&str, TechnicalImpact)] = &[
    ("total", TechnicalImpact::Total),
    ("partial", TechnicalImpact::Partial),
];

/// A fact, or a part of one, that was not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `EPSS, score`, `KEV entry of CISA, added`.
    pub place: String,
    /// What is wrong with it.
    pub what: String,
}

/// `EPSS, score: 1.2 is not between 0 and 1`.
impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl Problem {
    pub(super) fn out_of_range(place: String, found: f64) -> Problem {
        Problem {
            place,
            what: format!("{found} is not between 0 and 1"),
        }
    }

    pub(super) fn future(place: String, found: Date, today: Date) -> Problem {
        Problem {
            place,
            what: format!("{found} is in the future (today is {today})"),
        }
    }
}

/// Collects the facts about one vulnerability and checks each.
#[derive(Debug)]
pub struct Reading {
    today: Date,
    signals: Signals,
    problems: Vec<Problem>,
}

impl Reading {
    /// Begins; `today` is the last day that a fact may be of. A day more is allowed for other time zones.
    pub fn new(today: Date) -> Reading {
        Reading {
            today,
            signals: Signals::default(),
            problems: Vec::new(),
        }
    }

    /// An EPSS score of a day (`YYYY-MM-DD`), and its history where there is one. The newest score counts.
    pub fn epss(
        mut self,
        score: f64,
        percentile: f64,
        date: &str,
        model: &str,
        history: &EpssSeries,
    ) -> Reading {
        let date = self.past("EPSS, date", date);
        let probability = |value: f64| (0.0..=1.0).contains(&value);
        for (place, value) in [("EPSS, score", score), ("EPSS, percentile", percentile)] {
            if !probability(value) {
                self.problems
                    .push(Problem::out_of_range(place.to_owned(), value));
            }
        }
        let newer = |date: &Date| {
            self.signals
                .epss
                .as_ref()
                .is_none_or(|known| known.date < *date)
        };
        if let (Some(date), true, true) = (
            date.filter(newer),
            probability(score),
            probability(percentile),
        ) {
            self.signals.epss = Some(Epss {
                score,
                percentile,
                date,
                model: model.to_owned(),
                trend: history.trend(),
            });
        }
        self
    }

    /// An entry of a catalogue of known exploited vulnerabilities. It counts even when its dates cannot be: those are
    /// then unknown.
    pub fn kev(
        mut self,
        asserter: &str,
        added: &str,
        due: Option<&str>,
        ransomware: bool,
    ) -> Reading {
        let added = self.past(&format!("KEV entry of {asserter}, added"), added);
        let place = format!("KEV entry of {asserter}, due");
        let mut due = due.and_then(|due| self.date(&place, due));
        if let (Some(day), Some(added)) = (due, added)
            && day < added
        {
            self.problem(
                &place,
                format!("{day} is before the day it was added, {added}"),
            );
            due = None;
        }
        let kev = Kev {
            asserter: asserter.to_owned(),
            added,
            due,
            ransomware,
        };
        let (kevs, problems) = (&mut self.signals.kev, &mut self.problems);
        push(kevs, kev, "KEV entries", problems);
        self
    }

    /// A reference to an exploit.
    pub fn exploit(mut self, source: &str, url: &str) -> Reading {
        let exploit = Exploit {
            url: url.to_owned(),
            source: source.to_owned(),
        };
        push(
            &mut self.signals.exploits,
            exploit,
            "exploit references",
            &mut self.problems,
        );
        self
    }

    /// Decision points of Vulnrichment, in its words (`none`, `poc`, `active`; `yes`, `no`; `partial`, `total`); an empty
    /// word is unknown. With a date, the newest counts.
    pub fn ssvc(
        mut self,
        source: &str,
        date: Option<&str>,
        exploitation: &str,
        automatable: &str,
        technical_impact: &str,
    ) -> Reading {
        let place = format!("SSVC of {source}");
        let date = match date {
            Some(date) => match self.past(&format!("{place}, date"), date) {
                Some(date) => Some(date),
                None => return self, // a decision of tomorrow is none
            },
            None => None,
        };
        let exploitation = self.word(&place, "exploitation", exploitation, EXPLOITATION);
        let automatable = self.word(&place, "automatable", automatable, AUTOMATABLE);
        let technical_impact = self.word(&place, "technical impact", technical_impact, IMPACT);
        if self
            .signals
            .ssvc
            .as_ref()
            .is_none_or(|known| known.date <= date)
        {
            self.signals.ssvc = Some(SsvcSignal {
                source: source.to_owned(),
                date,
                said_by: match date {
                    Some(date) => format!("{source} ({date})"),
                    None => source.to_owned(),
                },
                exploitation,
                automatable,
                technical_impact,
            });
        }
        self
    }

    /// A CVSS vector, the one that counts first.
    pub fn cvss(mut self, source: &str, vector: &str) -> Reading {
        match Vector::parse(vector) {
            Ok(vector) => {
                let stated = StatedVector {
                    source: source.to_owned(),
                    vector,
                };
                push(
                    &mut self.signals.cvss,
                    stated,
                    "CVSS vectors",
                    &mut self.problems,
                );
            }
            Err(error) => self.problem(&format!("CVSS vector of {source}"), error.to_string()),
        }
        self
    }

    /// A weakness: `CWE-89`.
    pub fn cwe(mut self, id: &str) -> Reading {
        push(
            &mut self.signals.cwes,
            id.to_owned(),
            "weaknesses",
            &mut self.problems,
        );
        self
    }

    /// Somebody searched for exploits.
    pub fn searched(mut self, by: &str, date: &str) -> Reading {
        if let Some(date) = self.past(&format!("search by {by}, date"), date) {
            self.signals.searched = Some(Searched {
                by: by.to_owned(),
                date,
            });
        }
        self
    }

    /// What could be used, and what could not.
    pub fn finish(self) -> (Signals, Vec<Problem>) {
        (self.signals, self.problems)
    }

    fn date(&mut self, place: &str, text: &str) -> Option<Date> {
        // A timestamp names its day first.
        let day = text.get(..10).unwrap_or(text);
        match day.parse() {
            Ok(date) => Some(date),
            Err(_) => {
                let found: String = text.chars().take(40).collect();
                self.problem(place, format!("{found:?} is not a date (YYYY-MM-DD)"));
                None
            }
        }
    }

    /// A date that is not in the future; tomorrow may be today elsewhere.
    fn past(&mut self, place: &str, text: &str) -> Option<Date> {
        let date = self.date(place, text)?;
        if date > self.today.tomorrow().unwrap_or(self.today) {
            self.problems
                .push(Problem::future(place.to_owned(), date, self.today));
            return None;
        }
        Some(date)
    }

    fn word<T: Copy>(
        &mut self,
        place: &str,
        what: &str,
        word: &str,
        meanings: &[(&str, T)],
    ) -> Option<T> {
        let lower = word.trim().to_ascii_lowercase();
        if lower.is_empty() {
            return None;
        }
        let found = meanings.iter().find(|(known, _)| *known == lower);
        if found.is_none() {
            let word: String = word.chars().take(40).collect();
            self.problem(
                &format!("{place}, {what}"),
                format!("unknown value {word:?}"),
            );
        }
        found.map(|(_, value)| *value)
    }

    fn problem(&mut self, place: &str, what: String) {
        self.problems.push(Problem {
            place: place.to_owned(),
            what,
        });
    }
}

/// Adds what is not there yet, within the limit.
fn push<T: PartialEq>(list: &mut Vec<T>, item: T, what: &str, problems: &mut Vec<Problem>) {
    if list.len() < MOST {
        if !list.contains(&item) {
            list.push(item);
        }
    } else if !problems.iter().any(|known| known.place == what) {
        problems.push(Problem {
            place: what.to_owned(),
            what: format!("more than {MOST}, the rest is left out"),
        });
    }
}
