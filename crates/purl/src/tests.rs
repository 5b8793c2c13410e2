use super::*;

fn check(text: &str, canonical: &str) {
    let purl: Purl = text.parse().unwrap();
    assert_eq!(purl.to_string(), canonical);
    assert_eq!(canonical.parse::<Purl>().unwrap(), purl);
}

fn named(text: &str, ecosystem: Option<&str>, name: &str) {
    let purl: Purl = text.parse().unwrap();
    assert_eq!(
        (purl.ecosystem(), purl.package_name().as_str()),
        (ecosystem, name)
    );
}

#[test]
fn parts_are_encoded_and_decoded() {
    check("pkg:npm/@scope/a@1.0.0", "pkg:npm/%40scope/a@1.0.0");
    check(
        "pkg:deb/debian/g++@1:4.4-2+b1",
        "pkg:deb/debian/g%2B%2B@1:4.4-2%2Bb1",
    );
    check(
        "pkg:generic/a%20b@1?z=%2F&a=x",
        "pkg:generic/a%20b@1?a=x&z=%2F",
    );
    check("pkg:generic/100%", "pkg:generic/100%25");
    check(
        "pkg:generic/a?vcs_url=git@host:x",
        "pkg:generic/a?vcs_url=git%40host:x",
    );
}

#[test]
fn slashes_that_mean_nothing_go() {
    check(
        "pkg:///golang//example.com//m///n@v1#./a/../b/",
        "pkg:golang/example.com/m/n@v1#a/b",
    );
}

#[test]
fn a_slash_that_was_encoded_into_a_name_ends_the_namespace() {
    check("pkg:npm/%40scope%2Fname@1", "pkg:npm/%40scope/name@1");
    check(
        "pkg:golang/example.com%2Fa%2Fb@v1",
        "pkg:golang/example.com/a/b@v1",
    );
    check(
        "pkg:k8s/k8s.io%2Fapiserver@1",
        "pkg:k8s/k8s.io%2Fapiserver@1",
    );
}

#[test]
fn types_fold_their_names() {
    check("pkg:PyPI/Zope._-Interface@1", "pkg:pypi/zope-interface@1");
    check("pkg:composer/Vendor/Name", "pkg:composer/vendor/name");
    check(
        "pkg:rpm/Fedora/NetworkManager",
        "pkg:rpm/fedora/NetworkManager",
    );
    check("pkg:cpan/author/Some-Dist", "pkg:cpan/AUTHOR/Some-Dist");
    check("pkg:pub/My-Package", "pkg:pub/my_package");
    check(
        "pkg:golang/github.com/Owner/Repo@v1",
        "pkg:golang/github.com/Owner/Repo@v1",
    );
}

#[test]
fn advisories_know_packages_by_their_ecosystem() {
    named("pkg:npm/%40scope/a@1", Some("npm"), "@scope/a");
    named(
        "pkg:maven/org.example/lib@1",
        Some("Maven"),
        "org.example:lib",
    );
    named(
        "pkg:golang/example.com/a/b/v2@v2.1.0",
        Some("Go"),
        "example.com/a/b/v2",
    );
    named(
        "pkg:composer/vendor/name@1",
        Some("Packagist"),
        "vendor/name",
    );
    named(
        "pkg:swift/github.com/owner/repo@1",
        Some("SwiftURL"),
        "github.com/owner/repo",
    );
    named("pkg:deb/debian/openssl@3?arch=amd64", None, "openssl");
    named("pkg:conan/owner/zlib@1", Some("ConanCenter"), "zlib");
    named(
        "pkg:vscode-extension/publisher/ext",
        Some("VSCode"),
        "publisher.ext",
    );
}

#[test]
fn what_is_not_a_purl_is_refused_with_the_reason() {
    let error = |text: &str| text.parse::<Purl>().unwrap_err();
    assert_eq!(error("npm/a@1"), InvalidPurl::Scheme);
    assert_eq!(error("pkg:npm"), InvalidPurl::Type);
    assert_eq!(error("pkg:1npm/a"), InvalidPurl::Type);
    assert_eq!(error("pkg:npm/@1.0"), InvalidPurl::Name);
    assert_eq!(error("pkg:npm/a?=b"), InvalidPurl::Qualifier);
    assert_eq!(error("pkg:npm/a?b=1&b=2"), InvalidPurl::Qualifier);
    assert_eq!(error("pkg:npm/%ff"), InvalidPurl::Encoding);
    assert_eq!(
        error(&format!("pkg:npm/{}", "a".repeat(MAX_LENGTH))),
        InvalidPurl::TooLong
    );
}

#[test]
fn reading_forgives_what_the_strict_reader_refuses() {
    for text in [
        "pkg:julia/Dates",
        "pkg:gem/x?Platform=java",
        "pkg:swift/Alamofire",
        "pkg:pypi/a/b",
    ] {
        assert!(text.parse::<Purl>().is_ok(), "{text}");
        assert!(Purl::parse_strict(text).is_err(), "{text}");
    }
}

#[test]
fn a_purl_is_built_from_its_parts() {
    let purl = Purl::new("rpm", Some("fedora"), "curl")
        .unwrap()
        .with_version("7.50.3-1.fc25")
        .with_qualifier("distro", "fedora-25")
        .with_qualifier("Arch", "i386")
        .with_qualifier("epoch", "")
        .with_qualifier("not a key", "x")
        .with_subpath("a//b");
    assert_eq!(
        purl.to_string(),
        "pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386&distro=fedora-25#a/b"
    );
    assert_eq!(purl.qualifier("arch"), Some("i386"));
    assert_eq!(purl.package().to_string(), "pkg:rpm/fedora/curl");
    assert_eq!(
        Purl::new("npm", Some(""), "").unwrap_err(),
        InvalidPurl::Name
    );
}

#[test]
fn mutated_purls_never_panic_and_stay_canonical() {
    let seeds: [&[u8]; 3] = [
        b"pkg:npm/%40scope/name@1.2.3?vcs_url=git%2Bhttps://x.example/y#sub/path",
        b"pkg:git/github.com/Owner/Repo/deep@abc",
        b"pkg:pypi/Foo_.Bar@1.0rc1?file_name=a.whl&b=c",
    ];
    patchward_test_support::mutate(&seeds, 4000, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        if let Ok(purl) = text.parse::<Purl>() {
            let canonical = purl.to_string();
            if canonical.len() <= MAX_LENGTH {
                assert_eq!(
                    canonical.parse::<Purl>().as_ref(),
                    Ok(&purl),
                    "{text:?} -> {canonical}"
                );
            }
        }
    });
}

proptest::proptest! {
    #[test]
    fn what_is_built_of_parts_reads_as_built(
        kind in "[a-z][a-z0-9.-]{0,8}",
        namespace in proptest::option::of("[^/\\PC]{1,8}(/[^/\\PC]{1,8})?"),
        name in "[^/\\PC]{1,12}",
        version in "[^/\\PC]{0,8}",
        value in "\\PC{0,12}",
    ) {
        if let Ok(purl) = Purl::new(&kind, namespace.as_deref(), &name) {
            let purl = purl.with_version(&version).with_qualifier("key", &value);
            proptest::prop_assert_eq!(purl.to_string().parse::<Purl>(), Ok(purl));
        }
    }
}
