//! Which patches fit into the limits and remove the most risk.
//!
//! The problem is a knapsack with shared costs (an outage is paid once) and shared gains (a flaw goes with the last of
//! its patches), so it is NP-hard; hosts with a few hundred patches are solved exactly all the same. Depth-first branch
//! and bound: reboots are decided first, then patches by what they gain beyond their price. The bound is a Lagrangian
//! one: each limit gets a price, and with prices the problem falls apart into outages, each of which is worth opening
//! or not. The number of nodes is limited, never the time, so that the result is the same on every machine.

mod bound;

use bound::{Prices, State};

use super::model::{Caps, Cost, Model, Taken};
use super::order;

/// Sets up to this size are searched.
const MOST_EXACT: usize = 400;

/// Nodes that are looked at before the search is given up.
const MOST_NODES: u32 = 20_000;

/// The outcome of a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The patches, in no order that means anything.
    pub items: Vec<usize>,
    /// What they remove, in thousandths of a point.
    pub removed: u64,
    /// No choice within the limits removes more.
    pub bound: u64,
}

/// Chooses the patches that remove the most risk within `caps`.
pub fn choose(model: &Model, caps: &Caps) -> Chosen {
    let all: Vec<usize> = (0..model.items.len()).collect();
    let (cost, removed) = model.measure(&all);
    if caps.are_open() || caps.allow(cost) {
        return Chosen {
            items: all,
            removed,
            bound: removed,
        };
    }
    let mut state = State::new(model, caps);
    let alone = Taken::none(model);
    // What breaks the limits alone is out; a restart could still be part of a reboot that does not.
    for (at, item) in model.items.iter().enumerate() {
        let least = match item.reboot {
            true => alone.cost_with(at),
            false => Cost {
                count: 1,
                work: item.work,
                downtime: 0,
            },
        };
        if !caps.allow(least) {
            state.rule_out(at);
        }
    }
    let prices = Prices::tuned(&mut state);
    let mut best = first_guess(model, caps, &state.worthwhile(&prices));
    best.bound = state.bound(&prices).min(removed);
    if model.items.len() > MOST_EXACT || best.removed >= best.bound {
        return best;
    }
    let mut search = Search {
        order: branching(model, &state, &prices),
        state,
        prices,
        best,
        nodes: 0,
    };
    search.descend(0);
    if search.nodes < MOST_NODES {
        search.best.bound = search.best.removed;
    }
    search.best
}

/// The best of three greedy choices: by risk per disruption, by risk alone, and first what is worth its price.
fn first_guess(model: &Model, caps: &Caps, worthwhile: &[usize]) -> Chosen {
    let by_rate = order::sequence(model, &(0..model.items.len()).collect::<Vec<_>>());
    let mut by_risk = by_rate.clone();
    by_risk.sort_by_key(|&item| std::cmp::Reverse(alone(model, item)));
    let mut by_price = order::sequence(model, worthwhile);
    by_price.extend(&by_rate);
    let guesses = [by_rate, by_risk, by_price].map(|sequence| fill(model, caps, &sequence));
    let best = guesses.into_iter().max_by_key(|taken| taken.removed);
    let best = best.unwrap_or_else(|| Taken::none(model));
    let all = 0..model.items.len();
    Chosen {
        items: all.filter(|&item| best.has(item)).collect(),
        removed: best.removed,
        bound: u64::MAX,
    }
}

/// Takes whatever still fits, in this order.
fn fill<'m>(model: &'m Model, caps: &Caps, sequence: &[usize]) -> Taken<'m> {
    let mut taken = Taken::none(model);
    for &item in sequence {
        if !taken.has(item) && caps.allow(taken.cost_with(item)) {
            taken.take(item);
        }
    }
    taken
}

fn alone(model: &Model, item: usize) -> u64 {
    let flaws = model.items[item]
        .flaws
        .iter()
        .map(|&flaw| &model.flaws[flaw]);
    flaws
        .map(|flaw| flaw.points / flaw.needs.len().max(1) as u64)
        .sum()
}

/// One thing to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// Whether the patch goes in.
    Item(usize),
    /// Whether anything may cause the outage.
    Outage(usize),
}

/// What costs nothing first, then reboots, because they decide what everything else on the host costs; then outages,
/// because they decide about many patches at once, the surest first; then the patches themselves, the surest first.
fn branching(model: &Model, state: &State<'_>, prices: &Prices) -> Vec<Question> {
    let all = 0..model.items.len();
    let worth: Vec<f64> = all.map(|item| state.worth(item, prices)).collect();
    let surest = |a: f64, b: f64| b.abs().total_cmp(&a.abs());
    let mut items = state.open();
    items.sort_by(|&a, &b| surest(worth[a], worth[b]).then_with(|| a.cmp(&b)));
    let gains = state.gains(prices);
    let mut outages: Vec<usize> = (0..model.outages.len()).collect();
    outages.sort_by(|&a, &b| surest(gains[a], gains[b]).then_with(|| a.cmp(&b)));
    let (mut first, rest): (Vec<usize>, Vec<usize>) = items
        .into_iter()
        .partition(|&item| state.is_free(item) || model.items[item].reboot);
    first.sort_by_key(|&item| !state.is_free(item));
    let first = first.into_iter().map(Question::Item);
    let outages = outages.into_iter().map(Question::Outage);
    first
        .chain(outages)
        .chain(rest.into_iter().map(Question::Item))
        .collect()
}

struct Search<'m> {
    order: Vec<Question>,
    state: State<'m>,
    prices: Prices,
    best: Chosen,
    nodes: u32,
}

impl Search<'_> {
    /// Decides the questions from the given place of the order on. As deep as there are questions: at most
    /// [`MOST_EXACT`] patches and their outages.
    fn descend(&mut self, at: usize) {
        self.nodes += 1;
        if self.nodes >= MOST_NODES || self.state.bound(&self.prices) <= self.best.removed {
            return;
        }
        match self.order.get(at) {
            Some(Question::Item(item)) if self.state.is_open(*item) => self.item(*item, at),
            Some(Question::Outage(outage)) if self.state.is_unpaid(*outage) => {
                self.outage(*outage, at);
            }
            Some(_) => self.descend(at + 1),
            None => {}
        }
    }

    fn item(&mut self, item: usize, at: usize) {
        if self.state.is_free(item) {
            self.with(item, at);
        } else if self.state.is_useless(item) {
            self.without(item, at);
        } else if self.state.worth(item, &self.prices) >= 0.0 {
            self.with(item, at);
            self.without(item, at);
        } else {
            self.without(item, at);
            self.with(item, at);
        }
    }

    fn with(&mut self, item: usize, at: usize) {
        self.state.put_in(item);
        if self.state.fits() {
            let removed = self.state.removed();
            if removed > self.best.removed {
                self.best.removed = removed;
                self.best.items = self.state.inside();
            }
            self.descend(at + 1);
        }
        self.state.take_out(item);
    }

    fn without(&mut self, item: usize, at: usize) {
        self.state.rule_out(item);
        self.descend(at + 1);
        self.state.rule_in(item);
    }

    fn outage(&mut self, outage: usize, at: usize) {
        let causes = self.state.causes(outage);
        if causes.is_empty() {
            self.descend(at + 1);
            return;
        }
        self.state.pay(outage);
        if self.state.fits() {
            self.descend(at + 1);
        }
        self.state.unpay(outage);
        causes.iter().for_each(|&item| self.state.rule_out(item));
        self.descend(at + 1);
        causes.iter().for_each(|&item| self.state.rule_in(item));
    }
}

#[cfg(test)]
mod tests;
