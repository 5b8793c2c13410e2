//! Splits a command line of a unit into words: quotes, backslashes, specifiers and variables, as systemd.service(5) and
//! systemd.unit(5) tell.

use std::collections::BTreeMap;

/// One word, and whether a variable that stands alone in it may become several.
#[derive(Debug, PartialEq)]
struct Word {
    text: String,
    quoted: bool,
}

/// What `%` letters stand for.
pub(super) struct Specifiers<'a> {
    /// The unit's full name.
    pub unit: &'a str,
}

/// The words of a command line, with specifiers and variables replaced.
pub(super) fn split(
    line: &str,
    specifiers: &Specifiers<'_>,
    variables: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut words = Vec::new();
    for word in plain_words(line) {
        let text = specifiers.replace(&word.text);
        match text
            .strip_prefix('$')
            .filter(|name| !word.quoted && is_name(name))
        {
            // A variable alone is split at its blanks, and is nothing when it is not set.
            Some(name) => {
                let value = variables.get(name).map(String::as_str).unwrap_or_default();
                words.extend(plain_words(value).into_iter().map(|word| word.text));
            }
            None => words.push(replace_variables(&text, variables)),
        }
    }
    words
}

/// The words of a list, such as assignments of `Environment=`.
pub(super) fn list(line: &str, specifiers: &Specifiers<'_>) -> Vec<String> {
    plain_words(line)
        .into_iter()
        .map(|word| specifiers.replace(&word.text))
        .collect()
}

fn plain_words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut current: Option<Word> = None;
    let mut quote = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        let word = || Word {
            text: String::new(),
            quoted: false,
        };
        match (letter, quote) {
            ('\'' | '"', None) => {
                quote = Some(letter);
                current.get_or_insert_with(word).quoted = true;
            }
            (letter, Some(open)) if letter == open => quote = None,
            ('\\', _) => {
                let escaped = letters.next().map(unescape);
                current.get_or_insert_with(word).text.extend(escaped);
            }
            (blank, None) if blank.is_whitespace() => words.extend(current.take()),
            (other, _) => current.get_or_insert_with(word).text.push(other),
        }
    }
    words.extend(current);
    words
}

fn unescape(letter: char) -> char {
    match letter {
        'n' => '\n',
        't' => '\t',
        's' => ' ',
        other => other,
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Replaces `${NAME}`; `$$` is a dollar sign.
fn replace_variables(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        result.push_str(before);
        let braced = after
            .strip_prefix('{')
            .and_then(|inside| inside.split_once('}'));
        match braced.filter(|(name, _)| is_name(name)) {
            Some((name, behind)) => {
                result.push_str(variables.get(name).map(String::as_str).unwrap_or_default());
                rest = behind;
            }
            None => {
                result.push('$');
                rest = after.strip_prefix('$').unwrap_or(after);
            }
        }
    }
    result.push_str(rest);
    result
}

impl Specifiers<'_> {
    fn replace(&self, text: &str) -> String {
        let mut result = String::new();
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                result.push(letter);
                continue;
            }
            match letters.next() {
                Some('%') | None => result.push('%'),
                Some(specifier) => result.push_str(&self.value(specifier)),
            }
        }
        result
    }

    fn value(&self, specifier: char) -> String {
        let name = self.unit.strip_suffix(".service").unwrap_or(self.unit);
        let (prefix, instance) = name.split_once('@').unwrap_or((name, ""));
        match specifier {
            'n' => self.unit.to_owned(),
            'N' => name.to_owned(),
            'p' => prefix.to_owned(),
            'i' => instance.to_owned(),
            // Unescaped: a dash was a slash.
            'I' => instance.replace('-', "/"),
            't' => "/run".to_owned(),
            'S' => "/var/lib".to_owned(),
            'C' => "/var/cache".to_owned(),
            'L' => "/var/log".to_owned(),
            'E' => "/etc".to_owned(),
            'h' => "/root".to_owned(),
            'T' => "/tmp".to_owned(),
            'V' => "/var/tmp".to_owned(),
            other => format!("%{other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &[&str]) {
        let variables = [("OPTS", "-a  'b c'"), ("NAME", "web")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let specifiers = Specifiers {
            unit: "app@one-two.service",
        };
        assert_eq!(
            split(line, &specifiers, &BTreeMap::from(variables)),
            expected,
            "{line}"
        );
    }

    #[test]
    fn words_are_split_as_systemd_does() {
        check(
            "/bin/a  b\t\"c d\" 'e\\'' f\\sg",
            &["/bin/a", "b", "c d", "e'", "f g"],
        );
        check("/bin/a \"\" x", &["/bin/a", "", "x"]);
        check(
            "/bin/a -g 'daemon on; master_process on;'",
            &["/bin/a", "-g", "daemon on; master_process on;"],
        );
    }

    #[test]
    fn variables_alone_are_split_and_inside_are_not() {
        check("/bin/a $OPTS ${NAME}-x", &["/bin/a", "-a", "b c", "web-x"]);
        check("/bin/a $NONE ${NONE} $$x", &["/bin/a", "", "$x"]);
        check("/bin/a '$OPTS'", &["/bin/a", "$OPTS"]);
    }

    #[test]
    fn specifiers_name_the_unit() {
        check(
            "%p %i %I %n %N %t %%",
            &[
                "app",
                "one-two",
                "one/two",
                "app@one-two.service",
                "app@one-two",
                "/run",
                "%",
            ],
        );
    }

    #[test]
    fn any_line_is_survived() {
        let seeds: [&[u8]; 2] = [b"/bin/a \"c d\" ${NAME} $OPTS %i \\x", b"a 'b"];
        patchward_test_support::mutate(&seeds, 1000, |bytes| {
            let line = String::from_utf8_lossy(bytes);
            split(&line, &Specifiers { unit: "a.service" }, &BTreeMap::new());
        });
    }
}
