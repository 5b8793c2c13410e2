//! The few tokens of Elixir that a lock has.

/// A token that matters; commas, arrows and blanks do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `"text"`, as written between its quotes.
    Text(&'a str),
    /// `:name`, `:"name"`, or a key `name:`.
    Atom(&'a str),
    /// An opening brace, bracket or parenthesis.
    Open,
    /// A closing one.
    Close,
}

/// Walks over a text.
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Tokens<'a> {
        Tokens { text, at: 0 }
    }

    /// Goes behind the `%{` that begins the map.
    pub(super) fn skip_to_map(&mut self) -> bool {
        let start = self.text.find("%{");
        self.at = start.map_or(self.text.len(), |start| start + 2);
        start.is_some()
    }

    /// The next entry: its key, and the tokens directly inside its tuple (those of inner lists left out).
    pub(super) fn entry(&mut self) -> Option<(&'a str, Vec<Token<'a>>)> {
        let key = loop {
            match self.next()? {
                Token::Text(key) | Token::Atom(key) => break key,
                Token::Open => self.skip_inner(),
                Token::Close => return None,
            }
        };
        let mut inside = Vec::new();
        let before = self.at;
        if self.next()? != Token::Open {
            self.at = before;
            return Some((key, inside));
        }
        while let Some(token) = self.next() {
            match token {
                Token::Close => break,
                Token::Open => self.skip_inner(),
                token => inside.push(token),
            }
        }
        Some((key, inside))
    }

    fn skip_inner(&mut self) {
        let mut depth = 1usize;
        while depth > 0 {
            match self.next() {
                Some(Token::Open) => depth += 1,
                Some(Token::Close) => depth -= 1,
                Some(_) => {}
                None => return,
            }
        }
    }

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.text.get(self.at..)?;
            let first = rest.chars().next()?;
            self.at += first.len_utf8();
            match first {
                '{' | '[' | '(' => return Some(Token::Open),
                '}' | ']' | ')' => return Some(Token::Close),
                '"' => return Some(Token::Text(self.quoted())),
                '#' => self.at += rest.find('\n').unwrap_or(rest.len()) - 1,
                ':' if self.rest().starts_with('"') => {
                    self.at += 1;
                    return Some(Token::Atom(self.quoted()));
                }
                ':' => {
                    let name = self.word();
                    if !name.is_empty() {
                        return Some(Token::Atom(name));
                    }
                }
                first if is_word(first) => {
                    self.at -= first.len_utf8();
                    let name = self.word();
                    if self.rest().starts_with(':') {
                        self.at += 1;
                        return Some(Token::Atom(name));
                    }
                }
                _ => {}
            }
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Up to the closing quote, which an escape does not end.
    fn quoted(&mut self) -> &'a str {
        let rest = self.rest();
        let mut escaped = false;
        let end = rest.bytes().position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        });
        let end = end.unwrap_or(rest.len());
        self.at += (end + 1).min(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
