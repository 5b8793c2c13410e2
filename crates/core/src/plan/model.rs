//! The planning problem as plain numbers: patches, the flaws that they close together, and what they disturb together.
//!
//! A [`Flaw`] is closed when every patch that it needs is in. An [`Outage`] (a service that restarts, an application
//! that is deployed anew) costs once however many patches need it; a reboot of a host costs once and takes in every
//! outage of that host.

/// The whole problem. Indexes of one list into another are always valid.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// Patches.
    pub items: Vec<Item>,
    /// Flaws that patches close.
    pub flaws: Vec<Flaw>,
    /// Outages that patches cause.
    pub outages: Vec<Outage>,
    /// Seconds that a reboot of each host takes.
    pub reboots: Vec<u64>,
}

/// A patch.
#[derive(Debug, Clone, Default)]
pub struct Item {
    /// The host, an index into [`Model::reboots`].
    pub host: usize,
    /// Seconds of work, without downtime.
    pub work: u64,
    /// It needs a reboot of the host.
    pub reboot: bool,
    /// Outages that it causes.
    pub outages: Vec<usize>,
    /// Flaws that need it.
    pub flaws: Vec<usize>,
}

/// A flaw.
#[derive(Debug, Clone, Default)]
pub struct Flaw {
    /// Its risk, in thousandths of a point.
    pub points: u64,
    /// The patches that it needs.
    pub needs: Vec<usize>,
}

/// An outage.
#[derive(Debug, Clone, Default)]
pub struct Outage {
    /// The host.
    pub host: usize,
    /// Seconds of downtime.
    pub seconds: u64,
}

/// What a choice may cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Caps {
    /// Patches.
    pub count: Option<u64>,
    /// Seconds of downtime.
    pub downtime: Option<u64>,
    /// Seconds of work and downtime together.
    pub window: Option<u64>,
}

/// What a choice costs and removes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Patches.
    pub count: u64,
    /// Seconds of downtime.
    pub downtime: u64,
    /// Seconds of work.
    pub work: u64,
}

impl Caps {
    /// Whether a cost is within them.
    pub fn allow(&self, cost: Cost) -> bool {
        let within = |cap: Option<u64>, value: u64| cap.is_none_or(|cap| value <= cap);
        within(self.count, cost.count)
            && within(self.downtime, cost.downtime)
            && within(self.window, cost.work + cost.downtime)
    }

    /// Nothing is limited.
    pub fn are_open(&self) -> bool {
        *self == Caps::default()
    }
}

/// A growing set of patches, and what it costs and removes so far.
#[derive(Debug, Clone)]
pub struct Taken<'m> {
    model: &'m Model,
    inside: Vec<bool>,
    /// For each flaw, how many of the patches that it needs are missing.
    missing: Vec<usize>,
    paid: Vec<bool>,
    rebooted: Vec<bool>,
    /// Seconds of the outages paid on each host.
    outages: Vec<u64>,
    /// What it costs.
    pub cost: Cost,
    /// What it removes, in thousandths of a point.
    pub removed: u64,
}

impl<'m> Taken<'m> {
    /// The empty set.
    pub fn none(model: &'m Model) -> Taken<'m> {
        Taken {
            model,
            inside: vec![false; model.items.len()],
            missing: model.flaws.iter().map(|flaw| flaw.needs.len()).collect(),
            paid: vec![false; model.outages.len()],
            rebooted: vec![false; model.reboots.len()],
            outages: vec![0; model.reboots.len()],
            cost: Cost::default(),
            removed: 0,
        }
    }

    /// Whether a patch is in.
    pub fn has(&self, item: usize) -> bool {
        self.inside[item]
    }

    /// Whether an outage is paid for, by itself or by a reboot.
    pub fn is_paid(&self, outage: usize) -> bool {
        self.paid[outage] || self.rebooted[self.model.outages[outage].host]
    }

    /// Whether a host reboots.
    pub fn reboots(&self, host: usize) -> bool {
        self.rebooted[host]
    }

    /// The downtime that a patch would add; less than nothing where its reboot takes in outages that were counted.
    pub fn adds(&self, item: usize) -> i64 {
        let item = &self.model.items[item];
        if self.rebooted[item.host] {
            return 0;
        }
        if item.reboot {
            return signed(self.model.reboots[item.host]) - signed(self.outages[item.host]);
        }
        let unpaid = item.outages.iter().filter(|&&at| !self.paid[at]);
        unpaid
            .map(|&at| signed(self.model.outages[at].seconds))
            .sum()
    }

    /// What the patch would remove now, in thousandths of a point: the flaws of which it is the last.
    pub fn would_remove(&self, item: usize) -> u64 {
        let flaws = self.model.items[item].flaws.iter();
        let last = flaws.filter(|&&flaw| self.missing[flaw] == 1);
        last.map(|&flaw| self.model.flaws[flaw].points).sum()
    }

    /// Takes a patch in.
    pub fn take(&mut self, at: usize) {
        if std::mem::replace(&mut self.inside[at], true) {
            return;
        }
        let adds = self.adds(at);
        self.removed += self.would_remove(at);
        let item = &self.model.items[at];
        for &flaw in &item.flaws {
            self.missing[flaw] -= 1;
        }
        for &outage in &item.outages {
            if !std::mem::replace(&mut self.paid[outage], true) {
                self.outages[item.host] += self.model.outages[outage].seconds;
            }
        }
        self.rebooted[item.host] |= item.reboot;
        self.cost.count += 1;
        self.cost.work += item.work;
        self.cost.downtime = self.cost.downtime.saturating_add_signed(adds);
    }

    /// What the set would cost with one patch more.
    pub fn cost_with(&self, at: usize) -> Cost {
        Cost {
            count: self.cost.count + 1,
            work: self.cost.work + self.model.items[at].work,
            downtime: self.cost.downtime.saturating_add_signed(self.adds(at)),
        }
    }
}

impl Model {
    /// Cost and removed risk of a set.
    pub fn measure(&self, items: &[usize]) -> (Cost, u64) {
        let mut taken = Taken::none(self);
        items.iter().for_each(|&item| taken.take(item));
        (taken.cost, taken.removed)
    }

    /// The problem with these items alone, which are in order, and the flaws that they can close.
    pub fn narrowed(&self, items: &[usize]) -> Model {
        let mut narrow = Model {
            items: Vec::with_capacity(items.len()),
            flaws: Vec::new(),
            ..self.clone()
        };
        for &item in items {
            narrow.items.push(Item {
                flaws: Vec::new(),
                ..self.items[item].clone()
            });
        }
        for flaw in &self.flaws {
            let places = flaw.needs.iter().map(|item| items.binary_search(item).ok());
            let Some(needs) = places.collect::<Option<Vec<usize>>>() else {
                continue;
            };
            for &item in &needs {
                narrow.items[item].flaws.push(narrow.flaws.len());
            }
            narrow.flaws.push(Flaw {
                points: flaw.points,
                needs,
            });
        }
        narrow
    }

    /// The points of every flaw together.
    pub fn points(&self) -> u64 {
        self.flaws.iter().map(|flaw| flaw.points).sum()
    }
}

fn signed(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}
