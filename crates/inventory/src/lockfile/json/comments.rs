//! JSON with comments.

/// Blanks comments and trailing commas, so that JSON with comments (JSONC, as bun and others write it) becomes JSON
/// in which every byte keeps its place.
pub(crate) fn without_comments(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut comma = None;
    let mut at = 0;
    while at < bytes.len() {
        let end = match (bytes[at], bytes.get(at + 1)) {
            (b'"', _) => {
                comma = None;
                end_of_string(&bytes, at)
            }
            (b'/', Some(b'/')) => blank_until(&mut bytes, at, b"\n"),
            (b'/', Some(b'*')) => blank_until(&mut bytes, at, b"*/"),
            (byte, _) => {
                match byte {
                    b',' => comma = Some(at),
                    b'}' | b']' => {
                        if let Some(comma) = comma.take() {
                            bytes[comma] = b' ';
                        }
                    }
                    byte if byte.is_ascii_whitespace() => {}
                    _ => comma = None,
                }
                at + 1
            }
        };
        at = end;
    }
    String::from_utf8(bytes).unwrap_or_default()
}

fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Blanks a comment (line ends stay, so that line numbers do) and gives the place after it.
fn blank_until(bytes: &mut [u8], start: usize, end: &[u8]) -> usize {
    let found = bytes[start + 2..]
        .windows(end.len())
        .position(|window| window == end);
    let stop = found.map_or(bytes.len(), |at| start + 2 + at + end.len());
    for byte in &mut bytes[start..stop] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
    stop
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::json;

    #[test]
    fn comments_and_trailing_commas_become_blanks_of_the_same_length() {
        let text = "{\"a//\": [1, 2,], // x é\n /* , */ \"b\\\"\": {\"c\": 1,\n},\n}";
        let plain = without_comments(text);
        assert_eq!(plain.len(), text.len());
        let read: serde_json::Value = json::read(&plain).unwrap();
        assert_eq!(read["b\""]["c"], 1);
        assert_eq!(read["a//"][1], 2);
    }
}
