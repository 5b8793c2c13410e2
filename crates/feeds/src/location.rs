//! Where a feed lies: a web server or a folder.

use std::path::{Component, Path, PathBuf};

use crate::base::Base;
use crate::credentials::stripped;
use crate::registry::{Config, FeedError};

/// The base of a feed's documents, or one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// An `https://` or `http://` URL, percent-encoded.
    Web(String),
    /// A file or folder of this machine or of a mount.
    File(PathBuf),
}

impl Location {
    /// A base: the one in the settings, else its folder in the mirror where one is configured, else the publisher's.
    pub fn base(config: &Config, base: &Base) -> Location {
        if let Some(url) = config.urls.get(base.name) {
            return Location::parse(url);
        }
        let publisher = || Location::parse(base.url);
        match &config.mirror {
            Some(mirror) => Location::parse(mirror)
                .join(base.folder)
                .unwrap_or_else(|_| publisher()),
            None => publisher(),
        }
    }

    /// Whether the location lies below a base.
    pub fn is_below(&self, base: &Location) -> bool {
        let (place, base) = (self.to_string(), base.to_string());
        let rest = place.strip_prefix(base.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// A URL (`https://`, `http://`, `file://`) or a path. Name and password of a URL are left out: they are the
    /// client's.
    pub fn parse(text: &str) -> Location {
        if text.starts_with("https://") || text.starts_with("http://") {
            return Location::Web(stripped(text).trim_end_matches('/').to_owned());
        }
        Location::File(PathBuf::from(text.strip_prefix("file://").unwrap_or(text)))
    }

    /// A document below this base, by a path with `/` that may come from the publisher: it never leads out of the
    /// base.
    ///
    /// # Errors
    /// When the path is absolute, has a `..`, or is empty.
    pub fn join(&self, path: &str) -> Result<Location, FeedError> {
        let inside = Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if path.is_empty() || path.contains(['\\', '\0']) || !inside {
            let message = format!("the path {path:?} leads out of the feed");
            return Err(FeedError::Read {
                url: self.to_string(),
                message,
            });
        }
        Ok(match self {
            Location::Web(url) => Location::Web(format!("{url}/{}", encoded(path))),
            Location::File(folder) => Location::File(folder.join(path)),
        })
    }

    /// Other names under which a mirror made of plain files may hold this document: `name.json` where the publisher
    /// answers under `name`, the index of a folder, and each compressed.
    pub fn names_in_a_mirror(&self) -> Vec<Location> {
        let named = match self {
            Location::Web(url) => {
                let path = url.split('?').next().unwrap_or_default();
                let name = path.rsplit('/').next().unwrap_or_default();
                let ending = name.rsplit_once('.').map(|(_, ending)| ending);
                ending.is_some_and(|ending| ending.starts_with(|c: char| c.is_ascii_alphabetic()))
            }
            Location::File(_) => false,
        };
        match self {
            Location::Web(_) if named => Vec::new(),
            Location::Web(_) => [".json", "/index.json"]
                .map(|ending| self.with_ending(ending))
                .into(),
            Location::File(_) => [".json", ".gz", "/index.json", "/index.json.gz"]
                .map(|ending| self.with_ending(ending))
                .into(),
        }
    }

    /// The location without its query: what stands for the document, whatever part of it is asked for.
    pub fn without_query(&self) -> String {
        let text = self.to_string();
        match self {
            Location::Web(_) => text.split('?').next().unwrap_or_default().to_owned(),
            Location::File(_) => text,
        }
    }

    /// The same document with a query; a file has none.
    pub fn with_query(&self, query: &str) -> Location {
        match self {
            Location::Web(url) => Location::Web(format!("{url}?{query}")),
            file => file.clone(),
        }
    }

    /// The same document with an ending after its name.
    pub fn with_ending(&self, ending: &str) -> Location {
        match self {
            Location::Web(url) => match url.split_once('?') {
                Some((path, query)) => {
                    Location::Web(format!("{}{ending}?{query}", path.trim_end_matches('/')))
                }
                None => Location::Web(format!("{}{ending}", url.trim_end_matches('/'))),
            },
            Location::File(path) => {
                let text = path.to_string_lossy();
                Location::File(format!("{}{ending}", text.trim_end_matches('/')).into())
            }
        }
    }

    /// The host of a URL, for its rate limit.
    pub fn host(&self) -> Option<&str> {
        match self {
            Location::Web(url) => url.split('/').nth(2),
            Location::File(_) => None,
        }
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Location::Web(url) => out.write_str(url),
            Location::File(path) => write!(out, "file://{}", path.display()),
        }
    }
}

/// Percent-encodes everything that may not stand in the path of a URL (RFC 3986 section 3.3).
fn encoded(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte.is_ascii_alphanumeric() || b"/-._~:@!$&'()*+,;=".contains(&byte) {
            true => text.push(char::from(byte)),
            false => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::base;

    use super::*;

    proptest! {
        #[test]
        fn no_path_leads_out_of_its_base(path in "[a-z./\\\\%?#: \u{0}-\u{20}é]{0,24}") {
            if let Ok(web) = Location::parse("http://h/base").join(&path) {
                let web = web.to_string();
                prop_assert!(web.starts_with("http://h/base/"), "{web}");
                prop_assert!(!web.contains(['?', '#', ' ', '\\']), "{web}");
                prop_assert!(web.split('/').all(|part| part != ".."), "{web}");
            }
            if let Ok(file) = Location::parse("/base").join(&path) {
                let climbs = path.split('/').any(|part| part == "..");
                prop_assert!(!climbs && file.to_string().starts_with("file:///base/"), "{file}");
            }
        }
    }

    #[test]
    fn a_space_is_encoded_on_the_web_and_kept_in_a_folder() {
        let web = Location::parse("https://feeds.example/")
            .join("Red Hat/all.zip")
            .unwrap();
        assert_eq!(web.to_string(), "https://feeds.example/Red%20Hat/all.zip");
        let file = Location::parse("file:///srv/feeds")
            .join("Red Hat/all.zip")
            .unwrap();
        assert_eq!(file, Location::File("/srv/feeds/Red Hat/all.zip".into()));
    }

    #[test]
    fn a_publishers_path_stays_in_the_feed() {
        let base = Location::parse("/srv/feeds");
        for path in [
            "../etc/passwd",
            "/etc/passwd",
            "a/../../b",
            "",
            "a\\..\\b",
            "a\0",
        ] {
            assert!(base.join(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn an_ending_goes_before_the_query() {
        let location = Location::parse("http://h/a")
            .with_query("x=1")
            .with_ending(".json");
        assert_eq!(location.to_string(), "http://h/a.json?x=1");
    }

    #[test]
    fn a_mirror_of_plain_files_names_documents_otherwise() {
        let names = |text: &str| {
            let names = Location::parse(text).names_in_a_mirror();
            names.iter().map(Location::to_string).collect::<Vec<_>>()
        };
        assert_eq!(names("http://h/a/full")[0], "http://h/a/full.json");
        assert!(names("http://h/a/all.zip").is_empty());
        assert_eq!(names("http://h/cves/2.0").len(), 2);
        assert_eq!(names("/m/full/")[2], "file:///m/full/index.json");
    }

    #[test]
    fn a_mirror_replaces_every_base() {
        let config = Config {
            mirror: Some("http://mirror.example".into()),
            ..Config::default()
        };
        let place = Location::base(&config, &base::OSV);
        assert_eq!(place.to_string(), "http://mirror.example/osv");
    }

    #[test]
    fn a_base_of_its_own_goes_before_the_mirror() {
        let config = Config {
            mirror: Some("http://mirror.example".into()),
            urls: [("osv".to_owned(), "file:///srv/osv".to_owned())].into(),
            ..Config::default()
        };
        let place = |base| Location::base(&config, base).to_string();
        assert_eq!(place(&base::OSV), "file:///srv/osv");
        assert_eq!(place(&base::KEV), "http://mirror.example/kev");
        let nothing = Config::default();
        assert_eq!(
            Location::base(&nothing, &base::GO).to_string(),
            base::GO.url
        );
        let below = |text: &str| Location::parse(text).is_below(&Location::parse("http://h/a/"));
        assert!(below("http://h/a/b") && below("http://h/a") && !below("http://h/ab"));
    }
}
