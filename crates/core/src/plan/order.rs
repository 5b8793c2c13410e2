//! The order of patches: most risk removed per unit of disruption first.
//!
//! The unit is a minute of work; a minute of downtime counts as three of those. Patches that only pay together (they
//! share a restart or a reboot, or close a flaw together) are compared as a bundle, so that a reboot that takes in ten
//! patches is not judged by the first of them.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use super::model::{Model, Taken};

/// Seconds of work that a second of downtime counts as.
const DOWNTIME_WEIGHT: i64 = 3;

/// Flaws that need more patches than this are not looked at as bundles.
const MOST_TOGETHER: usize = 8;

/// Puts `items` into order; the same items always come in the same order.
pub fn sequence(model: &Model, items: &[usize]) -> Vec<usize> {
    let mut hosts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for &item in items {
        hosts.entry(model.items[item].host).or_default().push(item);
    }
    // Hosts share nothing, so each has its own order, and the orders are merged by rate.
    let mut lines: Vec<std::vec::IntoIter<Bundle>> = hosts
        .into_values()
        .map(|items| of_host(model, items).into_iter())
        .collect();
    let mut heads: Vec<Option<Bundle>> = lines.iter_mut().map(Iterator::next).collect();
    let mut sequence = Vec::with_capacity(items.len());
    while let Some(at) = best(&heads) {
        let next = lines.get_mut(at).and_then(Iterator::next);
        if let Some(bundle) = heads
            .get_mut(at)
            .and_then(|head| std::mem::replace(head, next))
        {
            sequence.extend(bundle.items);
        }
    }
    sequence
}

fn best(heads: &[Option<Bundle>]) -> Option<usize> {
    let heads = heads.iter().enumerate();
    let heads = heads.filter_map(|(at, head)| Some((at, head.as_ref()?)));
    heads
        .reduce(|a, b| if b.1.rate.is_above(a.1.rate) { b } else { a })
        .map(|(at, _)| at)
}

/// Patches that go in one after another, and what they come to together.
#[derive(Debug, Clone)]
struct Bundle {
    items: Vec<usize>,
    rate: Rate,
}

/// Risk per disruption.
#[derive(Debug, Clone, Copy)]
struct Rate {
    removed: u64,
    cost: u64,
}

impl Rate {
    fn is_above(self, other: Rate) -> bool {
        self.compare(other) == Ordering::Greater
    }

    /// Compares without division, so that equal is equal.
    fn compare(self, other: Rate) -> Ordering {
        let cross = |a: u64, b: u64| u128::from(a) * u128::from(b);
        cross(self.removed, other.cost).cmp(&cross(other.removed, self.cost))
    }
}

fn of_host(model: &Model, mut left: Vec<usize>) -> Vec<Bundle> {
    left.sort_unstable();
    let mut taken = Taken::none(model);
    let mut line = Vec::new();
    while !left.is_empty() {
        if left.iter().all(|&item| is_settled(model, &taken, item)) {
            let mut rest: Vec<Bundle> = left
                .iter()
                .map(|&item| measured(model, &taken, vec![item]))
                .collect();
            rest.sort_by(|a, b| b.rate.compare(a.rate));
            line.extend(rest);
            break;
        }
        let Some(next) = next(model, &taken, &left) else {
            break;
        };
        for &item in &next.items {
            taken.take(item);
        }
        left.retain(|&item| !taken.has(item));
        line.push(next);
    }
    line
}

/// Nothing that is taken before changes what the patch costs or removes.
fn is_settled(model: &Model, taken: &Taken<'_>, item: usize) -> bool {
    let patch = &model.items[item];
    let paid = taken.reboots(patch.host)
        || (!patch.reboot && patch.outages.iter().all(|&outage| taken.is_paid(outage)));
    paid && patch
        .flaws
        .iter()
        .all(|&flaw| model.flaws[flaw].needs.len() == 1)
}

/// The patch or bundle with the best rate; the first of equals.
fn next(model: &Model, taken: &Taken<'_>, left: &[usize]) -> Option<Bundle> {
    let singles = left.iter().map(|&item| measured(model, taken, vec![item]));
    let shared = shared_outages(model, taken, left).into_iter();
    let shared = shared.map(|items| best_prefix(model, taken, items));
    let together = shared_flaws(model, taken, left).into_iter();
    let together = together.map(|items| measured(model, taken, items));
    singles
        .chain(shared)
        .chain(together)
        .reduce(|a, b| if b.rate.is_above(a.rate) { b } else { a })
}

/// The patches that one outage, or a reboot, is enough for.
fn shared_outages(model: &Model, taken: &Taken<'_>, left: &[usize]) -> Vec<Vec<usize>> {
    let mut by_outage: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut reboot = Vec::new();
    let mut needs_reboot = false;
    for &item in left {
        let patch = &model.items[item];
        if taken.reboots(patch.host) {
            continue;
        }
        let mut unpaid = patch
            .outages
            .iter()
            .filter(|&&outage| !taken.is_paid(outage));
        let (first, second) = (unpaid.next(), unpaid.next());
        needs_reboot |= patch.reboot;
        if patch.reboot || first.is_some() {
            reboot.push(item);
        }
        if let (false, Some(&outage), None) = (patch.reboot, first, second) {
            by_outage.entry(outage).or_default().push(item);
        }
    }
    let mut all: Vec<Vec<usize>> = by_outage
        .into_values()
        .filter(|items| items.len() > 1)
        .collect();
    if needs_reboot && reboot.len() > 1 {
        // The reboot itself comes first, so that the others are free.
        reboot.sort_by_key(|&item| !model.items[item].reboot);
        all.push(reboot);
    }
    all
}

/// The missing patches of each flaw that needs several.
fn shared_flaws(model: &Model, taken: &Taken<'_>, left: &[usize]) -> Vec<Vec<usize>> {
    let mut flaws: Vec<usize> = left
        .iter()
        .flat_map(|&item| &model.items[item].flaws)
        .copied()
        .filter(|&flaw| (2..=MOST_TOGETHER).contains(&model.flaws[flaw].needs.len()))
        .collect();
    flaws.sort_unstable();
    flaws.dedup();
    let missing = |flaw: usize| -> Vec<usize> {
        let needs = model.flaws[flaw].needs.iter().copied();
        needs.filter(|item| !taken.has(*item)).collect()
    };
    let bundles = flaws.into_iter().map(missing);
    bundles
        .filter(|items| {
            items.len() > 1 && items.iter().all(|item| left.binary_search(item).is_ok())
        })
        .collect()
}

/// The beginning of a list, most removing patches first, that has the best rate.
fn best_prefix(model: &Model, taken: &Taken<'_>, mut items: Vec<usize>) -> Bundle {
    items.sort_by_key(|&item| {
        (
            !model.items[item].reboot,
            Reverse(taken.would_remove(item)),
            item,
        )
    });
    let mut grown = taken.clone();
    let mut best: Option<(usize, Rate)> = None;
    for (at, &item) in items.iter().enumerate() {
        grown.take(item);
        let rate = rate(taken, &grown);
        if best.is_none_or(|(_, known)| rate.is_above(known)) {
            best = Some((at + 1, rate));
        }
    }
    let (length, rate) = best.unwrap_or((
        0,
        Rate {
            removed: 0,
            cost: 1,
        },
    ));
    items.truncate(length);
    Bundle { items, rate }
}

fn measured(model: &Model, taken: &Taken<'_>, items: Vec<usize>) -> Bundle {
    if let [item] = items[..] {
        let seconds = i64::try_from(model.items[item].work).unwrap_or(i64::MAX);
        let cost = seconds.saturating_add(DOWNTIME_WEIGHT.saturating_mul(taken.adds(item)));
        let rate = Rate {
            removed: taken.would_remove(item),
            cost: u64::try_from(cost).unwrap_or(0).max(1),
        };
        return Bundle { items, rate };
    }
    let mut grown = taken.clone();
    items.iter().for_each(|&item| grown.take(item));
    Bundle {
        rate: rate(taken, &grown),
        items,
    }
}

fn rate(before: &Taken<'_>, after: &Taken<'_>) -> Rate {
    let seconds = |taken: &Taken<'_>| {
        let cost = taken.cost;
        let weighted = DOWNTIME_WEIGHT.unsigned_abs().saturating_mul(cost.downtime);
        cost.work.saturating_add(weighted)
    };
    Rate {
        removed: after.removed - before.removed,
        cost: seconds(after).saturating_sub(seconds(before)).max(1),
    }
}
