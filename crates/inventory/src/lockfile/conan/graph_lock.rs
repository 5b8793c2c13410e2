//! The graph that Conan 1 locks.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Reference;
use crate::lockfile::graph::{Asked, Graph};
use crate::lockfile::json::{Pairs, Text};
use crate::lockfile::package::problem;
use crate::lockfile::text::Lines;
use crate::parse::{Input, Parsed};

/// `graph_lock`.
#[derive(Deserialize)]
pub(super) struct GraphLock<'a> {
    #[serde(borrow, default)]
    nodes: Pairs<'a, Node<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Node<'a> {
    #[serde(borrow, rename = "ref")]
    reference: Text<'a>,
    #[serde(borrow)]
    pref: Text<'a>,
    #[serde(borrow)]
    path: Text<'a>,
    #[serde(borrow)]
    requires: Ids<'a>,
    #[serde(borrow)]
    build_requires: Ids<'a>,
}

/// Ids of nodes: a list, or (before Conan 1.22) a table from reference to id.
#[derive(Default)]
struct Ids<'a>(Vec<Text<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Ids<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdsVisitor)
    }
}

struct IdsVisitor;

impl<'de> Visitor<'de> for IdsVisitor {
    type Value = Ids<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of node ids")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Ids<'de>, A::Error> {
        let mut ids = Vec::new();
        while let Some(id) = list.next_element()? {
            ids.push(id);
        }
        Ok(Ids(ids))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ids<'de>, A::Error> {
        let mut ids = Vec::new();
        while let Some((_, id)) = map.next_entry::<IgnoredAny, Text<'de>>()? {
            ids.push(id);
        }
        Ok(Ids(ids))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Ids<'de>, E> {
        Ok(Ids::default())
    }
}

impl GraphLock<'_> {
    /// Nodes with a reference are components; what the user's own recipes need is direct.
    pub(super) fn read(&self, input: &Input<'_>, lines: &Lines<'_>) -> Parsed {
        let mut parsed = Parsed::default();
        let mut at_of: HashMap<&str, usize> = HashMap::new();
        for (id, node) in &self.nodes.0 {
            let text = if node.reference.is_empty() {
                &node.pref
            } else {
                &node.reference
            };
            if text.is_empty() {
                continue; // the user's conanfile.txt, which has no name
            }
            let line = lines.of(text);
            let Some(reference) = Reference::parse(text) else {
                if node.path.is_empty() {
                    let message = format!("`{}` names no package with one version", &**text);
                    parsed.problems.push(problem(input.path, line, message));
                }
                continue;
            };
            let mut found = reference.component(input, line);
            found.own = !node.path.is_empty();
            at_of.insert(id, parsed.components.len());
            parsed.components.push(found);
        }
        self.graph(&at_of).tell(&mut parsed.components);
        parsed
    }

    fn graph(&self, at_of: &HashMap<&str, usize>) -> Graph {
        let mut graph = Graph::default();
        for (id, node) in &self.nodes.0 {
            let from = at_of.get(&**id).copied();
            let own = from.is_none() || !node.path.is_empty();
            for (ids, asked) in [
                (&node.requires, Asked::Runtime),
                (&node.build_requires, Asked::Development),
            ] {
                for to in ids.0.iter().filter_map(|to| at_of.get(&**to).copied()) {
                    if own {
                        graph.root(to, asked);
                    }
                    // What a package needs to be built, it does not need to run.
                    if let Some(from) = from.filter(|_| asked == Asked::Runtime) {
                        graph.edge(from, to);
                    }
                }
            }
        }
        graph
    }
}
