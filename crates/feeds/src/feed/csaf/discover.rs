//! Finds a provider's metadata by its domain (CSAF 2.0 section 7.3).

use patchward_advisory::format::csaf::provider::{self, Provider};

use super::{LIST, web};
use crate::client::Fetched;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::{Run, chain};

/// Where a domain may have its metadata, in the order of section 7.3.
enum Way {
    WellKnown,
    SecurityTxt,
    Dns,
}

/// The metadata of a provider, from its domain or from the metadata's own address.
pub fn provider(run: &mut Run<'_>, name: &str) -> Result<Provider, FeedError> {
    let missing = |message: &str| FeedError::Answer {
        url: name.to_owned(),
        message: message.to_owned(),
    };
    if name.contains("://") {
        return fetch(run, name)?.ok_or_else(|| missing("there is nothing"));
    }
    let mut failure = None;
    for way in [Way::WellKnown, Way::SecurityTxt, Way::Dns] {
        for url in addresses(run, name, &way) {
            match fetch(run, &url) {
                Ok(Some(provider)) => return Ok(provider),
                Ok(None) => {}
                Err(error) => failure = failure.or(Some(error)),
            }
        }
    }
    Err(failure.unwrap_or_else(|| {
        missing("no provider-metadata.json: not under .well-known, not in security.txt, not at csaf.data.security")
    }))
}

fn addresses(run: &mut Run<'_>, domain: &str, way: &Way) -> Vec<String> {
    match way {
        Way::WellKnown => vec![format!(
            "https://{domain}/.well-known/csaf/provider-metadata.json"
        )],
        Way::SecurityTxt => from_security_txt(run, domain),
        Way::Dns => vec![format!("https://csaf.data.security.{domain}")],
    }
}

fn fetch(run: &mut Run<'_>, url: &str) -> Result<Option<Provider>, FeedError> {
    at(run, &web(url)?)
}

/// The metadata at a place; `None` when there is none.
pub fn at(run: &mut Run<'_>, place: &Location) -> Result<Option<Provider>, FeedError> {
    let Fetched::Document(document) = run.client.fetch(place, None, LIST)? else {
        return Ok(None);
    };
    let read = provider::metadata(&document.bytes()?);
    read.map(Some).map_err(|error| FeedError::Read {
        url: place.to_string(),
        message: chain(&error),
    })
}

/// The `CSAF:` fields of a domain's security.txt (RFC 9116).
fn from_security_txt(run: &mut Run<'_>, domain: &str) -> Vec<String> {
    let Ok(location) = web(&format!("https://{domain}/.well-known/security.txt")) else {
        return Vec::new();
    };
    let Ok(Fetched::Document(document)) = run.client.fetch(&location, None, 1 << 20) else {
        return Vec::new();
    };
    let bytes = document.bytes().unwrap_or_default();
    csaf_fields(&String::from_utf8_lossy(&bytes))
}

fn csaf_fields(text: &str) -> Vec<String> {
    let field = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.trim()
            .eq_ignore_ascii_case("csaf")
            .then(|| value.trim().to_owned())
    };
    text.lines()
        .filter_map(field)
        .filter(|url| url.starts_with("https://"))
        .take(16)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_txt_names_https_addresses_only() {
        let text = "Contact: mailto:a@b.example\ncsaf: https://b.example/pmd.json\nCSAF: file:///etc/passwd\n";
        assert_eq!(csaf_fields(text), ["https://b.example/pmd.json"]);
    }
}
