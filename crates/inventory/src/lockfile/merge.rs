//! Components of one file without doubles: an entry that is named again adds its place to the first.

use std::collections::HashMap;

use patchward_protocol::inventory::Component;

use super::graph::MAX_NEEDS;

/// Components by name, version and commit, in the order in which they first came.
#[derive(Default)]
pub(crate) struct Merge {
    components: Vec<Component>,
    known: HashMap<(String, String, Option<String>), usize>,
}

impl Merge {
    /// Adds a component and gives its index; a known one gets the new places, and is needed at run time (or direct)
    /// when either is.
    pub(crate) fn add(&mut self, component: Component) -> usize {
        let commit = component.properties.get("commit").cloned();
        let key = (component.name.clone(), component.version.clone(), commit);
        if let Some(&at) = self.known.get(&key) {
            let known = &mut self.components[at];
            known.locations.extend(component.locations);
            known.own &= component.own;
            for need in component.needed_by {
                if known.needed_by.len() < MAX_NEEDS && !known.needed_by.contains(&need) {
                    known.needed_by.push(need);
                }
            }
            let better = known.development == Some(true) && component.development == Some(false);
            if better || (known.path.is_empty() && known.direct.is_none()) {
                known.path = component.path;
            }
            if known.direct == Some(true) || component.direct == Some(true) {
                known.path.clear();
            }
            known.direct = either(known.direct, component.direct, |a, b| a || b);
            known.development = either(known.development, component.development, |a, b| a && b);
            return at;
        }
        self.known.insert(key, self.components.len());
        self.components.push(component);
        self.components.len() - 1
    }

    /// All of them.
    pub(crate) fn finish(self) -> Vec<Component> {
        self.components
    }
}

fn either(a: Option<bool>, b: Option<bool>, join: fn(bool, bool) -> bool) -> Option<bool> {
    match (a, b) {
        (Some(a), Some(b)) => Some(join(a, b)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::package::component;

    #[test]
    fn a_double_adds_its_place_and_runtime_wins() {
        let mut merge = Merge::default();
        let mut one = component("npm", "a", "1", "f", Some(1));
        one.development = Some(true);
        let mut two = component("npm", "a", "1", "f", Some(9));
        two.development = Some(false);
        assert_eq!(merge.add(one), merge.add(two));
        let all = merge.finish();
        assert_eq!(all[0].locations.len(), 2);
        assert_eq!(all[0].development, Some(false));
    }
}
