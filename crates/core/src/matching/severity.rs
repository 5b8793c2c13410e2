//! Chooses one severity and keeps all.
//!
//! The rule: publishers are asked in the order in which they count (the one that decided first, then the others by rank).
//! The first that states a CVSS vector is the one: band, number, vector and source are all its own, and the band is that
//! of the number. A vector of its own counts before one that its record repeats from somebody else, and a newer CVSS
//! version before an older one. Words (`important`, `low`) count only where nobody states a vector: a word is made for
//! one publisher's own use and says less than the flaw's score, so it must not hide a critical one. Everything that is
//! stated is kept ([`all`]).

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
    sources
        .iter()
        .find_map(scored)
        .or_else(|| sources.iter().find_map(worded))
        .unwrap_or_default()
}

/// The vector that a publisher's record counts by.
fn scored(source: &Source<'_>) -> Option<Severity> {
    let version = |stated: &Stated| match stated.kind {
        SeverityKind::CvssV4 => 3,
        SeverityKind::CvssV3 if stated.value.starts_with("CVSS:3.1") => 2,
        SeverityKind::CvssV3 => 1,
        _ => 0,
    };
    let vectors = source.severities.iter().filter_map(|stated| {
        let who = who(stated, source.publisher);
        let rank = (who == source.publisher, version(stated));
        Some((rank, score(stated)?, stated, who))
    });
    let best = vectors.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.map(|(_, score, stated, source)| Severity {
        level: level_of(score),
        score: Some(score),
        vector: Some(stated.value.clone()),
        source,
    })
}

/// The word that a publisher's record counts by.
fn worded(source: &Source<'_>) -> Option<Severity> {
    source.severities.iter().find_map(|stated| {
        Some(Severity {
            level: word(stated)?,
            source: who(stated, source.publisher),
            ..Severity::default()
        })
    })
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
    band_of_word(&stated.value)
}

/// The band that a word names, whoever uses it.
pub fn band_of_word(word: &str) -> Option<SeverityLevel> {
    Some(match word.trim().to_lowercase().as_str() {
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

    const CRITICAL: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N";
    const HIGH: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H";
    const V4: &str = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N";

    fn vector(value: &str, source: &str) -> Stated {
        let kind = match value.starts_with("CVSS:4") {
            true => SeverityKind::CvssV4,
            false => SeverityKind::CvssV3,
        };
        Stated {
            source: source.into(),
            ..stated(kind, value)
        }
    }

    fn source<'a>(publisher: &'a str, severities: &[&'a Stated]) -> Source<'a> {
        Source {
            publisher,
            severities: severities.to_vec(),
        }
    }

    fn told(sources: &[Source<'_>]) -> (SeverityLevel, Option<f64>, Option<String>, String) {
        let chosen = choose(sources);
        (chosen.level, chosen.score, chosen.vector, chosen.source)
    }

    fn is(
        level: SeverityLevel,
        score: f64,
        vector: &str,
        source: &str,
    ) -> (SeverityLevel, Option<f64>, Option<String>, String) {
        (level, Some(score), Some(vector.into()), source.into())
    }

    /// CVE-2024-38475: Apache says `important` and no vector, CISA's container in the same record says 9.1.
    #[test]
    fn a_word_does_not_hide_the_score_of_another_and_all_parts_are_of_one_publisher() {
        let (important, low) = (
            stated(SeverityKind::Word, "important"),
            stated(SeverityKind::Word, "low"),
        );
        let cisa = vector(CRITICAL, "CISA-ADP");
        let expected = is(SeverityLevel::Critical, 9.1, CRITICAL, "CISA-ADP");
        let sources = [source("apache", &[&important, &cisa])];
        assert_eq!(told(&sources), expected);
        let sources = [
            source("Debian", &[&low]),
            source("apache", &[&important, &cisa]),
        ];
        assert_eq!(told(&sources), expected);
        let kept: Vec<_> = all(&sources)
            .into_iter()
            .map(|s| (s.source, s.value))
            .collect();
        let kept: Vec<_> = kept.iter().map(|(s, v)| (s.as_str(), v.as_str())).collect();
        let everything = [
            ("Debian", "low"),
            ("apache", "important"),
            ("CISA-ADP", CRITICAL),
        ];
        assert_eq!(kept, everything);
    }

    #[test]
    fn the_band_is_that_of_the_number_where_a_publisher_says_both() {
        let moderate = stated(SeverityKind::Word, "MODERATE");
        let high = vector(HIGH, "");
        let critical = vector(CRITICAL, "");
        let sources = [
            source("GitHub", &[&moderate, &high]),
            source("NVD", &[&critical]),
        ];
        assert_eq!(told(&sources), is(SeverityLevel::High, 7.5, HIGH, "GitHub"));
    }

    #[test]
    fn an_own_vector_counts_before_a_repeated_one_and_a_newer_version_before_an_older() {
        let (own, repeated, newer) = (vector(HIGH, ""), vector(V4, "acme"), vector(V4, ""));
        let sources = [source("NVD", &[&repeated, &own])];
        assert_eq!(told(&sources).3, "NVD");
        let sources = [source("NVD", &[&own, &newer])];
        assert_eq!(told(&sources).2.as_deref(), Some(V4));
    }

    #[test]
    fn words_count_where_nobody_scores_and_one_that_tells_nothing_is_passed_over() {
        let nothing = stated(SeverityKind::Word, "not yet assigned");
        let low = stated(SeverityKind::Word, "low");
        let broken = stated(SeverityKind::CvssV3, "CVSS:3.1/AV:N");
        let sources = [source("Debian", &[&nothing]), source("x", &[&broken, &low])];
        assert_eq!(told(&sources), (SeverityLevel::Low, None, None, "x".into()));
        assert_eq!(choose(&[]).level, SeverityLevel::Unknown);
    }
}
