//! What the facts mean: three decision points of SSVC, each with the reason.
//!
//! The order of evidence is that of SSVC's guidance: what somebody saw counts before what somebody says can be done, and
//! that before what the kind of flaw suggests. A guess says that it is one.

use std::borrow::Cow;

use super::Signals;
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
    pub reason: Cow<'static, str>,
    /// It follows from the kind of flaw rather than from something that somebody observed.
    pub guess: bool,
}

impl Signals {
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
            source: Source::Signal(self.reason.to_string()),
        }
    }
}

impl Judged<bool> {
    /// As a value of SSVC's Automatable 2.0.0.
    pub fn point(&self) -> Point {
        let value = if self.value { "Y" } else { "N" };
        Point::new(value, Source::Signal(self.reason.to_string()))
    }
}

impl Judged<TechnicalImpact> {
    /// As a value of SSVC's Technical Impact 1.0.0.
    pub fn point(&self) -> Point {
        let value = match self.value {
            TechnicalImpact::Partial => "P",
            TechnicalImpact::Total => "T",
        };
        Point::new(value, Source::Signal(self.reason.to_string()))
    }
}

pub(super) fn observed<T>(value: T, reason: String) -> Judged<T> {
    Judged {
        value,
        reason: reason.into(),
        guess: false,
    }
}
