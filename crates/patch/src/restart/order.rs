//! The order of restarts: what others start after comes first.

use std::collections::{BTreeMap, BTreeSet};

/// Sorts names so that each comes after those that it is ordered after; equals by name. A ring is broken by name.
pub fn sort(names: &BTreeSet<String>, after: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut left = names.clone();
    let mut sorted = Vec::new();
    while !left.is_empty() {
        let waits = |name: &String| {
            after.get(name).is_some_and(|before| {
                before
                    .iter()
                    .any(|other| other != name && left.contains(other))
            })
        };
        let next = left
            .iter()
            .find(|name| !waits(name))
            .or_else(|| left.first())
            .cloned();
        let Some(next) = next else {
            break;
        };
        left.remove(&next);
        sorted.push(next);
    }
    sorted
}

/// Reads `systemctl show -p Id -p After`: blocks of lines, one block per unit.
pub fn parse_after(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for block in text.split("\n\n") {
        let field = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.strip_prefix('='))
                .unwrap_or_default()
        };
        if !field("Id").is_empty() {
            let after = field("After")
                .split_whitespace()
                .map(str::to_owned)
                .collect();
            all.insert(field("Id").to_owned(), after);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_start_after_comes_first() {
        let text = "Id=web.service\nAfter=network.target db.service cache.service\n\nId=cache.service\nAfter=db.service\n\nId=db.service\nAfter=basic.target\n";
        let after = parse_after(text);
        let names = ["web.service", "db.service", "cache.service"]
            .map(str::to_owned)
            .into();
        assert_eq!(
            sort(&names, &after),
            ["db.service", "cache.service", "web.service"]
        );
    }

    #[test]
    fn a_ring_comes_to_an_end() {
        let after = parse_after("Id=a\nAfter=b\n\nId=b\nAfter=a\n");
        let names = ["a", "b"].map(str::to_owned).into();
        assert_eq!(sort(&names, &after), ["a", "b"]);
    }

    proptest::proptest! {
        #[test]
        fn every_name_comes_once_and_after_those_before_it(edges: Vec<(u8, u8)>) {
            let name = |number: u8| format!("s{}", number % 12);
            let names: BTreeSet<String> = (0..12).map(name).collect();
            let mut after: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            // From a higher to a lower number only, so that there is no ring.
            for (a, b) in edges.iter().map(|(a, b)| (a % 12, b % 12)).filter(|(a, b)| a > b) {
                after.entry(name(a)).or_default().insert(name(b));
            }
            let sorted = sort(&names, &after);
            proptest::prop_assert_eq!(sorted.iter().cloned().collect::<BTreeSet<_>>(), names);
            let place = |wanted: &String| sorted.iter().position(|name| name == wanted);
            for (later, earlier) in &after {
                for one in earlier {
                    proptest::prop_assert!(place(one) < place(later));
                }
            }
        }
    }
}
