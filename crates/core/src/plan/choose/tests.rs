use proptest::prelude::*;

use super::*;
use crate::plan::model::{Flaw, Item, Outage};

/// A random problem: per patch its host, whether it reboots, its outages; per flaw its points and patches.
fn problems(most: usize) -> impl Strategy<Value = Model> {
    let patch = (
        0..2usize,
        0..8u8,
        prop::collection::vec(0..4usize, 0..3),
        1..60u64,
    );
    let flaw = (1..100_000u64, prop::collection::btree_set(0..most, 1..4));
    let patches = prop::collection::vec(patch, 1..=most);
    let outages = prop::collection::vec((0..2usize, 0..400u64), 4);
    (patches, prop::collection::vec(flaw, 0..12), outages).prop_map(build)
}

type Patches = Vec<(usize, u8, Vec<usize>, u64)>;
type Flaws = Vec<(u64, std::collections::BTreeSet<usize>)>;

fn build((patches, flaws, outages): (Patches, Flaws, Vec<(usize, u64)>)) -> Model {
    let mut model = Model {
        reboots: vec![300; 2],
        outages: outages
            .into_iter()
            .map(|(host, seconds)| Outage { host, seconds })
            .collect(),
        ..Model::default()
    };
    for (host, reboot, mut outages, work) in patches {
        outages.sort_unstable();
        outages.dedup();
        outages.retain(|&outage| model.outages[outage].host == host);
        model.items.push(Item {
            host,
            work,
            reboot: reboot == 0,
            outages,
            flaws: Vec::new(),
        });
    }
    for (points, needs) in flaws {
        let needs: Vec<usize> = needs
            .into_iter()
            .filter(|&item| item < model.items.len())
            .collect();
        if needs.is_empty() {
            continue;
        }
        for &item in &needs {
            model.items[item].flaws.push(model.flaws.len());
        }
        model.flaws.push(Flaw { points, needs });
    }
    model
}

fn caps() -> impl Strategy<Value = Caps> {
    let cap = |most: u64| prop::option::of(0..most);
    (cap(8), cap(900), cap(1200)).prop_map(|(count, downtime, window)| Caps {
        count,
        downtime,
        window,
    })
}

/// The most that any set within the limits removes, by trying all of them.
fn brute_force(model: &Model, caps: &Caps) -> u64 {
    let all = 0..1usize << model.items.len();
    let sets = all.map(|set| -> Vec<usize> {
        let items = 0..model.items.len();
        items.filter(|item| set >> item & 1 == 1).collect()
    });
    sets.map(|items| model.measure(&items))
        .filter(|(cost, _)| caps.allow(*cost))
        .map(|(_, removed)| removed)
        .max()
        .unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_choice_is_as_good_as_trying_every_set(model in problems(9), caps in caps()) {
        let chosen = choose(&model, &caps);
        let (cost, removed) = model.measure(&chosen.items);
        prop_assert!(caps.allow(cost) || chosen.items.is_empty());
        prop_assert_eq!(removed, chosen.removed);
        prop_assert_eq!(chosen.removed, brute_force(&model, &caps));
        prop_assert_eq!(chosen.bound, chosen.removed);
    }

    #[test]
    fn the_bound_holds_where_the_search_is_not_tried(model in problems(9), caps in caps()) {
        let mut state = State::new(&model, &caps);
        let prices = Prices::tuned(&mut state);
        prop_assert!(state.bound(&prices) >= brute_force(&model, &caps));
    }

    #[test]
    fn what_is_undone_is_as_before(model in problems(9), moves in prop::collection::vec((0..9usize, any::<bool>()), 0..9)) {
        let caps = Caps { downtime: Some(100), ..Caps::default() };
        let mut state = State::new(&model, &caps);
        let prices = Prices::tuned(&mut state);
        let before = state.bound(&prices);
        let mut done: Vec<(usize, bool)> = Vec::new();
        for (item, inside) in moves {
            if item < model.items.len() && !done.iter().any(|(known, _)| *known == item) {
                if inside { state.put_in(item) } else { state.rule_out(item) }
                done.push((item, inside));
            }
        }
        for (item, inside) in done.into_iter().rev() {
            if inside { state.take_out(item) } else { state.rule_in(item) }
        }
        prop_assert_eq!(state.bound(&prices), before);
        prop_assert_eq!((state.removed(), state.inside().len()), (0, 0));
    }

    #[test]
    fn every_patch_has_a_place_in_the_order_and_always_the_same(model in problems(12)) {
        let all: Vec<usize> = (0..model.items.len()).collect();
        let order = order::sequence(&model, &all);
        let mut back = all.clone();
        back.reverse();
        prop_assert_eq!(&order, &order::sequence(&model, &back));
        let mut sorted = order;
        sorted.sort_unstable();
        prop_assert_eq!(sorted, all);
    }

    #[test]
    fn a_growing_set_costs_what_measuring_it_says(model in problems(9)) {
        let mut taken = Taken::none(&model);
        for item in 0..model.items.len() {
            let expected = taken.cost_with(item);
            taken.take(item);
            prop_assert_eq!(taken.cost, expected);
            prop_assert_eq!(taken.removed, plainly_removed(&model, item + 1));
            prop_assert_eq!(taken.cost.downtime, plain_downtime(&model, item + 1));
        }
    }
}

/// The definition, without any bookkeeping: flaws whose patches are all among the first so many.
fn plainly_removed(model: &Model, first: usize) -> u64 {
    let closed = model
        .flaws
        .iter()
        .filter(|flaw| flaw.needs.iter().all(|&item| item < first));
    closed.map(|flaw| flaw.points).sum()
}

fn plain_downtime(model: &Model, first: usize) -> u64 {
    let items = &model.items[..first];
    let hosts = 0..model.reboots.len();
    hosts
        .map(|host| {
            let here = items.iter().filter(|item| item.host == host);
            if here.clone().any(|item| item.reboot) {
                return model.reboots[host];
            }
            let mut outages: Vec<usize> = here.flat_map(|item| item.outages.clone()).collect();
            outages.sort_unstable();
            outages.dedup();
            outages
                .into_iter()
                .map(|outage| model.outages[outage].seconds)
                .sum()
        })
        .sum()
}

#[test]
fn a_few_hundred_patches_are_solved_exactly() {
    let model = large(300);
    let caps = Caps {
        downtime: Some(200),
        ..Caps::default()
    };
    let chosen = choose(&model, &caps);
    assert_eq!(chosen.bound, chosen.removed);
    assert!(chosen.items.len() < 300 && !chosen.items.is_empty());
}

#[test]
fn beyond_that_the_choice_is_near_its_bound() {
    let model = large(800);
    let caps = Caps {
        count: Some(100),
        window: Some(3600),
        ..Caps::default()
    };
    let chosen = choose(&model, &caps);
    assert!(caps.allow(model.measure(&chosen.items).0));
    assert!(chosen.bound >= chosen.removed);
    assert!(
        chosen.removed as f64 >= 0.9 * chosen.bound as f64,
        "{chosen:?}"
    );
}

/// Patches on one host, a third of which restart one of 60 services; some flaws need two of them.
fn large(count: usize) -> Model {
    let mut model = Model {
        reboots: vec![300],
        outages: (0..60)
            .map(|_| Outage {
                host: 0,
                seconds: 15,
            })
            .collect(),
        ..Model::default()
    };
    // A simple generator of numbers that look random and are the same every time.
    let mut seed = 12_345_u64;
    let mut next = |most: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % most
    };
    for at in 0..count {
        let outages = match at % 3 {
            0 => vec![next(60) as usize],
            _ => Vec::new(),
        };
        model.items.push(Item {
            host: 0,
            work: 20 * (1 + next(3)),
            reboot: at % 97 == 50,
            outages,
            flaws: Vec::new(),
        });
    }
    for at in 0..count * 2 {
        let mut needs = vec![next(count as u64) as usize];
        if at % 10 == 0 {
            needs.push(next(count as u64) as usize);
        }
        needs.sort_unstable();
        needs.dedup();
        for &item in &needs {
            model.items[item].flaws.push(model.flaws.len());
        }
        model.flaws.push(Flaw {
            points: 1000 * (1 + next(90)),
            needs,
        });
    }
    model
}

#[test]
fn without_limits_everything_goes_in() {
    let model = large(50);
    let chosen = choose(&model, &Caps::default());
    assert_eq!(chosen.items.len(), 50);
    assert_eq!(chosen.removed, model.points());
}

#[test]
fn a_reboot_takes_in_every_restart() {
    let model = Model {
        items: vec![
            Item {
                reboot: true,
                flaws: vec![0],
                work: 1,
                ..Item::default()
            },
            Item {
                outages: vec![0],
                flaws: vec![1],
                work: 1,
                ..Item::default()
            },
        ],
        flaws: vec![
            Flaw {
                points: 10,
                needs: vec![0],
            },
            Flaw {
                points: 10,
                needs: vec![1],
            },
        ],
        outages: vec![Outage {
            host: 0,
            seconds: 100,
        }],
        reboots: vec![300],
    };
    let (cost, removed) = model.measure(&[1, 0]);
    assert_eq!(
        (cost, removed),
        (
            Cost {
                count: 2,
                downtime: 300,
                work: 2
            },
            20
        )
    );
    let caps = Caps {
        downtime: Some(300),
        ..Caps::default()
    };
    assert_eq!(choose(&model, &caps).items.len(), 2);
}

/// Two restarts of a host take longer than its reboot, so a patch that closes nothing makes room for one that does.
#[test]
fn a_reboot_that_closes_nothing_may_still_make_room() {
    let outage = |seconds| Outage { host: 1, seconds };
    let mut model = Model {
        reboots: vec![300, 300],
        outages: vec![outage(270), outage(124)],
        ..Model::default()
    };
    let mut patch = |host, work, reboot, outages: &[usize], flaws: &[usize]| {
        model.items.push(Item {
            host,
            work,
            reboot,
            outages: outages.to_vec(),
            flaws: flaws.to_vec(),
        });
    };
    patch(0, 17, true, &[], &[0]);
    patch(1, 55, true, &[], &[]);
    patch(1, 44, false, &[0, 1], &[0]);
    // Others on the first host, so that not everything fits.
    for work in [22, 52, 53, 30, 30, 51] {
        patch(0, work, true, &[], &[]);
    }
    model.flaws.push(Flaw {
        points: 1,
        needs: vec![0, 2],
    });
    let caps = Caps {
        downtime: Some(600),
        window: Some(716),
        ..Caps::default()
    };
    let chosen = choose(&model, &caps);
    assert_eq!((chosen.removed, chosen.bound), (1, 1), "{chosen:?}");
}

#[test]
fn where_nothing_fits_nothing_is_the_best_choice() {
    let patches = (0..30).map(|at| (0, at % 3, Vec::new(), 20));
    let flaws = (0..30).map(|at| (1000 + at as u64, [at].into()));
    let model = build((patches.collect(), flaws.collect(), vec![(0, 15); 4]));
    for caps in [
        Caps {
            count: Some(0),
            ..Caps::default()
        },
        Caps {
            window: Some(19),
            ..Caps::default()
        },
    ] {
        let chosen = choose(&model, &caps);
        assert_eq!(
            (chosen.items.len(), chosen.removed, chosen.bound),
            (0, 0, 0)
        );
    }
}
