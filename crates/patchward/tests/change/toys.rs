//! The toy packages: good ones, and those that fail on demand. Version 1.1 of each mends a flaw that is known.

use patchward_test_support::{ToyPackage, shop, shop_program, shop_with};

/// Every toy in a version.
pub fn all(version: &str) -> Vec<ToyPackage> {
    let mut all = vec![shop(version), demo(version)];
    all.extend(["first", "second", "third"].map(|name| several(name, version)));
    all
}

/// A program with a configuration file.
pub fn demo(version: &str) -> ToyPackage {
    ToyPackage::new("demo", version)
        .file(
            "/usr/bin/demo",
            &format!("#!/bin/sh\necho demo {version}\n"),
        )
        .conffile("/etc/demo.conf", "port 80\nworkers 2\n")
        .change("Fix CVE-2026-91001")
}

/// A package with a few files and scripts that take a moment, so that there is something to interrupt.
pub fn several(name: &str, version: &str) -> ToyPackage {
    let mut package = ToyPackage::new(name, version)
        .conffile(&format!("/etc/{name}.conf"), "for all versions\n")
        .script("postinst", "sleep 0.05")
        .script("prerm", "sleep 0.02");
    for number in 0..5 {
        let path = format!("/usr/share/{name}/file{number}");
        package = package.file(&path, &format!("{name} {version} {number}\n"));
    }
    package
}

/// The shop whose pages fail.
pub fn broken_shop(version: &str) -> ToyPackage {
    let broken = shop_program().replace("return 200, \"text/html\"", "return 500, \"text/html\"");
    assert_ne!(broken, shop_program());
    shop_with(version, &broken)
}

/// The shop that thinks long about each page.
pub fn slow_shop(version: &str) -> ToyPackage {
    let slow = shop_program().replace(
        "def front_page():\n",
        "def front_page():\n    sum(n * n for n in range(200_000))\n",
    );
    assert_ne!(slow, shop_program());
    shop_with(version, &slow)
}
