//! Names and versions that may stand on a package manager's command line.
//!
//! They come from advisories and plans. One that begins with `-` would be an option, one with `*` a pattern, and one
//! that ends with `-` asks apt for a removal.

use patchward_protocol::transaction::{KeptBack, KeptReason};

use crate::executor::Request;

/// Longest name or version.
const MAX_LENGTH: usize = 256;

/// Takes out what is no name or no version, and says so.
pub fn sift(request: &Request) -> (Request, Vec<KeptBack>) {
    let mut sound = request.clone();
    let mut refused = Vec::new();
    sound.packages.retain(|package| {
        let detail = if !is_name(&package.name) {
            "this is no name of a package"
        } else if !package.version.is_empty() && !is_version(&package.version) {
            "this is no version"
        } else {
            return true;
        };
        refused.push(KeptBack {
            name: package.name.clone(),
            reason: KeptReason::NotAvailable,
            detail: format!("{detail}: {:?} {:?}", package.name, package.version),
        });
        false
    });
    (sound, refused)
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+._-:@".contains(&byte);
    is_sound(name, fits) && !name.ends_with('-')
}

fn is_version(version: &str) -> bool {
    is_sound(version, |byte| {
        byte.is_ascii_alphanumeric() || b"+._-:~^%".contains(&byte)
    })
}

fn is_sound(text: &str, fits: impl Fn(u8) -> bool) -> bool {
    text.len() <= MAX_LENGTH
        && text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
        && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_protocol::transaction::PackageVersion;

    #[test]
    fn what_would_be_an_option_a_pattern_or_a_path_is_refused() {
        for (name, version, sound) in [
            ("libstdc++6", "12.2.0-14+deb12u1", true),
            ("libx:i386", "5:7.0.15-1~deb12u7", true),
            ("postgresql@15", "", true),
            ("-oAPT::Update::Pre-Invoke::=x", "1", false),
            ("nginx*", "1", false),
            ("nginx-", "1", false),
            ("./local.deb", "1", false),
            ("a b", "1", false),
            ("a", "1 2", false),
            ("a", "-1", false),
            ("", "1", false),
        ] {
            let request = Request {
                packages: vec![PackageVersion {
                    name: name.into(),
                    version: version.into(),
                }],
                install: Vec::new(),
            };
            let (left, refused) = sift(&request);
            assert_eq!(left.packages.len() == 1, sound, "{name} {version}");
            assert_eq!(refused.is_empty(), sound);
        }
    }
}
