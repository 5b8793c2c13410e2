//! The file name of a document (CSAF 2.0 and 2.1, section 5.1).

/// The name that a document with this tracking id has: lower case, and every run of other characters than letters,
/// digits, `+` and `-` is one `_`.
pub fn file_name(tracking_id: &str) -> String {
    let mut name = String::with_capacity(tracking_id.len() + 5);
    let mut replaced = false;
    for c in tracking_id.chars().flat_map(char::to_lowercase) {
        let kept = matches!(c, 'a'..='z' | '0'..='9' | '+' | '-');
        // An underscore of the id is a replaced character like any other: runs of them become one.
        if kept {
            name.push(c);
        } else if !replaced {
            name.push('_');
        }
        replaced = !kept;
    }
    name.push_str(".json");
    name
}

/// Whether a document with this tracking id may lie in a file of this name.
pub fn is_file_name(name: &str, tracking_id: &str) -> bool {
    name == file_name(tracking_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_other_characters_become_one_underscore() {
        assert_eq!(file_name("RHSA-2024:0001"), "rhsa-2024_0001.json");
        assert_eq!(file_name("My-Thing-.10"), "my-thing-_10.json");
        assert_eq!(file_name("A: #/B_C+1"), "a_b_c+1.json");
        assert!(!is_file_name("RHSA-2024_0001.json", "RHSA-2024:0001"));
    }
}
