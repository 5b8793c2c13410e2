//! The dependency tree that cargo-auditable puts into a program: JSON, compressed, in the section `.dep-v0`
//! (github.com/rust-secure-code/cargo-auditable, "PARSING.md").

use std::io::Read;

use flate2::read::ZlibDecoder;
use object::File;
use object::read::ReadRef;
use serde::Deserialize;

use crate::lockfile::graph::{Asked, Graph};
use crate::lockfile::package::component;
use crate::parse::{MAX_COMPONENTS, Parsed};

/// Compressed bytes; the largest programs have some 20 KiB.
const MAX_COMPRESSED: u64 = 8 << 20;

/// Inflated bytes.
const MAX_INFLATED: u64 = 64 << 20;

#[derive(Deserialize)]
struct Tree {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    dependencies: Vec<usize>,
    #[serde(default)]
    root: bool,
}

/// Reads the tree, if there is one.
///
/// # Errors
/// The section is there and holds something else, or goes beyond the limits.
pub(super) fn read<'data, R: ReadRef<'data>>(
    path: &str,
    file: &File<'data, R>,
    data: R,
) -> Result<Parsed, String> {
    let Some((start, size)) = super::section(file, &[".dep-v0"]) else {
        return Ok(Parsed::default());
    };
    if size > MAX_COMPRESSED {
        return Err(format!(
            "cargo-auditable data of {size} bytes, more than {MAX_COMPRESSED}"
        ));
    }
    let bytes = data.read_bytes_at(start, size);
    let bytes = bytes.map_err(|()| "cargo-auditable data beyond the end of the file".to_owned())?;
    let mut json = Vec::new();
    let mut inflate = ZlibDecoder::new(bytes).take(MAX_INFLATED + 1);
    let inflated = inflate.read_to_end(&mut json);
    inflated.map_err(|error| format!("cargo-auditable data cannot be inflated: {error}"))?;
    if json.len() as u64 > MAX_INFLATED {
        return Err(format!(
            "cargo-auditable data inflates to more than {MAX_INFLATED} bytes"
        ));
    }
    let tree: Tree = serde_json::from_slice(&json)
        .map_err(|error| format!("cargo-auditable data is not as expected: {error}"))?;
    Ok(tree.components(path))
}

impl Tree {
    fn components(&self, path: &str) -> Parsed {
        let mut parsed = Parsed::default();
        let mut graph = Graph::default();
        for (from, package) in self.packages.iter().take(MAX_COMPONENTS).enumerate() {
            let mut found = component("cargo", &package.name, &package.version, path, None);
            // Build scripts and macros ran while it was built; their code is not in the program.
            found.development = Some(package.kind.as_deref() == Some("build"));
            found.own = package.root || package.source == "local";
            if !["", "crates.io", "local"].contains(&package.source.as_str()) {
                let origin = package.source.clone();
                found.properties.insert("origin".into(), origin);
            }
            parsed.components.push(found);
            for &to in &package.dependencies {
                graph.edge(from, to);
                if package.root || package.source == "local" {
                    graph.root(to, Asked::Unsaid);
                }
            }
        }
        graph.tell(&mut parsed.components);
        parsed
    }
}
