//! Parses and prints package URLs by the purl specification.

/// A package URL: `pkg:type/namespace/name@version?qualifiers#subpath`, normalised by its type's rules.
///
/// Two purls are equal when their canonical texts are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Purl {
    kind: String,
    namespace: Option<String>,
    name: String,
    version: Option<String>,
    qualifiers: Vec<(String, String)>,
    subpath: Option<String>,
}
