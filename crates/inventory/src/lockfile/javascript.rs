//! What the lockfiles of npm, Yarn, pnpm and Bun have in common: how names, versions and commits are written.

/// Cuts `name@version` or `@scope/name@version` at the `@` that ends the name.
pub(crate) fn name_and_rest(spec: &str) -> Option<(&str, &str)> {
    let from = usize::from(spec.starts_with('@'));
    let at = spec.get(from..)?.find('@')? + from;
    Some((&spec[..at], &spec[at + 1..]))
}

/// The commit that a resolved address names: `git+ssh://…#HASH`, `github:owner/name#HASH`, `….git#commit=HASH`, and
/// GitHub's archive addresses.
pub(crate) fn commit(address: &str) -> Option<&str> {
    if let Some((_, rest)) = address.split_once("https://codeload.github.com/") {
        return rest
            .rsplit_once("/tar.gz/")
            .map(|(_, hash)| hash)
            .filter(|hash| is_word(hash));
    }
    let (place, hash) = address.rsplit_once('#')?;
    if let Some(hash) = hash
        .strip_prefix("commit=")
        .or_else(|| hash.strip_prefix("commit:"))
    {
        return Some(hash.split('&').next().unwrap_or(hash)).filter(|hash| is_word(hash));
    }
    let schemes = [
        "git://",
        "git+ssh://",
        "git+https://",
        "git+http://",
        "ssh://",
    ];
    let hosts = ["github:", "gitlab:", "bitbucket:"];
    // Yarn and Bun put `name@` before the address.
    let bare = place.split_once('@').map_or(place, |(name, rest)| {
        match rest.contains("://") && !name.contains("://") {
            true => rest,
            false => place,
        }
    });
    let named = schemes.iter().any(|scheme| place.contains(scheme))
        || hosts.iter().any(|host| bare.starts_with(host))
        || (place.contains("https://") && place.ends_with(".git"));
    (named && is_word(hash)).then_some(hash)
}

fn is_word(hash: &str) -> bool {
    !hash.is_empty() && hash.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_scope() {
        assert_eq!(name_and_rest("a@1"), Some(("a", "1")));
        assert_eq!(name_and_rest("@s/a@npm:b@2"), Some(("@s/a", "npm:b@2")));
        assert_eq!(name_and_rest("@s/a"), None);
    }

    #[test]
    fn commits_are_told_from_other_fragments() {
        let check = |address, hash| assert_eq!(commit(address), hash, "{address}");
        check("git+ssh://git@github.com/a/b.git#0abc", Some("0abc"));
        check("github:a/b#0abc", Some("0abc"));
        check("gitlab:a/b#0abc", Some("0abc"));
        check("https://github.com/a/b.git#0abc", Some("0abc"));
        check("n@https://github.com/a/b.git#commit=0abc", Some("0abc"));
        check("n@https://github.com/a/b.git#commit:0abc", Some("0abc"));
        check("https://codeload.github.com/a/b/tar.gz/0abc", Some("0abc"));
        check("https://registry.example/a/-/a-1.tgz#0abc", None);
        check("file:../x#../x::hash=1", None);
        check("1.0.0", None);
    }
}
