//! The state of a search, and what it can reach at most.

use crate::plan::model::{Caps, Cost, Model};

/// Rounds of tuning, and steps of each: the bound is convex in each price, so thirds close in on its least.
const ROUNDS: usize = 3;
const STEPS: usize = 40;

/// Prices of the three limits, in thousandths of a point for a patch or a second; zero where there is no limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Prices {
    count: f64,
    downtime: f64,
    window: f64,
}

impl Prices {
    /// The prices that make the bound of this state (nearly) least.
    pub fn tuned(state: &mut State<'_>) -> Prices {
        let mut prices = Prices::default();
        let top = state
            .value
            .iter()
            .fold(0.0, |most: f64, value| most.max(*value));
        let limits = [
            state.caps.count.is_some(),
            state.caps.downtime.is_some(),
            state.caps.window.is_some(),
        ];
        for _ in 0..ROUNDS {
            for (at, limited) in limits.iter().enumerate() {
                if *limited {
                    prices = prices.tuned_at(at, top, state);
                }
            }
        }
        prices
    }

    fn tuned_at(self, at: usize, top: f64, state: &mut State<'_>) -> Prices {
        let with = |price: f64| {
            let mut prices = self;
            match at {
                0 => prices.count = price,
                1 => prices.downtime = price,
                _ => prices.window = price,
            }
            prices
        };
        let (mut low, mut high) = (0.0, top);
        for _ in 0..STEPS {
            let third = (high - low) / 3.0;
            let (a, b) = (low + third, high - third);
            if state.reach(&with(a)) <= state.reach(&with(b)) {
                high = b;
            } else {
                low = a;
            }
        }
        // A price of nothing is a corner that thirds only come near to.
        match state.reach(&with(0.0)) <= state.reach(&with(low)) {
            true => with(0.0),
            false => with(low),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Open,
    In,
    Out,
}

/// Patches that are decided and what that costs, with undo.
#[derive(Debug)]
pub struct State<'m> {
    model: &'m Model,
    caps: Caps,
    place: Vec<Place>,
    /// An open patch's share of each flaw that can still be closed, in thousandths of a point.
    value: Vec<f64>,
    /// For each flaw, how many of its patches are ruled out, and how many are open.
    dead: Vec<u32>,
    undecided: Vec<u32>,
    removed: u64,
    /// How many patches that are in cause each outage, and reboot each host.
    users: Vec<u32>,
    reboots: Vec<u32>,
    /// Seconds of the outages of each host.
    outages: Vec<u64>,
    count: u64,
    work: u64,
    /// Room for [`State::reach`].
    room: Room,
}

#[derive(Debug, Default)]
struct Room {
    by_outage: Vec<f64>,
    calm: Vec<f64>,
    rebooted: Vec<f64>,
    may_reboot: Vec<bool>,
}

impl<'m> State<'m> {
    /// Everything is open.
    pub fn new(model: &'m Model, caps: &Caps) -> State<'m> {
        let hosts = model.reboots.len();
        let needs = model.flaws.iter().map(|flaw| flaw.needs.len());
        let mut state = State {
            model,
            caps: *caps,
            place: vec![Place::Open; model.items.len()],
            value: vec![0.0; model.items.len()],
            dead: vec![0; model.flaws.len()],
            undecided: needs
                .map(|needs| u32::try_from(needs).unwrap_or(u32::MAX))
                .collect(),
            removed: 0,
            users: vec![0; model.outages.len()],
            reboots: vec![0; hosts],
            outages: vec![0; hosts],
            count: 0,
            work: 0,
            room: Room {
                by_outage: vec![0.0; model.outages.len()],
                calm: vec![0.0; hosts],
                rebooted: vec![0.0; hosts],
                may_reboot: vec![false; hosts],
            },
        };
        (0..model.flaws.len()).for_each(|flaw| state.share_out(flaw, 1.0));
        state
    }

    /// The patches that are in.
    pub fn inside(&self) -> Vec<usize> {
        let all = 0..self.place.len();
        all.filter(|&item| self.place[item] == Place::In).collect()
    }

    /// The patches that are not decided.
    pub fn open(&self) -> Vec<usize> {
        let all = 0..self.place.len();
        all.filter(|&item| self.place[item] == Place::Open)
            .collect()
    }

    /// What the patches that are in remove, in thousandths of a point.
    pub fn removed(&self) -> u64 {
        self.removed
    }

    /// Whether the patches that are in keep the limits.
    pub fn fits(&self) -> bool {
        self.caps.allow(Cost {
            count: self.count,
            downtime: self.downtime(),
            work: self.work,
        })
    }

    fn downtime(&self) -> u64 {
        let hosts = 0..self.reboots.len();
        hosts.map(|host| self.downtime_of(host)).sum()
    }

    fn downtime_of(&self, host: usize) -> u64 {
        match self.reboots[host] {
            0 => self.outages[host],
            _ => self.model.reboots[host],
        }
    }

    /// Puts an open patch in.
    pub fn put_in(&mut self, at: usize) {
        let model = self.model;
        let item = &model.items[at];
        self.count += 1;
        self.work += item.work;
        self.reboots[item.host] += u32::from(item.reboot);
        for &outage in &item.outages {
            self.users[outage] += 1;
            if self.users[outage] == 1 {
                self.outages[item.host] += model.outages[outage].seconds;
            }
        }
        self.leave(at, Place::In);
        let closed = item.flaws.iter().filter(|&&flaw| self.is_closed(flaw));
        self.removed += closed.map(|&flaw| model.flaws[flaw].points).sum::<u64>();
    }

    /// Undoes [`State::put_in`].
    pub fn take_out(&mut self, at: usize) {
        let model = self.model;
        let item = &model.items[at];
        self.count -= 1;
        self.work -= item.work;
        self.reboots[item.host] -= u32::from(item.reboot);
        for &outage in &item.outages {
            self.users[outage] -= 1;
            if self.users[outage] == 0 {
                self.outages[item.host] -= model.outages[outage].seconds;
            }
        }
        let closed = item.flaws.iter().filter(|&&flaw| self.is_closed(flaw));
        self.removed -= closed.map(|&flaw| model.flaws[flaw].points).sum::<u64>();
        self.open_again(at);
    }

    /// Rules an open patch out: what needs it cannot be closed any more.
    pub fn rule_out(&mut self, at: usize) {
        self.leave(at, Place::Out);
    }

    /// Undoes [`State::rule_out`].
    pub fn rule_in(&mut self, at: usize) {
        self.open_again(at);
    }

    fn is_closed(&self, flaw: usize) -> bool {
        self.undecided[flaw] == 0 && self.dead[flaw] == 0
    }

    fn leave(&mut self, at: usize, place: Place) {
        let model = self.model;
        let flaws = &model.items[at].flaws;
        flaws.iter().for_each(|&flaw| self.share_out(flaw, -1.0));
        self.place[at] = place;
        for &flaw in flaws {
            self.undecided[flaw] -= 1;
            self.dead[flaw] += u32::from(place == Place::Out);
            self.share_out(flaw, 1.0);
        }
    }

    fn open_again(&mut self, at: usize) {
        let model = self.model;
        let flaws = &model.items[at].flaws;
        flaws.iter().for_each(|&flaw| self.share_out(flaw, -1.0));
        let was_out = std::mem::replace(&mut self.place[at], Place::Open) == Place::Out;
        for &flaw in flaws {
            self.undecided[flaw] += 1;
            self.dead[flaw] -= u32::from(was_out);
            self.share_out(flaw, 1.0);
        }
    }

    /// Gives (or takes back, with a sign of −1) what closing a flaw is worth to the open patches that it needs, in equal
    /// shares: together they are what the last of them brings.
    fn share_out(&mut self, flaw: usize, sign: f64) {
        let open = self.undecided[flaw];
        if self.dead[flaw] > 0 || open == 0 {
            return;
        }
        let flaw = &self.model.flaws[flaw];
        for &item in &flaw.needs {
            if self.place[item] == Place::Open {
                self.value[item] += sign * flaw.points as f64 / f64::from(open);
            }
        }
    }

    /// Whether the patch costs nothing that is limited.
    pub fn is_free(&self, at: usize) -> bool {
        let item = &self.model.items[at];
        let paid = self.reboots[item.host] > 0
            || (!item.reboot && item.outages.iter().all(|&outage| self.users[outage] > 0));
        self.caps.count.is_none() && self.caps.window.is_none() && paid
    }

    /// Whether the patch can still bring anything: points, or a reboot that costs less than the outages that it takes in.
    pub fn is_useless(&self, at: usize) -> bool {
        let item = &self.model.items[at];
        let first_reboot = item.reboot && self.reboots[item.host] == 0;
        self.value[at] < 0.5 && !first_reboot
    }

    /// Allows an outage, whether a patch causes it or not.
    pub fn pay(&mut self, outage: usize) {
        self.users[outage] += 1;
        if self.users[outage] == 1 {
            let outage = &self.model.outages[outage];
            self.outages[outage.host] += outage.seconds;
        }
    }

    /// Undoes [`State::pay`].
    pub fn unpay(&mut self, outage: usize) {
        self.users[outage] -= 1;
        if self.users[outage] == 0 {
            let outage = &self.model.outages[outage];
            self.outages[outage.host] -= outage.seconds;
        }
    }

    /// Whether nothing that is in causes the outage, and no reboot takes it in.
    pub fn is_unpaid(&self, outage: usize) -> bool {
        self.users[outage] == 0 && self.reboots[self.model.outages[outage].host] == 0
    }

    /// Whether the patch is not decided.
    pub fn is_open(&self, at: usize) -> bool {
        self.place[at] == Place::Open
    }

    /// The open patches that cause an outage.
    pub fn causes(&self, outage: usize) -> Vec<usize> {
        let open = (0..self.place.len()).filter(|&at| self.is_open(at));
        open.filter(|&at| self.model.items[at].outages.contains(&outage))
            .collect()
    }

    fn own_worth(&self, at: usize, prices: &Prices) -> f64 {
        self.value[at] - prices.count - prices.window * self.model.items[at].work as f64
    }

    /// What each outage brings beyond its price, when every patch that is worth it goes in.
    pub fn gains(&self, prices: &Prices) -> Vec<f64> {
        let second = prices.downtime + prices.window;
        let outages = self.model.outages.iter();
        let mut gains: Vec<f64> = outages
            .map(|outage| -second * outage.seconds as f64)
            .collect();
        for at in (0..self.place.len()).filter(|&at| self.is_open(at)) {
            for &outage in &self.model.items[at].outages {
                gains[outage] += self.own_worth(at, prices).max(0.0);
            }
        }
        gains
    }

    /// The patches that are worth their price, each with its outages, at these prices.
    pub fn worthwhile(&self, prices: &Prices) -> Vec<usize> {
        let gains = self.gains(prices);
        let mut open = self.open();
        open.retain(|&at| {
            let mut outages = self.model.items[at].outages.iter();
            self.own_worth(at, prices) > 0.0 && outages.all(|&outage| gains[outage] > 0.0)
        });
        open
    }

    /// What a patch is worth beyond its price, when it pays all of its outages that are not paid yet.
    pub fn worth(&self, at: usize, prices: &Prices) -> f64 {
        let item = &self.model.items[at];
        let second = prices.downtime + prices.window;
        let seconds: u64 = match (self.reboots[item.host] > 0, item.reboot) {
            (true, _) => 0,
            (false, true) => self.model.reboots[item.host],
            (false, false) => {
                let unpaid = item
                    .outages
                    .iter()
                    .filter(|&&outage| self.users[outage] == 0);
                unpaid
                    .map(|&outage| self.model.outages[outage].seconds)
                    .sum()
            }
        };
        self.value[at] - prices.count - prices.window * item.work as f64 - second * seconds as f64
    }

    /// No choice that goes on from here removes more, in thousandths of a point.
    pub fn bound(&mut self, prices: &Prices) -> u64 {
        // Shares are fractions: half a thousandth covers what their sums lose.
        (self.reach(prices) + 0.51).max(0.0).floor() as u64
    }

    /// The Lagrangian relaxation: every limit may be broken at its price, and a patch that causes several outages pays
    /// for the first only. Both can only raise the result.
    fn reach(&mut self, prices: &Prices) -> f64 {
        let second = prices.downtime + prices.window;
        let mut room = std::mem::take(&mut self.room);
        room.clear();
        for (at, item) in self.model.items.iter().enumerate() {
            match self.place[at] {
                Place::In | Place::Out => {}
                Place::Open => {
                    let worth = self.value[at] - prices.count - prices.window * item.work as f64;
                    room.may_reboot[item.host] |= item.reboot;
                    if worth <= 0.0 {
                        continue;
                    }
                    room.rebooted[item.host] += worth;
                    let unpaid = item.outages.iter().find(|&&outage| self.users[outage] == 0);
                    match unpaid {
                        _ if item.reboot => {}
                        Some(&outage) => room.by_outage[outage] += worth,
                        None => room.calm[item.host] += worth,
                    }
                }
            }
        }
        for (at, outage) in self.model.outages.iter().enumerate() {
            room.calm[outage.host] +=
                (room.by_outage[at] - second * outage.seconds as f64).max(0.0);
        }
        let downtime = self.downtime();
        let mut reach = self.removed as f64;
        for host in 0..self.reboots.len() {
            reach += self.reach_of(host, second, downtime, &room);
        }
        self.room = room;
        let left = |cap: Option<u64>, used: u64| cap.map_or(0.0, |cap| cap as f64 - used as f64);
        reach
            + prices.count * left(self.caps.count, self.count)
            + prices.downtime * left(self.caps.downtime, downtime)
            + prices.window * left(self.caps.window, self.work + downtime)
    }

    /// The better of leaving the host up and rebooting it.
    fn reach_of(&self, host: usize, second: f64, downtime: u64, room: &Room) -> f64 {
        if self.reboots[host] > 0 {
            return room.rebooted[host];
        }
        // A reboot that alone breaks a limit is no choice, whatever its price.
        let rebooted = Cost {
            count: self.count + 1,
            downtime: downtime - self.outages[host] + self.model.reboots[host],
            work: self.work,
        };
        if !room.may_reboot[host] || !self.caps.allow(rebooted) {
            return room.calm[host];
        }
        let extra = self.model.reboots[host] as f64 - self.outages[host] as f64;
        room.calm[host].max(room.rebooted[host] - second * extra)
    }
}

impl Room {
    fn clear(&mut self) {
        self.by_outage.fill(0.0);
        self.calm.fill(0.0);
        self.rebooted.fill(0.0);
        self.may_reboot.fill(false);
    }
}
