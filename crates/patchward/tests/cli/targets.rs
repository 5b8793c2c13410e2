//! Small targets that the invented advisories touch.

use std::fs;
use std::path::Path;

/// A lockfile of the Rust world with a flaw that is exploited.
pub const CARGO_LOCK: &str = r#"version = 4

[[package]]
name = "demo"
version = "0.1.0"
dependencies = ["pocketwatch"]

[[package]]
name = "pocketwatch"
version = "1.2.0"
source = "registry+https://registry.example/index"
"#;

/// A lockfile of npm with a direct, an indirect and a development dependency that have flaws.
pub const PACKAGE_LOCK: &str = r#"{
  "name": "shop",
  "version": "1.0.0",
  "lockfileVersion": 3,
  "packages": {
    "": {
      "name": "shop",
      "version": "1.0.0",
      "dependencies": { "leftish-pad": "^1.0.0" },
      "devDependencies": { "dev-gadget": "^1.0.0" }
    },
    "node_modules/dev-gadget": { "version": "1.0.5", "dev": true },
    "node_modules/leftish-pad": { "version": "1.3.0", "dependencies": { "no-remedy": "*" } },
    "node_modules/no-remedy": { "version": "0.9.0" }
  }
}
"#;

/// An SBOM with one component that has a flaw and one that has none.
pub const SBOM: &str = r#"{
  "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
  "metadata": {"component": {"type": "application", "name": "shop", "bom-ref": "shop"}},
  "components": [
    {"type": "library", "name": "leftish-pad", "version": "1.3.0", "purl": "pkg:npm/leftish-pad@1.3.0"},
    {"type": "library", "name": "sound", "version": "1.0.0", "purl": "pkg:npm/sound@1.0.0"}
  ]
}"#;

const STATUS: &str = "Package: libmaple1
Status: install ok installed
Architecture: amd64
Source: libmaple
Version: 1.0-2
Maintainer: Nobody <nobody@example.org>
Description: leaves

Package: sound
Status: install ok installed
Architecture: amd64
Version: 3.1-1
Maintainer: Nobody <nobody@example.org>
Description: nothing wrong with it
";

const OS_RELEASE: &str = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"
NAME=\"Debian GNU/Linux\"
VERSION_ID=\"12\"
VERSION_CODENAME=bookworm
ID=debian
";

/// Writes a source tree with both lockfiles.
pub fn tree(folder: &Path) {
    put(folder, "Cargo.lock", CARGO_LOCK);
    put(folder, "web/package-lock.json", PACKAGE_LOCK);
}

/// Writes the root of a Debian system.
pub fn root(folder: &Path) {
    put(folder, "etc/os-release", OS_RELEASE);
    put(folder, "var/lib/dpkg/status", STATUS);
}

/// Writes one file, with the folders above it.
pub fn put(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
