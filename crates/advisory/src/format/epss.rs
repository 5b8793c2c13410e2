//! A day of EPSS scores (first.org/epss): a comment line with model version and date, a header, `cve,epss,percentile`.

use jiff::Timestamp;

use super::{MAX_COLLECTION, ReadError, Sink, cut, cve_id, text, time};
use crate::model::{Fact, Signal};

const EXPECTED: &str = "EPSS scores";

/// The comment line stands within so many bytes.
const HEAD: usize = 4096;

/// Most bad rows told one by one.
const MAX_PROBLEMS: usize = 100;

/// Reads the scores of a day. Scores and percentiles outside 0 to 1 are problems, not clamped.
///
/// # Errors
/// When the header line is missing.
pub fn visit(bytes: &[u8], feed: &str, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut lines = text(bytes, MAX_COLLECTION)?.lines().map(str::trim);
    let (head, header) = head(&mut lines);
    let Head { model, at } = head;
    if header != Some("cve,epss,percentile") {
        return Err(ReadError::Shape {
            expected: EXPECTED,
            found: format!("the header {:?}", cut(header.unwrap_or_default())),
        });
    }
    if at.is_none() {
        sink.problem("the comment line of the scores tells no date".into());
    }
    let mut bad = 0;
    for line in lines.filter(|line| !line.is_empty()) {
        match row(line) {
            Some((id, score, percentile)) => sink.signal(Signal {
                id: id.to_owned(),
                feed: feed.to_owned(),
                at,
                fact: Fact::Epss {
                    score,
                    percentile,
                    model: model.clone(),
                },
            }),
            None => {
                bad += 1;
                if bad <= MAX_PROBLEMS {
                    sink.problem(format!(
                        "not a CVE id with two numbers from 0 to 1: {}",
                        cut(line)
                    ));
                }
            }
        }
    }
    if bad > MAX_PROBLEMS {
        sink.problem(format!(
            "{} more rows could not be read",
            bad - MAX_PROBLEMS
        ));
    }
    Ok(())
}

/// The instant that the scores are of, as their comment line tells it; for a check before anything is taken in.
pub fn score_date(bytes: &[u8]) -> Option<Timestamp> {
    let start = bytes.get(..HEAD).unwrap_or(bytes);
    head(&mut String::from_utf8_lossy(start).lines().map(str::trim))
        .0
        .at
}

/// What the comment lines tell.
#[derive(Default)]
struct Head {
    model: String,
    at: Option<Timestamp>,
}

/// Reads up to the header, which is the second of the two.
fn head<'t>(lines: &mut impl Iterator<Item = &'t str>) -> (Head, Option<&'t str>) {
    let mut head = Head::default();
    for line in lines {
        let Some(comment) = line.strip_prefix('#') else {
            return (head, Some(line));
        };
        for field in comment.trim_start_matches('#').split(',') {
            match field.trim().split_once(':') {
                Some(("model_version", value)) => value.clone_into(&mut head.model),
                Some(("score_date", value)) => head.at = time::instant(&offset_with_colon(value)),
                _ => {}
            }
        }
    }
    (head, None)
}

/// Older files write the zone as `+0000`.
fn offset_with_colon(text: &str) -> String {
    text.strip_suffix("+0000")
        .map_or_else(|| text.to_owned(), |start| format!("{start}Z"))
}

fn row(line: &str) -> Option<(&str, f64, f64)> {
    let mut fields = line.split(',').map(str::trim);
    let id = fields.next().filter(|id| cve_id::is(id))?;
    let mut number = || {
        let value = fields.next()?.parse::<f64>().ok()?;
        (0.0..=1.0).contains(&value).then_some(value)
    };
    Some((id, number()?, number()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Records;

    const SEED: &str = "#model_version:v2025.03.14,score_date:2025-07-05T12:55:00Z\ncve,epss,percentile\n\
        CVE-2024-0001,0.5,0.9\nCVE-2024-0002,1.5,0.9\nCVE-2024-0003,NaN,0.9\nCVE-2024-0004,0.1\nx,0,0\n";

    #[test]
    fn rows_out_of_range_are_problems() {
        let mut records = Records::default();
        visit(SEED.as_bytes(), "epss", &mut records).unwrap();
        assert_eq!(records.signals.len(), 1);
        assert_eq!(records.problems.len(), 4);
        let signal = &records.signals[0];
        assert_eq!(signal.at, "2025-07-05T12:55:00Z".parse().ok());
        assert_eq!(score_date(SEED.as_bytes()), signal.at);
        assert_eq!(score_date(b"cve,epss,percentile"), None);
        assert!(
            matches!(&signal.fact, Fact::Epss { score: 0.5, percentile: 0.9, model } if model == "v2025.03.14")
        );
        assert!(visit(b"cve,score\n", "epss", &mut records).is_err());
        assert!(visit(b"", "epss", &mut records).is_err());
    }

    #[test]
    fn mutated_scores_never_panic() {
        patchward_test_support::mutate(&[SEED.as_bytes()], 2000, |bytes| {
            let _ = visit(bytes, "epss", &mut Records::default());
            let _ = score_date(bytes);
        });
    }
}
