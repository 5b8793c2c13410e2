//! One spelling per package name, so that a look-up finds what a publisher wrote otherwise.

use std::borrow::Cow;

/// The ecosystem without its release (`Debian:12` is `Debian`), and the release (`12`, or nothing).
pub fn family(ecosystem: &str) -> (&str, &str) {
    ecosystem.split_once(':').unwrap_or((ecosystem, ""))
}

/// The name as the index spells it.
///
/// PyPI by PEP 503; NuGet, Packagist, GitHub Actions and Pub ignore case; SwiftPM names are repository addresses
/// without scheme, case and `.git`. Every other ecosystem tells names apart by case.
pub fn spelling<'n>(family: &str, name: &'n str) -> Cow<'n, str> {
    match family {
        "PyPI" => python(name),
        "NuGet" | "Packagist" | "GitHub Actions" | "Pub" | "Bitnami" | "CPE" => lower(name),
        "SwiftURL" => swift(name),
        _ => Cow::Borrowed(name),
    }
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.chars().any(char::is_uppercase) {
        Cow::Owned(name.to_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

fn python(name: &str) -> Cow<'_, str> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let mut before = b'-';
    let normal = name.bytes().all(|b| {
        let good = plain(b) || (b == b'-' && before != b'-');
        before = b;
        good
    });
    if normal {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            c => out.extend(c.to_lowercase()),
        }
    }
    Cow::Owned(out)
}

fn swift(name: &str) -> Cow<'_, str> {
    let name = name.split_once("://").map_or(name, |(_, rest)| rest);
    let name = name.trim_end_matches('/');
    lower(name.strip_suffix(".git").unwrap_or(name))
}

/// `vendor:product` of a CPE 2.3 name or a CPE 2.2 address, in lower case and with its escapes.
pub fn cpe_product(cpe: &str) -> Option<String> {
    let rest = match cpe.strip_prefix("cpe:2.3:") {
        Some(rest) => rest,
        None => cpe.strip_prefix("cpe:/")?,
    };
    let mut parts = cpe_parts(rest).into_iter().skip(1);
    let (vendor, product) = (parts.next()?, parts.next()?);
    (!vendor.is_empty() && !product.is_empty())
        .then(|| format!("{vendor}:{product}").to_lowercase())
}

/// The attributes of a CPE name; a colon behind a backslash does not part them.
fn cpe_parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::with_capacity(11);
    let (mut start, mut escaped) = (0, false);
    for (at, byte) in text.bytes().enumerate() {
        if byte == b':' && !escaped {
            parts.push(text.get(start..at).unwrap_or_default());
            start = at + 1;
        }
        escaped = byte == b'\\' && !escaped;
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_spelling() {
        assert_eq!(spelling("PyPI", "Ruamel.yaml__clib"), "ruamel-yaml-clib");
        assert_eq!(spelling("PyPI", "requests"), "requests");
        assert_eq!(spelling("NuGet", "Newtonsoft.Json"), "newtonsoft.json");
        assert_eq!(spelling("npm", "JSONStream"), "JSONStream");
        assert_eq!(
            spelling("SwiftURL", "https://github.com/Apple/swift-nio.git"),
            "github.com/apple/swift-nio"
        );
    }

    #[test]
    fn a_cpe_gives_vendor_and_product() {
        assert_eq!(
            cpe_product("cpe:2.3:a:OpenSSL:openssl:1.1.0a:*:*:*:*:*:*:*").as_deref(),
            Some("openssl:openssl")
        );
        assert_eq!(
            cpe_product("cpe:/a:apache:http_server:2.4").as_deref(),
            Some("apache:http_server")
        );
        assert_eq!(
            cpe_product(r"cpe:2.3:a:x\:y:z:*").as_deref(),
            Some(r"x\:y:z")
        );
        assert_eq!(cpe_product("cpe:2.3:a"), None);
    }
}
