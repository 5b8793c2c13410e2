//! Diversions: a package's file that lies under another name because somebody else took the first.

use std::collections::HashMap;

use super::ADMIN;
use crate::below::Below;

/// All diversions of a machine.
#[derive(Debug, Clone, Default)]
pub struct Diversions(HashMap<String, (String, String)>);

impl Diversions {
    pub fn read(root: &Below) -> Diversions {
        let text = root.text(&format!("{ADMIN}/diversions"), 4 << 20);
        Diversions::parse(&text.unwrap_or_default())
    }

    /// Three lines each: the path, where it is diverted to, and the package that diverts (`:` for the administrator).
    fn parse(text: &str) -> Diversions {
        let lines: Vec<&str> = text.lines().collect();
        let entries = lines.chunks_exact(3).filter_map(|three| match three {
            [from, to, by] => Some(((*from).to_owned(), ((*to).to_owned(), (*by).to_owned()))),
            _ => None,
        });
        Diversions(entries.collect())
    }

    /// Where the file of a package really lies.
    pub fn place<'a>(&'a self, path: &'a str, package: &str) -> &'a str {
        match self.0.get(path) {
            Some((to, by)) if by != package => to,
            _ => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_diverts_keeps_the_path_and_others_get_the_new_one() {
        let all = Diversions::parse("/bin/sh\n/bin/sh.distrib\ndash\n/x\n/y\n:\n");
        assert_eq!(all.place("/bin/sh", "dash"), "/bin/sh");
        assert_eq!(all.place("/bin/sh", "bash"), "/bin/sh.distrib");
        assert_eq!(all.place("/x", "any"), "/y");
        assert_eq!(all.place("/z", "any"), "/z");
    }
}
