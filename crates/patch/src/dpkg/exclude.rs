//! Files that the machine's own rules keep from being installed (`path-exclude`, dpkg(1)).

use crate::below::Below;

/// The rules, in the order in which dpkg reads them. The last that fits decides.
#[derive(Debug, Clone, Default)]
pub struct Exclusions(Vec<(bool, String)>);

impl Exclusions {
    pub fn read(root: &Below) -> Exclusions {
        let mut rules = Exclusions::default();
        for name in root.list("/etc/dpkg/dpkg.cfg.d") {
            // dpkg takes names of letters, digits, `_` and `-` only.
            if name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
            {
                rules.add(
                    &root
                        .text(&format!("/etc/dpkg/dpkg.cfg.d/{name}"), 1 << 20)
                        .unwrap_or_default(),
                );
            }
        }
        rules.add(&root.text("/etc/dpkg/dpkg.cfg", 1 << 20).unwrap_or_default());
        rules
    }

    fn add(&mut self, text: &str) {
        for line in text.lines() {
            let line = line.trim();
            let Some((name, pattern)) = line.split_once(['=', ' ']) else {
                continue;
            };
            let pattern = pattern.trim().trim_matches('"').to_owned();
            match name.trim().trim_start_matches("--") {
                "path-exclude" => self.0.push((true, pattern)),
                "path-include" => self.0.push((false, pattern)),
                _ => {}
            }
        }
    }

    /// The file is one that dpkg leaves out.
    pub fn excludes(&self, path: &str) -> bool {
        let last = self.0.iter().rev().find(|(_, pattern)| fits(pattern, path));
        last.is_some_and(|(exclude, _)| *exclude)
    }
}

/// Shell patterns in which `*` also takes slashes, as dpkg's do. Never slower than pattern × text.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut of) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while of < text.len() {
        let step = match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, of));
                at += 1;
                continue;
            }
            Some(b'?') => Some(1),
            Some(b'[') => class(pattern.get(at..).unwrap_or_default(), text.get(of).copied()),
            Some(byte) if text.get(of) == Some(byte) => Some(1),
            _ => None,
        };
        match (step, star) {
            (Some(width), _) => {
                at += width;
                of += 1;
            }
            (None, Some((back, from))) => {
                at = back + 1;
                of = from + 1;
                star = Some((back, from + 1));
            }
            (None, None) => return false,
        }
    }
    pattern
        .get(at..)
        .is_some_and(|rest| rest.iter().all(|&byte| byte == b'*'))
}

/// Whether `[a-z]` at the pattern's beginning takes the byte, and how long the class is.
fn class(pattern: &[u8], byte: Option<u8>) -> Option<usize> {
    let byte = byte?;
    let end = 2 + pattern.get(2..)?.iter().position(|&found| found == b']')?;
    let inner = pattern.get(1..end)?;
    let (negated, inner) = match inner.split_first() {
        Some((b'!' | b'^', rest)) => (true, rest),
        _ => (false, inner),
    };
    let mut found = false;
    let mut rest = inner;
    while let Some((&low, after)) = rest.split_first() {
        if let [b'-', high, more @ ..] = after {
            found |= (low..=*high).contains(&byte);
            rest = more;
        } else {
            found |= low == byte;
            rest = after;
        }
    }
    (found != negated).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_rule_that_fits_decides() {
        let mut rules = Exclusions::default();
        rules.add("path-exclude=/usr/share/doc/*\n# no\npath-include /usr/share/doc/*/changelog.Debian*\n");
        assert!(rules.excludes("/usr/share/doc/a/README"));
        assert!(!rules.excludes("/usr/share/doc/a/changelog.Debian.gz"));
        assert!(!rules.excludes("/usr/bin/a"));
    }

    #[test]
    fn patterns_take_slashes_classes_and_single_signs() {
        assert!(fits(
            "/usr/share/locale/??/*",
            "/usr/share/locale/de/LC_MESSAGES/x.mo"
        ));
        assert!(!fits("/usr/share/locale/??/*", "/usr/share/locale/pt_BR/x"));
        assert!(fits("/a/[a-c]x", "/a/bx") && !fits("/a/[!a-c]x", "/a/bx"));
        assert!(fits("/usr/share/man/*[^e]", "/usr/share/man/x") && !fits("a", "ab"));
    }

    #[test]
    fn a_hostile_pattern_costs_little() {
        let pattern = "*a".repeat(1000) + "b";
        assert!(!fits(&pattern, &"a".repeat(10_000)));
        patchward_test_support::mutate(&[b"/a/[a-c]*x?", b"[[]]-*"], 1000, |bytes| {
            fits(&String::from_utf8_lossy(bytes), "/a/bbbx1");
        });
    }
}
