//! Control files: stanzas of `Field: value`, continued by lines that begin with a blank (deb822(5)).

/// One stanza, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stanza<'a>(pub &'a str);

/// The stanzas of a text, without copying.
pub fn stanzas(text: &str) -> impl Iterator<Item = Stanza<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches('\n');
        if rest.is_empty() {
            return None;
        }
        let (stanza, after) = rest.split_once("\n\n").unwrap_or((rest, ""));
        rest = after;
        Some(Stanza(stanza))
    })
}

impl<'a> Stanza<'a> {
    /// Name and value of each field; a value keeps its continuation lines as they are.
    pub fn fields(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            loop {
                if rest.is_empty() {
                    return None;
                }
                let end = end_of_field(rest);
                let (field, after) = rest.split_at(end);
                rest = after;
                if let Some((name, value)) = field.split_once(':')
                    && !name.starts_with(['#', ' ', '\t'])
                {
                    return Some((name, value.trim_end_matches('\n')));
                }
            }
        })
    }

    /// The value of a field, trimmed; names are compared without regard to case.
    pub fn get(self, name: &str) -> Option<&'a str> {
        self.fields()
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }
}

/// Where a field ends: behind the last of its continuation lines.
fn end_of_field(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        match bytes
            .get(at..)
            .unwrap_or_default()
            .iter()
            .position(|&byte| byte == b'\n')
        {
            None => return text.len(),
            Some(newline) => {
                at += newline + 1;
                if !matches!(bytes.get(at), Some(b' ' | b'\t')) {
                    return at;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "Package: a\nConffiles:\n /etc/a 12\n /etc/b 34\nVersion: 1\n\n\nPackage: b\nversion: 2";

    #[test]
    fn stanzas_and_their_fields_come_in_order() {
        let all: Vec<Stanza<'_>> = stanzas(TEXT).collect();
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].get("version"), Some("1"));
        assert_eq!(all[0].get("Conffiles"), Some("/etc/a 12\n /etc/b 34"));
        assert_eq!(all[1].get("Version"), Some("2"));
        assert_eq!(all[1].get("Missing"), None);
    }

    #[test]
    fn any_text_comes_to_an_end() {
        patchward_test_support::mutate(&[TEXT.as_bytes(), b"\n \n: \n"], 1000, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            for stanza in stanzas(&text) {
                stanza.fields().for_each(drop);
            }
        });
    }
}
