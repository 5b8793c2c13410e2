//! Names and passwords in URLs (RFC 3986 section 3.2.1). They go into the requests to their host and nowhere else: no
//! location, message, label or state has them.

use std::borrow::Cow;
use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use crate::registry::Config;

/// What stands for a name and password where a URL is shown.
const HIDDEN: &str = "***";

/// A URL for people: its name and password are hidden.
pub fn redacted(url: &str) -> Cow<'_, str> {
    match split(url) {
        Some((scheme, _, rest)) => Cow::Owned(format!("{scheme}{HIDDEN}@{rest}")),
        None => Cow::Borrowed(url),
    }
}

/// A URL without name and password.
pub fn stripped(url: &str) -> Cow<'_, str> {
    match split(url) {
        Some((scheme, _, rest)) => Cow::Owned(format!("{scheme}{rest}")),
        None => Cow::Borrowed(url),
    }
}

/// The scheme with `://`, the name and password, and the rest of a URL that has them.
fn split(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_at(url.find("://")? + 3);
    let authority = rest.split(['/', '?', '#']).next()?;
    let (userinfo, _) = authority.rsplit_once('@')?;
    Some((scheme, userinfo, &rest[userinfo.len() + 1..]))
}

/// What to tell which host, by scheme and host: a password of an `https://` URL never goes out in the clear.
#[derive(Default)]
pub struct Credentials(HashMap<String, String>);

impl Credentials {
    /// Those of the URLs in the settings.
    pub fn of(config: &Config) -> Credentials {
        let urls = config.mirror.iter();
        let urls = urls.chain(config.urls.values());
        let urls = urls.chain(&config.csaf_providers).chain(&config.rss_urls);
        let told = urls.filter_map(|url| {
            let (scheme, userinfo, rest) = split(url)?;
            let host = rest.split(['/', '?', '#']).next()?;
            Some((format!("{scheme}{host}"), basic(userinfo)))
        });
        Credentials(told.collect())
    }

    /// The value of the `Authorization` header for a URL.
    pub fn header(&self, url: &str) -> Option<&str> {
        let host = url.split('/').take(3).collect::<Vec<_>>().join("/");
        self.0.get(&host).map(String::as_str)
    }
}

/// The value of an `Authorization` header (RFC 7617).
fn basic(userinfo: &str) -> String {
    let (name, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let mut pair: Vec<u8> = percent_decode_str(name).collect();
    pair.push(b':');
    pair.extend(percent_decode_str(password));
    format!("Basic {}", STANDARD.encode(pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_password_are_found_and_nothing_else_is() {
        let check = |url: &str, shown: &str| assert_eq!(redacted(url), shown);
        check("https://u:p@h.example/a@b", "https://***@h.example/a@b");
        check("https://u:p@w@h.example", "https://***@h.example");
        check("https://h.example/a@b?c@d", "https://h.example/a@b?c@d");
        check("file:///srv/a@b", "file:///srv/a@b");
        check("/srv/a@b", "/srv/a@b");
        check("vendor.example", "vendor.example");
        assert_eq!(stripped("http://u@h:8080/x"), "http://h:8080/x");
    }

    #[test]
    fn a_password_goes_to_its_host_only_and_never_in_the_clear_when_it_was_not() {
        let config = Config {
            mirror: Some("https://us%65r:p%40ss@h.example/feeds".into()),
            ..Config::default()
        };
        let credentials = Credentials::of(&config);
        let told = credentials.header("https://h.example/feeds/kev/x.json");
        assert_eq!(told, Some("Basic dXNlcjpwQHNz"));
        for other in [
            "http://h.example/x",
            "https://h.example.net/x",
            "https://i.example",
        ] {
            assert_eq!(credentials.header(other), None, "{other}");
        }
    }
}
