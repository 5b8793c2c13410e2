//! Who needs whom: tells each component whether it is direct, for development only, and by which path it came in.

use std::collections::VecDeque;

use patchward_protocol::inventory::{Component, Need};

/// A longer path of introduction is cut after so many packages; real ones have a dozen at most.
const MAX_PATH: usize = 32;

/// A package is asked for by so many others that are noted at most.
pub(crate) const MAX_NEEDS: usize = 100;

/// So many are noted in one file at most; a large workspace has some 100,000.
const MAX_ALL_NEEDS: usize = 1_000_000;

/// A range or name that is longer (in bytes) is no real one, and is not noted.
const MAX_NEED_TEXT: usize = 256;

/// The dependency graph of one file. Nodes are indexes into the file's components; asking for a node that does not
/// exist is ignored.
#[derive(Default)]
pub(crate) struct Graph {
    edges: Vec<(u32, u32)>,
    roots: Vec<(u32, Asked)>,
    /// Ranges of some edges, by the edge's number.
    edge_ranges: Vec<(usize, Box<str>)>,
    /// Ranges of some roots, by the root's number.
    root_ranges: Vec<(usize, Box<str>)>,
}

/// How the project itself asks for a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asked {
    /// At run time.
    Runtime,
    /// For development or tests.
    Development,
    /// The file does not tell the two apart.
    Unsaid,
}

impl Graph {
    /// `from` needs `to`.
    pub(crate) fn edge(&mut self, from: usize, to: usize) {
        if let (Ok(from), Ok(to)) = (u32::try_from(from), u32::try_from(to)) {
            self.edges.push((from, to));
        }
    }

    /// The project (or a workspace member) itself asks for `to`.
    pub(crate) fn root(&mut self, to: usize, asked: Asked) {
        if let Ok(to) = u32::try_from(to) {
            self.roots.push((to, asked));
        }
    }

    /// `from` needs `to` in a version that `range` allows; an empty range is not said.
    pub(crate) fn need(&mut self, from: usize, to: usize, range: &str) {
        self.edge(from, to);
        if let Some(last) = self.edges.len().checked_sub(1).filter(|_| is_told(range)) {
            self.edge_ranges.push((last, range.into()));
        }
    }

    /// The project itself asks for `to` in a version that `range` allows; an empty range is not said.
    pub(crate) fn ask(&mut self, to: usize, asked: Asked, range: &str) {
        self.root(to, asked);
        if let Some(last) = self.roots.len().checked_sub(1).filter(|_| is_told(range)) {
            self.root_ranges.push((last, range.into()));
        }
    }

    /// Writes `direct`, `development`, `path` and `needed_by` into the components, in time linear in nodes and edges (the paths
    /// themselves are at most [`MAX_PATH`] long). Components that no root reaches stay as they are; so does a
    /// `development` that the file states itself.
    pub(crate) fn tell(&self, components: &mut [Component]) {
        let follow = Follow::new(&self.edges, components.len());
        let starts = |wanted: &dyn Fn(Asked) -> bool| -> Vec<usize> {
            let asked = self.roots.iter().filter(|(_, asked)| wanted(*asked));
            asked.map(|&(to, _)| to as usize).collect()
        };
        let all = follow.walk(&starts(&|_| true));
        let runtime = follow.walk(&starts(&|asked| asked != Asked::Development));
        let said = self.roots.iter().any(|(_, asked)| *asked != Asked::Unsaid);
        let names: Vec<String> = components
            .iter()
            .map(|component| format!("{}@{}", component.name, component.version))
            .collect();
        for (at, component) in components.iter_mut().enumerate() {
            if component.own || all.reached[at] == Reached::No {
                continue;
            }
            component.direct = Some(all.reached[at] == Reached::Start);
            let at_run_time = runtime.reached[at] != Reached::No;
            if said && component.development.is_none() {
                component.development = Some(!at_run_time);
            }
            let walk = if at_run_time { &runtime } else { &all };
            // What is direct has no path, though something else may need it at run time, too.
            if component.direct == Some(false) {
                component.path = walk.path(at, &names);
            }
        }
        self.tell_needs(components, &names);
    }

    fn tell_needs(&self, components: &mut [Component], names: &[String]) {
        let mut left = MAX_ALL_NEEDS;
        let mut note = |to: u32, need: Need, components: &mut [Component]| {
            let Some(component) = components.get_mut(to as usize).filter(|_| left > 0) else {
                return;
            };
            if component.needed_by.len() < MAX_NEEDS && !component.needed_by.contains(&need) {
                component.needed_by.push(need);
                left -= 1;
            }
        };
        let mut ranges = self.root_ranges.iter().peekable();
        for (number, (to, _)) in self.roots.iter().enumerate() {
            let range = ranges.next_if(|(at, _)| *at == number);
            let range = range.map(|(_, range)| range.to_string());
            let package = String::new();
            note(*to, Need { package, range }, components);
        }
        let mut ranges = self.edge_ranges.iter().peekable();
        for (number, (from, to)) in self.edges.iter().enumerate() {
            let range = ranges.next_if(|(at, _)| *at == number);
            let range = range.map(|(_, range)| range.to_string());
            let own = components.get(*from as usize).is_some_and(|from| from.own);
            let Some(name) = names.get(*from as usize) else {
                continue;
            };
            // What the project's own packages ask for, the project asks for.
            let package = if own { String::new() } else { name.clone() };
            if package.len() <= MAX_NEED_TEXT {
                note(*to, Need { package, range }, components);
            }
        }
    }
}

fn is_told(range: &str) -> bool {
    !range.is_empty() && range.len() <= MAX_NEED_TEXT
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reached {
    No,
    Start,
    By(usize),
}

/// How each node was reached, with the number of steps, and for deep nodes the ancestor at [`MAX_PATH`] steps (so that
/// a chain of a million packages does not cost its square).
struct Walk {
    reached: Vec<Reached>,
    steps: Vec<u32>,
    anchor: Vec<usize>,
}

impl Walk {
    fn path(&self, at: usize, names: &[String]) -> Vec<String> {
        let mut path = Vec::new();
        let mut at = at;
        if self.steps[at] as usize > MAX_PATH {
            at = self.anchor[at];
        }
        while let Reached::By(parent) = self.reached[at] {
            path.push(names[parent].clone());
            at = parent;
        }
        path.reverse();
        path
    }
}

/// The edges grouped by where they begin.
struct Follow {
    first: Vec<usize>,
    to: Vec<u32>,
}

impl Follow {
    fn new(edges: &[(u32, u32)], nodes: usize) -> Follow {
        let inside = |&&(from, to): &&(u32, u32)| (from as usize) < nodes && (to as usize) < nodes;
        let mut first = vec![0usize; nodes + 1];
        for &(from, _) in edges.iter().filter(inside) {
            first[from as usize + 1] += 1;
        }
        for at in 0..nodes {
            first[at + 1] += first[at];
        }
        let mut next = first.clone();
        let mut to = vec![0u32; first[nodes]];
        for &(from, target) in edges.iter().filter(inside) {
            to[next[from as usize]] = target;
            next[from as usize] += 1;
        }
        Follow { first, to }
    }

    /// Breadth first, so the way that is noted for a node is a shortest one.
    fn walk(&self, starts: &[usize]) -> Walk {
        let nodes = self.first.len() - 1;
        let mut walk = Walk {
            reached: vec![Reached::No; nodes],
            steps: vec![0; nodes],
            anchor: (0..nodes).collect(),
        };
        let mut queue = VecDeque::new();
        for &start in starts.iter().filter(|&&start| start < nodes) {
            if walk.reached[start] == Reached::No {
                walk.reached[start] = Reached::Start;
                queue.push_back(start);
            }
        }
        while let Some(at) = queue.pop_front() {
            for &to in &self.to[self.first[at]..self.first[at + 1]] {
                let to = to as usize;
                if walk.reached[to] == Reached::No {
                    walk.reached[to] = Reached::By(at);
                    walk.steps[to] = walk.steps[at] + 1;
                    if walk.steps[at] as usize >= MAX_PATH {
                        walk.anchor[to] = walk.anchor[at];
                    }
                    queue.push_back(to);
                }
            }
        }
        walk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(count: usize, edges: &[(usize, usize)], roots: &[(usize, Asked)]) -> Vec<Component> {
        let mut components: Vec<Component> = (0..count)
            .map(|at| Component {
                name: format!("p{at}"),
                version: "1".into(),
                ..Component::default()
            })
            .collect();
        let mut graph = Graph::default();
        edges.iter().for_each(|&(from, to)| graph.edge(from, to));
        roots.iter().for_each(|&(to, asked)| graph.root(to, asked));
        graph.tell(&mut components);
        components
    }

    #[test]
    fn the_shortest_path_wins_and_loops_end() {
        let got = told(
            4,
            &[(0, 1), (1, 2), (0, 2), (2, 3), (3, 0)],
            &[(0, Asked::Unsaid)],
        );
        assert_eq!(got[0].direct, Some(true));
        assert_eq!(got[3].path, ["p0@1", "p2@1"]);
        assert_eq!(got[3].direct, Some(false));
        assert_eq!(got[3].development, None);
    }

    #[test]
    fn what_runtime_needs_too_is_not_for_development() {
        let got = told(
            3,
            &[(0, 2), (1, 2)],
            &[(0, Asked::Development), (1, Asked::Runtime)],
        );
        let development: Vec<_> = got.iter().map(|c| c.development).collect();
        assert_eq!(development, [Some(true), Some(false), Some(false)]);
        assert_eq!(got[2].path, ["p1@1"]);
    }

    #[test]
    fn each_package_knows_who_asks_for_it_and_for_which_versions() {
        let mut components: Vec<Component> = (0..2)
            .map(|at| Component {
                name: format!("p{at}"),
                version: "1".into(),
                ..Component::default()
            })
            .collect();
        let mut graph = Graph::default();
        graph.ask(0, Asked::Runtime, "^1");
        graph.edge(1, 0);
        graph.need(0, 1, "~1.0");
        graph.need(0, 1, &"x".repeat(MAX_NEED_TEXT + 1));
        graph.tell(&mut components);
        let need = |package: &str, range: Option<&str>| Need {
            package: package.into(),
            range: range.map(Into::into),
        };
        assert_eq!(
            components[0].needed_by,
            [need("", Some("^1")), need("p1@1", None)]
        );
        assert_eq!(
            components[1].needed_by,
            [need("p0@1", Some("~1.0")), need("p0@1", None)]
        );
    }

    #[test]
    fn a_long_path_is_cut_at_its_far_end() {
        let edges: Vec<_> = (0..40).map(|at| (at, at + 1)).collect();
        let got = told(41, &edges, &[(0, Asked::Unsaid)]);
        assert_eq!(got[32].path.len(), 32);
        assert_eq!(got[40].path, got[32].path);
        assert_eq!(got[40].path[31], "p31@1");
    }

    #[test]
    fn a_very_long_chain_is_walked_in_a_moment_and_its_paths_are_cut() {
        let edges: Vec<_> = (0..5_000).map(|at| (at, at + 1)).collect();
        let got = told(5_001, &edges, &[(0, Asked::Unsaid)]);
        assert_eq!(got[MAX_PATH].path.len(), MAX_PATH);
        assert_eq!(got[5_000].path, got[MAX_PATH].path);
    }

    #[test]
    fn what_nothing_reaches_is_left_unsaid_and_wrong_nodes_are_ignored() {
        let got = told(
            2,
            &[(0, 9), (9, 1)],
            &[(0, Asked::Runtime), (7, Asked::Runtime)],
        );
        assert_eq!(got[1].direct, None);
    }
}
