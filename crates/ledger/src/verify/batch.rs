//! The entries since the last checkpoint, and what the next checkpoint says of them.

use std::cmp::Ordering;
use std::io;

use super::index_reader::IndexReader;
use super::report::{Problem, Verification, What};
use crate::checkpoint::Checkpoint;
use crate::hash::{Hash, empty_root};
use crate::note::VerifierKey;
use crate::segment::{HEADER, Place};
use crate::tree::Frontier;

/// A frame of an entry as it was found; without a hash when it is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub place: Place,
    pub leaf: Option<Hash>,
}

/// The state of a verification at one place.
pub struct Batch {
    pub report: Verification,
    key: VerifierKey,
    index: IndexReader,
    outside: Vec<Checkpoint>,
    /// The tree up to the last checkpoint; `None` once a commit was changed beyond repair.
    tree: Option<Frontier>,
    /// Entries up to the last checkpoint.
    start: u64,
    seen: Vec<Seen>,
    /// The newest checkpoint whose root is right.
    newest: Option<(Place, String)>,
    /// Segment and offset behind the newest checkpoint's frame.
    end: (u32, u64),
}

impl Batch {
    pub fn new(key: VerifierKey, index: IndexReader, outside: &[&str]) -> Batch {
        let mut report = Verification {
            key: key.to_string(),
            size: 0,
            root: empty_root(),
            proved: 0,
            checkpoints: 0,
            bytes: 0,
            unfinished_bytes: 0,
            problems: Vec::new(),
            more_problems: 0,
        };
        let mut given = Vec::new();
        for note in outside {
            match Checkpoint::open(note, &key) {
                Ok(checkpoint) => given.push(checkpoint),
                Err(error) => report.tell(outside_problem(
                    None,
                    format!("a checkpoint given from outside cannot be used: {error}"),
                )),
            }
        }
        Batch {
            report,
            key,
            index,
            outside: given,
            tree: Some(Frontier::default()),
            start: 0,
            seen: Vec::new(),
            newest: None,
            end: (0, 0),
        }
    }

    /// The number that the next entry has.
    pub fn next_index(&self) -> u64 {
        self.start + self.seen.len() as u64
    }

    pub fn entry(&mut self, seen: Seen) {
        self.seen.push(seen);
    }

    /// Bytes that are no frame: the index tells which entries lay there.
    /// `inside`: whole frames follow, so that it is no unfinished end.
    pub fn damaged_bytes(
        &mut self,
        segment: u32,
        from: u64,
        to: u64,
        inside: bool,
    ) -> io::Result<()> {
        let before = self.seen.len();
        while let Some(record) = self.index.get(self.next_index())? {
            let there = (from..to).contains(&u64::from(record.place.offset));
            if record.place.segment != segment || !there {
                break;
            }
            self.seen.push(Seen {
                place: record.place,
                leaf: None,
            });
        }
        if self.seen.len() == before && (inside || self.next_index() < self.index.size()) {
            let place = Place {
                segment,
                offset: u32::try_from(from).unwrap_or(u32::MAX),
            };
            let message = format!("{} bytes are no entry and no checkpoint", to - from);
            self.report
                .tell(Problem::at(What::Checkpoint, place, message));
        }
        Ok(())
    }

    /// Bytes behind the newest checkpoint.
    pub fn unfinished(&self, segments: &[(u32, u64)]) -> u64 {
        let behind = |(number, length): &(u32, u64)| match number.cmp(&self.end.0) {
            Ordering::Less => 0,
            Ordering::Equal => length.saturating_sub(self.end.1),
            Ordering::Greater => length.saturating_sub(HEADER as u64),
        };
        segments.iter().map(behind).sum()
    }

    /// What the next checkpoint says of the entries since the last one.
    pub fn checkpoint(&mut self, place: Place, end: u64, note: &str) -> io::Result<()> {
        let says = match Checkpoint::read_unverified(note) {
            Ok(says) => says,
            Err(error) => {
                let message = format!("a checkpoint is altered: {error}");
                self.report
                    .tell(Problem::at(What::Checkpoint, place, message));
                return Ok(());
            }
        };
        self.report.checkpoints += 1;
        let tree = match self.tree.take() {
            Some(tree) => tree,
            None => return self.after_the_loss(place, end, note, &says),
        };
        let mut complete = Vec::new();
        let actual = grown(&tree, self.leaves(), &mut complete);
        if let Some(actual) = actual.filter(|tree| agrees(tree, &says)) {
            self.compare_index(complete)?;
            return self.accept(tree, actual, place, end, note, &says);
        }
        let expected = self.indexed(says.size)?;
        let indexed = expected.iter().copied().map(Some);
        let grown = grown(&tree, indexed, &mut Vec::new());
        if let Some(grown) = grown.filter(|tree| agrees(tree, &says)) {
            self.compare(&expected);
            return self.accept(tree, grown, place, end, note, &says);
        }
        if let Err(error) = Checkpoint::open(note, &self.key) {
            let message = format!("the checkpoint of size {} is altered: {error}", says.size);
            self.report
                .tell(Problem::at(What::Checkpoint, place, message));
            self.tree = Some(tree);
            return Ok(());
        }
        self.commit_changed(&tree, place, &says);
        self.step(place, end, &says);
        Ok(())
    }

    fn leaves(&self) -> impl Iterator<Item = Option<Hash>> {
        self.seen.iter().map(|seen| seen.leaf)
    }

    /// The leaf hashes that the index has, from the last checkpoint to `size`; none if it does not have them all.
    fn indexed(&mut self, size: u64) -> io::Result<Vec<Hash>> {
        let mut leaves = Vec::new();
        if size <= self.index.size() {
            for number in self.start..size {
                leaves.extend(self.index.get(number)?.map(|record| record.leaf));
            }
        }
        Ok(leaves)
    }

    /// The root is right: from here on the tree is `grown`.
    fn accept(
        &mut self,
        before: Frontier,
        grown: Frontier,
        place: Place,
        end: u64,
        note: &str,
        says: &Checkpoint,
    ) -> io::Result<()> {
        if self
            .outside
            .iter()
            .any(|o| (self.start + 1..=says.size).contains(&o.size))
        {
            self.compare_outside(before, says.size)?;
        }
        self.tree = Some(grown);
        let newest = self.newest.get_or_insert_default();
        newest.0 = place;
        newest.1.clear();
        newest.1.push_str(note);
        self.step(place, end, says);
        Ok(())
    }

    fn step(&mut self, place: Place, end: u64, says: &Checkpoint) {
        self.start = says.size;
        self.report.size = says.size;
        self.report.root = says.root;
        self.seen.clear();
        self.end = (place.segment, end);
    }

    /// The entries are right; the index and the stored nodes ought to agree.
    fn compare_index(&mut self, complete: Vec<(u32, u64, Hash)>) -> io::Result<()> {
        for (number, seen) in (self.start..).zip(&self.seen) {
            let Some(leaf) = seen.leaf else { continue };
            let record = self.index.get(number)?;
            if record.is_some_and(|r| r.leaf != leaf || r.place != seen.place) {
                let message = format!("the index says something else of entry {number}");
                let problem = Problem::of(What::Index, number, number, seen.place, message);
                self.report.tell(Problem {
                    expected: Some(leaf),
                    actual: record.map(|record| record.leaf),
                    ..problem
                });
            }
        }
        for (level, number, hash) in complete {
            let stored = self.index.stored_node(level, number)?;
            if stored.is_some_and(|stored| stored != hash) {
                let message = format!("node {number} of level {level} is stored with another hash");
                self.report.tell(Problem {
                    file: format!("nodes-{level}"),
                    expected: Some(hash),
                    actual: stored,
                    ..Problem::at(What::Index, Place::default(), message)
                });
            }
        }
        Ok(())
    }

    /// The index is right (the signed root says so): which entries are not?
    fn compare(&mut self, expected: &[Hash]) {
        let same = |(seen, leaf): (&Seen, &Hash)| seen.leaf == Some(*leaf);
        let begin = self
            .seen
            .iter()
            .zip(expected)
            .take_while(|pair| same(*pair))
            .count();
        let most = self.seen.len().min(expected.len()) - begin;
        let pairs = self.seen.iter().rev().zip(expected.iter().rev());
        let end = pairs.take(most).take_while(|pair| same(*pair)).count();
        let found = self
            .seen
            .get(begin..self.seen.len() - end)
            .unwrap_or_default();
        let wanted = expected
            .get(begin..expected.len() - end)
            .unwrap_or_default();
        let first = self.start + begin as u64;
        let place = found.first().map_or(Place::default(), |seen| seen.place);
        let mut problems = Vec::new();
        if found.len() == wanted.len() {
            let pairs = found.iter().zip(wanted).filter(|pair| !same(*pair));
            for (seen, leaf) in pairs {
                let offset = found.iter().position(|other| other == seen).unwrap_or(0);
                problems.push(changed(first + offset as u64, seen, *leaf));
            }
        } else if found.len() < wanted.len() {
            let last = first + wanted.len() as u64 - 1;
            let gone = wanted.len() - found.len();
            let message = format!("{gone} of the entries {first} to {last} are gone");
            problems.push(Problem::of(What::EntryMissing, first, last, place, message));
        } else {
            let last = first + found.len() as u64 - 1;
            let more = found.len() - wanted.len();
            let message = format!("{more} entries stand here that were never appended");
            problems.push(Problem::of(
                What::EntryInserted,
                first,
                last,
                place,
                message,
            ));
        }
        problems
            .into_iter()
            .for_each(|problem| self.report.tell(problem));
    }

    /// Neither the entries nor the index lead to the signed root.
    fn commit_changed(&mut self, tree: &Frontier, place: Place, says: &Checkpoint) {
        let last = says.size.saturating_sub(1);
        let message = format!(
            "the entries {} to {last} are not those that were signed; later ones cannot be proved",
            self.start
        );
        let found = grown(tree, self.leaves(), &mut Vec::new());
        let place = self.seen.first().map_or(place, |seen| seen.place);
        self.report.tell(Problem {
            expected: Some(says.root),
            actual: found.map(|tree| tree.root()),
            ..Problem::of(What::CommitChanged, self.start, last, place, message)
        });
    }

    /// Behind a changed commit the roots cannot be computed: the entries are still compared with the index.
    fn after_the_loss(
        &mut self,
        place: Place,
        end: u64,
        note: &str,
        says: &Checkpoint,
    ) -> io::Result<()> {
        if let Err(error) = Checkpoint::open(note, &self.key) {
            let message = format!("the checkpoint of size {} is altered: {error}", says.size);
            self.report
                .tell(Problem::at(What::Checkpoint, place, message));
            return Ok(());
        }
        let expected = self.indexed(says.size)?;
        let found: Vec<_> = self.seen.iter().map(|seen| seen.leaf).collect();
        if !expected.is_empty() && !found.iter().copied().eq(expected.iter().copied().map(Some)) {
            self.compare(&expected);
        }
        self.step(place, end, says);
        Ok(())
    }

    fn compare_outside(&mut self, mut tree: Frontier, size: u64) -> io::Result<()> {
        let leaves = match self.indexed(size)? {
            leaves if leaves.is_empty() => self.seen.iter().filter_map(|seen| seen.leaf).collect(),
            leaves => leaves,
        };
        let mut problems = Vec::new();
        for leaf in leaves {
            tree.push(leaf);
            for checkpoint in self.outside.iter().filter(|o| o.size == tree.size()) {
                if checkpoint.root != tree.root() {
                    let message = format!(
                        "the checkpoint of size {} that was handed out is of another history",
                        checkpoint.size
                    );
                    problems.push(Problem {
                        expected: Some(checkpoint.root),
                        actual: Some(tree.root()),
                        ..outside_problem(Some(checkpoint.size), message)
                    });
                }
            }
        }
        problems
            .into_iter()
            .for_each(|problem| self.report.tell(problem));
        Ok(())
    }

    /// The end of the files: what the index knows beyond, the newest signature, checkpoints beyond the end.
    pub fn finish(mut self) -> io::Result<Verification> {
        if self.index.size() > self.start {
            let expected = self.indexed(self.index.size())?;
            self.compare_the_end(&expected);
        }
        if let Some((place, note)) = self.newest.take() {
            match Checkpoint::open(&note, &self.key) {
                Ok(checkpoint) => self.report.proved = checkpoint.size,
                Err(error) => {
                    let message = format!("the newest checkpoint cannot be believed: {error}");
                    self.report
                        .tell(Problem::at(What::Checkpoint, place, message));
                }
            }
        }
        for checkpoint in std::mem::take(&mut self.outside) {
            let unproved = self.tree.is_none() && checkpoint.size > self.report.proved;
            if checkpoint.size > self.report.size {
                let message = format!(
                    "a checkpoint of size {} was handed out, and the ledger ends at {}",
                    checkpoint.size, self.report.size
                );
                self.report
                    .tell(outside_problem(Some(self.report.size), message));
            } else if unproved {
                let message = format!(
                    "the checkpoint of size {} cannot be compared",
                    checkpoint.size
                );
                self.report
                    .tell(outside_problem(Some(checkpoint.size), message));
            }
        }
        Ok(self.report)
    }

    /// Entries that were acknowledged have no checkpoint behind them any more.
    fn compare_the_end(&mut self, expected: &[Hash]) {
        let (first, last) = (self.start, self.index.size() - 1);
        let place = Place {
            segment: self.end.0.max(1),
            offset: u32::try_from(self.end.1).unwrap_or(u32::MAX),
        };
        let message =
            format!("the checkpoint behind the entries {first} to {last} is missing or damaged");
        self.report
            .tell(Problem::of(What::Checkpoint, first, last, place, message));
        let found: Vec<_> = self.seen.iter().map(|seen| seen.leaf).collect();
        if !found.iter().copied().eq(expected.iter().copied().map(Some)) {
            self.compare(expected);
        }
    }
}

/// The tree with these leaves behind it, unless one is unknown; adds the nodes of level 8, 16, … that are complete then.
fn grown(
    tree: &Frontier,
    leaves: impl Iterator<Item = Option<Hash>>,
    complete: &mut Vec<(u32, u64, Hash)>,
) -> Option<Frontier> {
    let mut tree = tree.clone();
    for leaf in leaves {
        tree.push_and(leaf?, |level, number, hash| {
            if level > 0 && level % 8 == 0 {
                complete.push((level, number, hash));
            }
        });
    }
    Some(tree)
}

fn agrees(tree: &Frontier, says: &Checkpoint) -> bool {
    tree.size() == says.size && tree.root() == says.root
}

fn changed(number: u64, seen: &Seen, expected: Hash) -> Problem {
    let (what, message) = match seen.leaf {
        Some(_) => (
            What::EntryChanged,
            format!("entry {number} says something else than what was signed"),
        ),
        None => (
            What::EntryDamaged,
            format!("the bytes of entry {number} are damaged"),
        ),
    };
    Problem {
        expected: Some(expected),
        actual: seen.leaf,
        ..Problem::of(what, number, number, seen.place, message)
    }
}

fn outside_problem(size: Option<u64>, message: String) -> Problem {
    Problem {
        file: "checkpoint given from outside".into(),
        entries: size.map(|size| (size, size)),
        ..Problem::at(What::Outside, Place::default(), message)
    }
}
