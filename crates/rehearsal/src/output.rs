//! Keeps the beginning and the end of what a command writes, in bounded memory.

use std::collections::VecDeque;

/// The output of one stream.
pub(crate) struct Output {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    half: usize,
    seen: u64,
}

impl Output {
    /// Keeps at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            head: Vec::new(),
            tail: VecDeque::new(),
            half: limit / 2,
            seen: 0,
        }
    }

    /// Takes what was read.
    pub fn take(&mut self, bytes: &[u8]) {
        self.seen += bytes.len() as u64;
        let room = self.half - self.head.len();
        let (first, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(first);
        let kept = rest
            .get(rest.len().saturating_sub(self.half)..)
            .unwrap_or_default();
        let surplus = (self.tail.len() + kept.len()).saturating_sub(self.half);
        self.tail.drain(..surplus);
        self.tail.extend(kept);
    }

    /// Bytes written so far.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// What was kept, and how much was not.
    pub fn finish(self) -> (Vec<u8>, u64) {
        let left_out = self.seen - (self.head.len() + self.tail.len()) as u64;
        let mut kept = self.head;
        if left_out > 0 {
            kept.extend(format!("\n[{left_out} bytes left out]\n").bytes());
        }
        kept.extend(self.tail);
        (kept, left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_and_the_last_bytes_are_kept() {
        let mut output = Output::new(4);
        output.take(b"abc");
        output.take(b"defg");
        assert_eq!(output.finish(), (b"ab\n[3 bytes left out]\nfg".to_vec(), 3));
    }

    proptest! {
        #[test]
        fn short_output_is_kept_whole_however_it_comes(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..9)) {
            let whole = pieces.concat();
            let mut output = Output::new(whole.len() * 2);
            pieces.iter().for_each(|piece| output.take(piece));
            prop_assert_eq!(output.finish(), (whole, 0));
        }

        #[test]
        fn never_more_than_the_limit_is_kept(limit in 0usize..64, pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..9)) {
            let whole: usize = pieces.iter().map(Vec::len).sum();
            let mut output = Output::new(limit);
            pieces.iter().for_each(|piece| output.take(piece));
            prop_assert!(output.head.len() + output.tail.len() <= limit);
            let (_, left_out) = output.finish();
            prop_assert!(left_out as usize <= whole);
        }
    }
}
