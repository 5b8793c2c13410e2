//! CISA's Vulnrichment: the ADP container of a CVE record that holds SSVC decision points and KEV entries.
//!
//! It is read as part of the CVE record ([`super::cve5`]); the CISA repository and the CVE list hold the same records.

use serde::Deserialize;

use super::cve5::{Container, Other};
use super::json::{self, Text};
use super::{Sink, time};
use crate::model::{Fact, Kev, Signal};

/// Who decides in Vulnrichment.
pub(super) const CISA: &str = "CISA";

#[derive(Deserialize)]
struct Ssvc<'a> {
    #[serde(borrow, default)]
    timestamp: Option<Text<'a>>,
    #[serde(borrow, default)]
    options: Option<Vec<Choice<'a>>>,
}

/// One decision point; the CVE list and NVD spell the names differently.
#[derive(Deserialize)]
pub(super) struct Choice<'a> {
    #[serde(rename = "Exploitation", alias = "exploitation", borrow, default)]
    exploitation: Option<Text<'a>>,
    #[serde(rename = "Automatable", alias = "automatable", borrow, default)]
    automatable: Option<Text<'a>>,
    #[serde(
        rename = "Technical Impact",
        alias = "technicalImpact",
        borrow,
        default
    )]
    technical_impact: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct KevIn<'a> {
    #[serde(rename = "dateAdded", borrow, default)]
    added: Option<Text<'a>>,
}

/// Hands the SSVC and KEV words of a container to the sink.
pub(super) fn signals(container: &Container<'_>, id: &str, feed: &str, sink: &mut dyn Sink) {
    for metric in container.metrics.iter().flatten() {
        let Some(other) = json::part::<Other>(metric.other) else {
            continue;
        };
        let found = match &*other.kind {
            "ssvc" => ssvc(&other, source(container)),
            "kev" => kev(&other),
            _ => continue,
        };
        match found {
            Some((at, fact)) => sink.signal(Signal {
                id: id.to_owned(),
                feed: feed.to_owned(),
                at,
                fact,
            }),
            None => sink.problem(format!(
                "{id}: the {} of an ADP could not be read",
                &*other.kind
            )),
        }
    }
}

/// Who speaks: `CISA` of `CISA-ADP`.
fn source<'c>(container: &'c Container<'_>) -> &'c str {
    let provider = container.provider.as_ref();
    let name = provider.and_then(|provider| provider.short_name.as_deref());
    name.map_or(CISA, |name| name.trim_end_matches("-ADP"))
}

fn ssvc(other: &Other<'_>, source: &str) -> Option<(Option<jiff::Timestamp>, Fact)> {
    let content = json::part::<Ssvc>(other.content)?;
    let at = content.timestamp.and_then(|text| time::instant(&text));
    Some((at, choices(content.options?, source)?))
}

/// The three decision points, if all are there.
pub(super) fn choices(options: Vec<Choice<'_>>, source: &str) -> Option<Fact> {
    let mut found = (None, None, None);
    for option in options {
        found.0 = option.exploitation.or(found.0);
        found.1 = option.automatable.or(found.1);
        found.2 = option.technical_impact.or(found.2);
    }
    let word = |text: Option<Text<'_>>| text.map(|text| text.to_lowercase());
    Some(Fact::Ssvc {
        source: source.to_owned(),
        exploitation: word(found.0)?,
        automatable: word(found.1)?,
        technical_impact: word(found.2)?,
    })
}

fn kev(other: &Other<'_>) -> Option<(Option<jiff::Timestamp>, Fact)> {
    let added = time::day(&json::part::<KevIn>(other.content)?.added?)?;
    let fact = Fact::Kev(Kev {
        asserter: CISA.into(),
        added: added.clone(),
        due: None,
        ransomware: None,
        product: String::new(),
        action: String::new(),
        removed: None,
    });
    Some((time::instant(&added), fact))
}
