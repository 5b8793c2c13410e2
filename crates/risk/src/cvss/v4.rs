//! The scoring of CVSS v4.0 (specification, section 8), in integers.
//!
//! A vector falls into a MacroVector by six equivalences (EQ). It gets the MacroVector's score from FIRST's table, less
//! a share of the way to the next lower MacroVector of each equivalence: as far as the vector itself lies below the
//! most severe vector of its own.

use super::vector::Vector;

// Places in the list of metrics; a modified metric stands `MODIFIED` places behind its base metric.
const AV: usize = 0;
const AC: usize = 1;
const AT: usize = 2;
const PR: usize = 3;
const UI: usize = 4;
const VC: usize = 5;
const VI: usize = 6;
const VA: usize = 7;
const SC: usize = 8;
const SI: usize = 9;
const SA: usize = 10;
const E: usize = 11;
const CR: usize = 12;
const IR: usize = 13;
const AR: usize = 14;
const MODIFIED: usize = 15;

/// Steps below the most severe value, for each place of a value. Places that cannot occur are 0.
type Levels = [i32; 5];
const AV_LEVELS: Levels = [0, 0, 1, 2, 3];
const TWO_LEVELS: Levels = [0, 0, 1, 0, 0]; // AC, AT
const THREE_LEVELS: Levels = [0, 0, 1, 2, 0]; // PR, UI and the impacts on the vulnerable system
const SUBSEQUENT_LEVELS: Levels = [0, 1, 2, 3, 0]; // H L N, and S (safety) above them
const REQUIREMENT_LEVELS: Levels = [0, 2, 1, 0, 0]; // L M H

const HIGH: i32 = 0;

/// The metrics that matter to the score, as levels.
struct Steps {
    av: i32,
    pr: i32,
    ui: i32,
    ac: i32,
    at: i32,
    /// Confidentiality, integrity, availability of the vulnerable system.
    vulnerable: [i32; 3],
    /// The same of subsequent systems; 0 is safety, 1 high.
    subsequent: [i32; 3],
    requirements: [i32; 3],
    exploit: u8,
}

pub fn score(vector: &Vector) -> u8 {
    let steps = Steps::of(vector);
    if steps.vulnerable == [2; 3] && steps.subsequent == [3; 3] {
        return 0;
    }
    let eq = steps.equivalences();
    let Some(value) = lookup(eq) else {
        return 0; // every combination of levels is in the table
    };
    // Sum of available distance times share, in tenths times 840, which every depth divides.
    let (mut sum, mut count) = (0_i64, 0_i64);
    for (next, distance, depth) in steps.ways_down(eq) {
        if let Some(next) = next {
            let available = i64::from(value) - i64::from(next);
            sum += available * i64::from(distance) * (840 / i64::from(depth));
            count += 1;
        }
    }
    let one = 840 * count.max(1);
    let exact = i64::from(value) * one - sum;
    let tenths = (2 * exact + one).div_euclid(2 * one); // half up
    u8::try_from(tenths.clamp(0, 100)).unwrap_or(0)
}

impl Steps {
    fn of(vector: &Vector) -> Steps {
        let place = |metric| match vector.at(MODIFIED + metric) {
            0 => vector.at(metric),
            modified => modified,
        };
        let level = |metric, levels: Levels| at(levels, place(metric));
        // Not defined is the worst case: a requirement is high, an exploit is attacked.
        let requirement = |metric| match vector.at(metric) {
            0 => HIGH,
            value => at(REQUIREMENT_LEVELS, value),
        };
        Steps {
            av: level(AV, AV_LEVELS),
            pr: level(PR, THREE_LEVELS),
            ui: level(UI, THREE_LEVELS),
            ac: level(AC, TWO_LEVELS),
            at: level(AT, TWO_LEVELS),
            vulnerable: [VC, VI, VA].map(|metric| level(metric, THREE_LEVELS)),
            subsequent: [SC, SI, SA].map(|metric| level(metric, SUBSEQUENT_LEVELS)),
            requirements: [CR, IR, AR].map(requirement),
            exploit: vector.at(E).saturating_sub(1),
        }
    }

    /// EQ1 to EQ6: section 8.2, tables 24 to 29.
    fn equivalences(&self) -> [u8; 6] {
        let easy = [self.av, self.pr, self.ui].map(|level| level == 0);
        let eq1 = match easy {
            [true, true, true] => 0,
            _ if easy.contains(&true) && self.av != 3 => 1,
            _ => 2,
        };
        let eq2 = u8::from(self.ac != 0 || self.at != 0);
        let [vc, vi, va] = self.vulnerable.map(|level| level == HIGH);
        let eq3 = match (vc && vi, vc || vi || va) {
            (true, _) => 0,
            (_, true) => 1,
            _ => 2,
        };
        let [sc, si, sa] = self.subsequent;
        let eq4 = match (si == 0 || sa == 0, sc == 1 || si == 1 || sa == 1) {
            (true, _) => 0,
            (_, true) => 1,
            _ => 2,
        };
        let needed =
            |(vulnerable, requirement): (&i32, &i32)| *vulnerable == HIGH && *requirement == HIGH;
        let eq6 = !self.vulnerable.iter().zip(&self.requirements).any(needed);
        [eq1, eq2, eq3, eq4, self.exploit, u8::from(eq6)]
    }

    /// For EQ1, EQ2, EQ3 with EQ6, EQ4, EQ5: the score of the next lower MacroVector if there is one, the steps from
    /// the most severe vector to ours, and the depth of the MacroVector in steps (section 8.2, tables 30 to 34).
    fn ways_down(&self, eq: [u8; 6]) -> [(Option<u8>, i32, i32); 5] {
        let [eq1, eq2, eq3, eq4, eq5, eq6] = eq;
        let [sc, si, sa] = self.subsequent;
        let access = distance(&[self.av, self.pr, self.ui], highest_eq1(eq1));
        let conditions = distance(&[self.ac, self.at], highest_eq2(eq2));
        let [vc, vi, va] = self.vulnerable;
        let [cr, ir, ar] = self.requirements;
        let impact = distance(&[vc, vi, va, cr, ir, ar], highest_eq36(eq3, eq6));
        let subsequent = distance(&[sc, si, sa], highest_eq4(eq4));
        let depth1 = [1, 4, 5].get(usize::from(eq1)).copied().unwrap_or(1);
        let depth4 = [6, 5, 4].get(usize::from(eq4)).copied().unwrap_or(1);
        let (next36, depth36) = match (eq3, eq6) {
            (0, 0) => {
                let by6 = lookup([eq1, eq2, 0, eq4, eq5, 1]);
                (by6.max(lookup([eq1, eq2, 1, eq4, eq5, 0])), 7)
            }
            (0, _) => (lookup([eq1, eq2, 1, eq4, eq5, 1]), 6),
            (1, 0) => (lookup([eq1, eq2, 1, eq4, eq5, 1]), 8),
            (1, _) => (lookup([eq1, eq2, 2, eq4, eq5, 1]), 8),
            _ => (None, 10),
        };
        [
            (lookup([eq1 + 1, eq2, eq3, eq4, eq5, eq6]), access, depth1),
            (
                lookup([eq1, eq2 + 1, eq3, eq4, eq5, eq6]),
                conditions,
                i32::from(eq2) + 1,
            ),
            (next36, impact, depth36),
            (
                lookup([eq1, eq2, eq3, eq4 + 1, eq5, eq6]),
                subsequent,
                depth4,
            ),
            (lookup([eq1, eq2, eq3, eq4, eq5 + 1, eq6]), 0, 1),
        ]
    }
}

fn at(levels: Levels, place: u8) -> i32 {
    levels.get(usize::from(place)).copied().unwrap_or(0)
}

/// Steps from the first of the highest vectors that is nowhere below ours.
fn distance<const N: usize>(ours: &[i32; N], highest: &[[i32; N]]) -> i32 {
    highest
        .iter()
        .find(|highest| highest.iter().zip(ours).all(|(high, our)| our >= high))
        .map_or(0, |highest| {
            ours.iter().sum::<i32>() - highest.iter().sum::<i32>()
        })
}

// The most severe vectors of each equivalence, as levels (section 8.2).

/// AV, PR, UI.
fn highest_eq1(eq: u8) -> &'static [[i32; 3]] {
    match eq {
        0 => &[[0, 0, 0]],
        1 => &[[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        _ => &[[3, 0, 0], [1, 1, 1]],
    }
}

/// AC, AT.
fn highest_eq2(eq: u8) -> &'static [[i32; 2]] {
    match eq {
        0 => &[[0, 0]],
        _ => &[[1, 0], [0, 1]],
    }
}

/// VC, VI, VA, CR, IR, AR.
fn highest_eq36(eq3: u8, eq6: u8) -> &'static [[i32; 6]] {
    match (eq3, eq6) {
        (0, 0) => &[[0, 0, 0, 0, 0, 0]],
        (0, _) => &[[0, 0, 1, 1, 1, 0], [0, 0, 0, 1, 1, 1]],
        (1, 0) => &[[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0]],
        (1, _) => &[
            [1, 0, 1, 0, 1, 0],
            [1, 0, 0, 0, 1, 1],
            [0, 1, 0, 1, 0, 1],
            [0, 1, 1, 1, 0, 0],
            [1, 1, 0, 0, 0, 1],
        ],
        _ => &[[1, 1, 1, 0, 0, 0]],
    }
}

/// SC, SI, SA: 0 is safety, then high, low.
fn highest_eq4(eq: u8) -> &'static [[i32; 3]] {
    match eq {
        0 => &[[1, 0, 0]],
        1 => &[[1, 1, 1]],
        _ => &[[2, 2, 2]],
    }
}

/// The score of a MacroVector in tenths.
fn lookup(eq: [u8; 6]) -> Option<u8> {
    if eq.iter().any(|digit| *digit > 2) {
        return None;
    }
    let place = eq
        .iter()
        .fold(0, |sum, digit| sum * 3 + usize::from(*digit));
    SCORES.get(place).copied().filter(|score| *score != ABSENT)
}

const ABSENT: u8 = u8::MAX;

/// FIRST's table, indexed by the six digits as a number of base three; read when this crate is compiled.
static SCORES: [u8; 729] = read_table(include_bytes!("../../data/cvss/v4_macrovector_lookup.csv"));

#[expect(
    clippy::indexing_slicing,
    reason = "runs at compile time, where a bad index fails the build"
)]
const fn read_table(csv: &[u8]) -> [u8; 729] {
    let mut scores = [ABSENT; 729];
    let mut at = 0;
    while csv[at] != b'\n' {
        at += 1; // the header
    }
    at += 1;
    while at < csv.len() {
        let (mut place, mut score) = (0, 0);
        while csv[at] != b',' {
            place = place * 3 + (csv[at] - b'0') as usize;
            at += 1;
        }
        at += 1;
        while at < csv.len() && csv[at] != b'\n' {
            if csv[at].is_ascii_digit() {
                score = score * 10 + (csv[at] - b'0');
            }
            at += 1;
        }
        scores[place] = score;
        at += 1;
    }
    scores
}
