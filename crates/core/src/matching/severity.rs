//! Chooses one severity and keeps all.
//!
//! The rule: the statements are asked in the order in which they count (the one that decided first, then the other
//! publishers by rank); the first that states anything gives the band, by its own word where it has one (a
//! distribution knows how it builds the package), else by its CVSS vector, newest version first. The number and
//! vector come from the same publisher, or from the first that has a vector where it has none.

use patchward_advisory::model::{Severity as Stated, SeverityKind};
use patchward_protocol::report::{Severity, SeverityLevel, StatedSeverity};
use patchward_risk::cvss::Vector;

/// What one publisher states.
pub struct Source<'a> {
    /// Its name.
    pub publisher: &'a str,
    /// What it states, of the package first.
    pub severities: Vec<&'a Stated>,
}

/// Applies the rule.
pub fn choose(sources: &[Source<'_>]) -> Severity {
    let mut chosen = Severity::default();
    for source in sources {
        let word = source.severities.iter().find_map(|stated| {
            let level = word(stated)?;
            Some((level, who(stated, source.publisher)))
        });
        let vector = best_vector(source);
        if chosen.level == SeverityLevel::Unknown {
            if let Some((level, who)) = &word {
                chosen.level = *level;
                chosen.source = who.clone();
            } else if let Some((score, _, who)) = &vector {
                chosen.level = level_of(*score);
                chosen.source = who.clone();
            }
        }
        if let (None, Some((score, text, _))) = (chosen.score, vector) {
            chosen.score = Some(score);
            chosen.vector = Some(text);
        }
    }
    chosen
}

/// Everything stated, each once.
pub fn all(sources: &[Source<'_>]) -> Vec<StatedSeverity> {
    let mut found: Vec<StatedSeverity> = Vec::new();
    for source in sources {
        for stated in &source.severities {
            let stated = StatedSeverity {
                source: who(stated, source.publisher),
                value: stated.value.clone(),
                score: score(stated),
            };
            if !found.contains(&stated) {
                found.push(stated);
            }
        }
    }
    found
}

fn who(stated: &Stated, publisher: &str) -> String {
    match stated.source.as_str() {
        "" => publisher.to_owned(),
        source => source.to_owned(),
    }
}

fn best_vector(source: &Source<'_>) -> Option<(f64, String, String)> {
    let rank = |stated: &Stated| match stated.kind {
        SeverityKind::CvssV4 => 3,
        SeverityKind::CvssV3 if stated.value.starts_with("CVSS:3.1") => 2,
        SeverityKind::CvssV3 => 1,
        _ => 0,
    };
    let vectors = source.severities.iter().filter_map(|stated| {
        let score = score(stated)?;
        Some((
            rank(stated),
            score,
            stated.value.clone(),
            who(stated, source.publisher),
        ))
    });
    vectors
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, score, text, who)| (score, text, who))
}

fn score(stated: &Stated) -> Option<f64> {
    match stated.kind {
        SeverityKind::Word => None,
        _ => Some(Vector::parse(&stated.value).ok()?.score().value()),
    }
}

/// Bands of CVSS 3.1 section 5 and CVSS 4.0 section 6; CVSS 2 scores are read by the same bands.
fn level_of(score: f64) -> SeverityLevel {
    match score {
        s if s >= 9.0 => SeverityLevel::Critical,
        s if s >= 7.0 => SeverityLevel::High,
        s if s >= 4.0 => SeverityLevel::Medium,
        s if s > 0.0 => SeverityLevel::Low,
        _ => SeverityLevel::None,
    }
}

/// The band of a publisher's word; a word that tells no severity (`not yet assigned`) is none.
fn word(stated: &Stated) -> Option<SeverityLevel> {
    if stated.kind != SeverityKind::Word {
        return None;
    }
    Some(match stated.value.trim().to_lowercase().as_str() {
        "critical" => SeverityLevel::Critical,
        "high" | "important" => SeverityLevel::High,
        "medium" | "moderate" => SeverityLevel::Medium,
        "low" | "unimportant" | "negligible" | "minor" => SeverityLevel::Low,
        "none" => SeverityLevel::None,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(kind: SeverityKind, value: &str) -> Stated {
        Stated {
            kind,
            value: value.into(),
            source: String::new(),
        }
    }

    #[test]
    fn the_word_of_the_one_that_counts_gives_the_band_and_the_next_vector_the_number() {
        let word = stated(SeverityKind::Word, "low");
        let vector = stated(
            SeverityKind::CvssV3,
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        );
        let sources = [
            Source {
                publisher: "Debian",
                severities: vec![&word],
            },
            Source {
                publisher: "NVD",
                severities: vec![&vector],
            },
        ];
        let chosen = choose(&sources);
        assert_eq!(chosen.level, SeverityLevel::Low);
        assert_eq!(chosen.source, "Debian");
        assert_eq!(chosen.score, Some(9.8));
        assert_eq!(all(&sources).len(), 2);
        assert_eq!(choose(&[]).level, SeverityLevel::Unknown);
    }

    #[test]
    fn words_that_tell_nothing_are_passed_over() {
        let word = stated(SeverityKind::Word, "not yet assigned");
        let vector = stated(
            SeverityKind::CvssV3,
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L",
        );
        let sources = [Source {
            publisher: "x",
            severities: vec![&word, &vector],
        }];
        assert_eq!(choose(&sources).level, SeverityLevel::Medium);
    }
}
