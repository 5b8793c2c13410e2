//! What dpkg says when something goes wrong.

/// A package that dpkg could not process, and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The package, or the archive's path.
    pub package: String,
    /// What dpkg says.
    pub message: String,
}

/// Most troubles that are kept of one output.
const MAX_TROUBLES: usize = 100;

/// Finds `dpkg: error processing package NAME (--configure):` with the line that follows.
pub fn troubles(text: &str) -> Vec<Trouble> {
    let mut found: Vec<Trouble> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(rest) = line.trim().strip_prefix("dpkg: error processing ") else {
            continue;
        };
        let what = rest.split_once(' ').map_or("", |(_, name)| name);
        let package = what.split(" (").next().unwrap_or_default().trim();
        let message = lines.peek().map_or("", |next| next.trim());
        let trouble = Trouble {
            package: package.to_owned(),
            message: message.to_owned(),
        };
        if !package.is_empty() && !found.contains(&trouble) && found.len() < MAX_TROUBLES {
            found.push(trouble);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: &str = "Setting up demo (2) ...\ndemo: no good\n\
        dpkg: error processing package demo (--configure):\n installed demo package post-installation script subprocess returned error exit status 1\n\
        Errors were encountered while processing:\n demo\nE: Sub-process /usr/bin/dpkg returned an error code (1)\n";

    #[test]
    fn the_package_and_its_reason_are_named() {
        let found = troubles(FAILED);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].package, "demo");
        assert!(found[0].message.contains("post-installation"));
    }

    #[test]
    fn an_archive_that_does_not_unpack_is_named_too() {
        let text = "dpkg: error processing archive /x/a_1_all.deb (--unpack):\n cannot copy extracted data: No space left on device\n";
        assert_eq!(troubles(text)[0].package, "/x/a_1_all.deb");
        patchward_test_support::mutate(&[FAILED.as_bytes(), text.as_bytes()], 1000, |bytes| {
            troubles(&String::from_utf8_lossy(bytes));
        });
    }
}
