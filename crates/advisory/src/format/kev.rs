//! CISA's catalogue of known exploited vulnerabilities. Entries can vanish from it without a trace: whoever keeps the
//! records notes that, the catalogue does not tell.

use serde::Deserialize;

use super::json::{self, Text};
use super::{MAX_RECORD, ReadError, Sink, cut, cve_id, text, time};
use crate::model::{Fact, Kev, Signal};

const EXPECTED: &str = "CISA's KEV catalogue";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(rename = "cveID", borrow)]
    id: Text<'a>,
    #[serde(borrow, default)]
    vendor_project: Text<'a>,
    #[serde(borrow, default)]
    product: Text<'a>,
    #[serde(borrow)]
    date_added: Text<'a>,
    #[serde(borrow, default)]
    due_date: Option<Text<'a>>,
    #[serde(borrow, default)]
    required_action: Text<'a>,
    #[serde(borrow, default)]
    known_ransomware_campaign_use: Option<Text<'a>>,
}

/// Reads the catalogue.
///
/// # Errors
/// When the document has no list of vulnerabilities.
pub fn visit(bytes: &[u8], feed: &str, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let text = text(bytes, MAX_RECORD)?;
    let mut stated = None;
    let mut read = 0_u64;
    let found = json::entries_of(
        text,
        EXPECTED,
        "vulnerabilities",
        |raw| {
            read += 1;
            match serde_json::from_str(raw.get()) {
                Ok(entry) => visit_entry(entry, feed, sink),
                Err(error) => sink.problem(format!("an entry of KEV could not be read: {error}")),
            }
        },
        |key, raw| {
            if key == "count" {
                stated = json::part::<u64>(Some(raw));
            }
        },
    )?;
    if !found {
        return Err(ReadError::Shape {
            expected: EXPECTED,
            found: "no list of vulnerabilities".into(),
        });
    }
    if let Some(stated) = stated.filter(|stated| *stated != read) {
        sink.problem(format!(
            "the catalogue says {stated} entries and holds {read}"
        ));
    }
    Ok(())
}

fn visit_entry(entry: Entry<'_>, feed: &str, sink: &mut dyn Sink) {
    let id = entry.id.trim();
    if !cve_id::is(id) {
        sink.problem(format!("an entry of KEV has the id {}", cut(id)));
        return;
    }
    let Some(added) = time::day(&entry.date_added) else {
        sink.problem(format!(
            "{id}: dateAdded is not a day: {}",
            cut(&entry.date_added)
        ));
        return;
    };
    let due = entry.due_date.as_deref().and_then(time::day);
    let known = entry.known_ransomware_campaign_use;
    sink.signal(Signal {
        id: id.to_owned(),
        feed: feed.to_owned(),
        at: time::instant(&added),
        fact: Fact::Kev(Kev {
            asserter: "CISA".into(),
            added,
            due,
            // "Unknown" is not "no".
            ransomware: known
                .is_some_and(|word| word.eq_ignore_ascii_case("known"))
                .then_some(true),
            product: format!("{} {}", entry.vendor_project.trim(), entry.product.trim()),
            action: entry.required_action.owned(),
            removed: None,
        }),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Records;

    const SEED: &str = r#"{"title": "x", "count": 3, "vulnerabilities": [
        {"cveID": "CVE-2024-0001", "vendorProject": "A", "product": "B", "dateAdded": "2024-01-02",
         "dueDate": "2024-01-16", "requiredAction": "Patch.", "knownRansomwareCampaignUse": "Known"},
        {"cveID": "CVE-2024-0002", "dateAdded": "2024-01-03", "knownRansomwareCampaignUse": "Unknown"},
        {"cveID": 7}]}"#;

    #[test]
    fn entries_become_signals_and_unknown_is_not_no() {
        let mut records = Records::default();
        visit(SEED.as_bytes(), "kev", &mut records).unwrap();
        let kev: Vec<_> = records
            .signals
            .iter()
            .map(|signal| match &signal.fact {
                Fact::Kev(kev) => (signal.id.as_str(), kev.due.as_deref(), kev.ransomware),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            kev,
            [
                ("CVE-2024-0001", Some("2024-01-16"), Some(true)),
                ("CVE-2024-0002", None, None)
            ]
        );
        assert_eq!(records.problems.len(), 1);
        assert!(visit(b"{\"a\": 1}", "kev", &mut records).is_err());
        assert!(visit(b"[]", "kev", &mut records).is_err());
    }

    #[test]
    fn mutated_catalogues_never_panic() {
        patchward_test_support::mutate(&[SEED.as_bytes()], 2000, |bytes| {
            let _ = visit(bytes, "kev", &mut Records::default());
        });
    }
}
