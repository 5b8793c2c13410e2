//! The mirrors that this machine's own apt uses, from both styles of source files.

use std::fs;
use std::path::Path;

/// One source: a mirror, the suites taken from it, and the key that signs it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    uri: String,
    suites: Vec<String>,
    signed_by: Option<String>,
}

impl Source {
    /// The first source that has `suite`.
    pub fn of_suite<'a>(sources: &'a [Source], suite: &str) -> Option<&'a Source> {
        sources
            .iter()
            .find(|source| source.suites.iter().any(|name| name == suite))
    }

    /// The one-line form for `suite`, component main.
    pub fn line(&self, suite: &str) -> String {
        let key = self
            .signed_by
            .as_ref()
            .map(|path| format!("[signed-by={path}] "))
            .unwrap_or_default();
        format!("deb {key}{} {suite} main", self.uri)
    }
}

/// Every binary source of `/etc/apt`.
pub fn of_machine() -> Vec<Source> {
    let mut files = vec![Path::new("/etc/apt/sources.list").to_path_buf()];
    if let Ok(folder) = fs::read_dir("/etc/apt/sources.list.d") {
        files.extend(folder.flatten().map(|entry| entry.path()));
    }
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let Ok(text) = fs::read_to_string(&file) else {
            continue;
        };
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("list") => found.extend(text.lines().filter_map(from_line)),
            Some("sources") => found.extend(text.split("\n\n").filter_map(from_stanza)),
            _ => {}
        }
    }
    found
}

fn from_line(line: &str) -> Option<Source> {
    let rest = line.trim().strip_prefix("deb ")?.trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => ("", rest),
    };
    let mut words = rest.split_whitespace();
    Some(Source {
        uri: words.next()?.to_owned(),
        suites: vec![words.next()?.to_owned()],
        signed_by: options
            .split_whitespace()
            .find_map(|option| option.strip_prefix("signed-by="))
            .map(str::to_owned),
    })
}

fn from_stanza(stanza: &str) -> Option<Source> {
    let field = |name: &str| {
        stanza
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(str::trim)
    };
    field("Types")?
        .split_whitespace()
        .find(|kind| *kind == "deb")?;
    Some(Source {
        uri: field("URIs")?.split_whitespace().next()?.to_owned(),
        suites: field("Suites")?
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        signed_by: field("Signed-By").map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_styles_of_source_are_read() {
        let line = from_line("deb [arch=amd64 signed-by=/k.gpg] http://registry.example/debian bookworm main contrib").unwrap();
        assert_eq!(
            line.line("bookworm"),
            "deb [signed-by=/k.gpg] http://registry.example/debian bookworm main"
        );
        let stanza = "Types: deb deb-src\nURIs: http://registry.example/debian\nSuites: bookworm bookworm-updates\nComponents: main";
        let source = from_stanza(stanza).unwrap();
        assert!(Source::of_suite(&[source], "bookworm-updates").is_some());
    }

    #[test]
    fn comments_and_source_packages_are_no_mirror() {
        assert_eq!(
            from_line("# deb http://registry.example/debian bookworm main"),
            None
        );
        assert_eq!(
            from_stanza("Types: deb-src\nURIs: http://registry.example\nSuites: bookworm"),
            None
        );
    }
}
