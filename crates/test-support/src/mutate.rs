//! Mutations of seed inputs: the part of fuzzing that runs in the normal test command, on stable, the same each time.

/// Calls `check` with `rounds` mutations of each seed (and with the seed itself and its truncations).
///
/// A parser under test must return, not panic, on each of them; `check` may assert more. The sequence depends on
/// nothing but the seeds, so a failure comes back at the next run.
pub fn mutate(seeds: &[&[u8]], rounds: usize, mut check: impl FnMut(&[u8])) {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for seed in seeds {
        check(seed);
        for step in 1..=16 {
            check(&seed[..seed.len() * step / 17]);
        }
        for _ in 0..rounds {
            let mut bytes = seed.to_vec();
            for _ in 0..=random.below(4) {
                mutate_once(&mut bytes, seeds, &mut random);
            }
            check(&bytes);
        }
    }
}

fn mutate_once(bytes: &mut Vec<u8>, seeds: &[&[u8]], random: &mut Random) {
    const NASTY: [&[u8]; 16] = [
        b"\0",
        b"\xff",
        b"\xc3\x28",
        b"\x1b[31m",
        b"99999999999999999999",
        b"-1",
        b"\"",
        b"{",
        b"[",
        b"}",
        b"]",
        b"../../../../etc/passwd",
        b"\r\n",
        b"<!DOCTYPE",
        b"&",
        b": ",
    ];
    let at = random.below(bytes.len() + 1);
    match random.below(7) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        1 if at < bytes.len() => bytes[at] = random.next() as u8,
        2 => bytes.truncate(at),
        3 => {
            let end = (at + random.below(64)).min(bytes.len());
            bytes.drain(at..end);
        }
        4 => {
            let end = (at + random.below(256)).min(bytes.len());
            let copy = bytes[at..end].to_vec();
            let to = random.below(bytes.len() + 1);
            bytes.splice(to..to, copy);
        }
        5 => {
            let nasty = NASTY[random.below(NASTY.len())];
            bytes.splice(at..at, nasty.iter().copied());
        }
        _ => {
            let other = seeds[random.below(seeds.len())];
            let from = random.below(other.len() + 1);
            let end = (from + random.below(256)).min(other.len());
            bytes.splice(at..at, other[from..end].iter().copied());
        }
    }
}

/// xorshift64*: small, fast and the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seeds_give_the_same_mutations() {
        let collect = || {
            let mut all = Vec::new();
            mutate(&[b"{\"a\": 1}", b"x"], 50, |bytes| all.push(bytes.to_vec()));
            all
        };
        assert_eq!(collect(), collect());
        assert!(collect().len() > 100);
    }
}
