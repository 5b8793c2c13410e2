//! An installed Ruby gem: `specifications/NAME-VERSION.gemspec`.
//!
//! The file is a Ruby program and is never evaluated. RubyGems writes a stub line at its top for readers like us,
//! `# stub: name version platform paths`; without one the file name tells.

use crate::lockfile::package::component;
use crate::lockfile::text::decode_lossy;
use crate::parse::{Input, ParseError, Parsed};

/// Lines that are searched for the stub; RubyGems writes it second or third.
const STUB_WITHIN: usize = 10;

/// Whether a folder holds the specifications of installed gems (`default` below it those that come with Ruby); other
/// `.gemspec` files are sources.
pub(super) fn is_specification(folder: &str) -> bool {
    let folder = folder.strip_suffix("/default").unwrap_or(folder);
    folder == "specifications" || folder.ends_with("/specifications")
}

/// Reads the stub, or the file name.
pub(super) fn read(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode_lossy(input.bytes);
    let file = input.path.rsplit('/').next().unwrap_or(input.path);
    let file = file.strip_suffix(".gemspec").unwrap_or(file);
    let (at, gem) = match stub(&text) {
        Some((at, gem)) => (Some(at), gem),
        None => (None, by_file_name(file)?),
    };
    let mut found = component("gem", gem.name, gem.version, input.path, at);
    if !gem.platform.is_empty() && gem.platform != "ruby" {
        found
            .properties
            .insert("platform".into(), gem.platform.into());
    }
    Ok(Parsed {
        components: vec![found],
        problems: Vec::new(),
    })
}

struct Gem<'a> {
    name: &'a str,
    version: &'a str,
    platform: &'a str,
}

fn stub(text: &str) -> Option<(u32, Gem<'_>)> {
    let mut lines = text.lines().take(STUB_WITHIN).zip(1u32..);
    let (stub, at) = lines.find_map(|(line, at)| Some((line.strip_prefix("# stub: ")?, at)))?;
    let mut words = stub.split_whitespace();
    let gem = Gem {
        name: words.next()?,
        version: words.next()?,
        platform: words.next().unwrap_or_default(),
    };
    is_version(gem.version).then_some((at, gem))
}

/// `name-1.2.3` or `name-1.2.3-platform`; the name itself may have dashes.
fn by_file_name(file: &str) -> Result<Gem<'_>, ParseError> {
    let dashes = file.match_indices('-').map(|(at, _)| at);
    for at in dashes {
        let (name, rest) = (&file[..at], &file[at + 1..]);
        let (version, platform) = rest.split_once('-').unwrap_or((rest, ""));
        if is_version(version) {
            return Ok(Gem {
                name,
                version,
                platform,
            });
        }
    }
    let message = format!("neither a stub line nor a file name with a version (`{file}`)");
    Err(ParseError::new(message))
}

fn is_version(text: &str) -> bool {
    let of_version = |c: char| c.is_ascii_alphanumeric() || c == '.';
    text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(of_version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    fn read_at(path: &str, text: &[u8]) -> Result<Parsed, ParseError> {
        read(&Input {
            path,
            bytes: text,
            open: &|_| None,
        })
    }

    #[test]
    fn the_stub_tells_and_else_the_file_name() {
        let text = "# -*- encoding: utf-8 -*-\n# stub: nokogiri 1.15.0 x86_64-linux lib\n";
        let got = read_at("specifications/x.gemspec", text.as_bytes())
            .unwrap()
            .components;
        assert_eq!(got[0].purl, "pkg:gem/nokogiri@1.15.0");
        assert_eq!(got[0].properties["platform"], "x86_64-linux");
        assert_eq!(got[0].locations[0].line, Some(2));
        let got = read_at("specifications/net-http-2.0.0-java.gemspec", b"").unwrap();
        assert_eq!(got.components[0].name, "net-http");
        assert_eq!(got.components[0].version, "2.0.0");
        assert!(read_at("specifications/a.gemspec", b"system('id')").is_err());
    }

    #[test]
    fn only_specifications_of_installed_gems_count() {
        assert!(is_specification("usr/lib/ruby/gems/3.1.0/specifications"));
        assert!(is_specification("specifications/default"));
        assert!(!is_specification("gems/a-1.0"));
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[b"# stub: a-b 1.0 ruby lib\n"], 500, |bytes| {
            drop(read_at("specifications/a-b-1.0.gemspec", bytes));
        });
    }
}
