//! Sorts more byte strings than memory holds: sorted runs on disk, then one merge.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Collects byte strings and gives them back in `memcmp` order.
pub struct Sorter {
    folder: PathBuf,
    name: &'static str,
    budget: usize,
    held: Vec<u8>,
    spans: Vec<(usize, usize)>,
    runs: Vec<File>,
}

impl Sorter {
    /// Sorts within `budget` bytes of memory; runs beyond it go to unnamed files in `folder`.
    pub fn new(folder: &Path, name: &'static str, budget: usize) -> Sorter {
        Sorter {
            folder: folder.to_owned(),
            name,
            budget,
            held: Vec::new(),
            spans: Vec::new(),
            runs: Vec::new(),
        }
    }

    pub fn push(&mut self, item: &[u8]) -> io::Result<()> {
        let start = self.held.len();
        self.held.extend_from_slice(item);
        self.spans.push((start, self.held.len()));
        let used = self.held.len() + self.spans.len() * size_of::<(usize, usize)>();
        if used > self.budget {
            self.spill()?;
        }
        Ok(())
    }

    fn sort_held(&mut self) {
        let held = &self.held;
        self.spans
            .sort_unstable_by(|a, b| held[a.0..a.1].cmp(&held[b.0..b.1]));
    }

    fn spill(&mut self) -> io::Result<()> {
        self.sort_held();
        let path = self
            .folder
            .join(format!("tmp-sort-{}-{}", self.name, self.runs.len()));
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)?;
        // Unlinked while open: a crash leaves nothing behind. Where the system refuses that, the next commit sweeps.
        let _ = std::fs::remove_file(&path);
        let mut out = BufWriter::with_capacity(1 << 16, file);
        for &(start, end) in &self.spans {
            let length = u32::try_from(end - start).map_err(io::Error::other)?;
            out.write_all(&length.to_le_bytes())?;
            out.write_all(&self.held[start..end])?;
        }
        let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.runs.push(file);
        self.held.clear();
        self.spans.clear();
        Ok(())
    }

    /// All items in order.
    pub fn finish(mut self) -> io::Result<Sorted> {
        self.sort_held();
        let mut sources = vec![Source::Memory {
            held: self.held,
            spans: self.spans.into_iter(),
        }];
        sources.extend(
            self.runs
                .into_iter()
                .map(|file| Source::Disk(BufReader::with_capacity(1 << 16, file))),
        );
        let mut heads = BinaryHeap::new();
        for (index, source) in sources.iter_mut().enumerate() {
            if let Some(item) = source.next()? {
                heads.push(Reverse((item, index)));
            }
        }
        Ok(Sorted { sources, heads })
    }
}

enum Source {
    Memory {
        held: Vec<u8>,
        spans: std::vec::IntoIter<(usize, usize)>,
    },
    Disk(BufReader<File>),
}

impl Source {
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        match self {
            Source::Memory { held, spans } => Ok(spans.next().map(|(a, b)| held[a..b].to_vec())),
            Source::Disk(file) => {
                let mut length = [0; 4];
                match file.read_exact(&mut length) {
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
                    other => other?,
                }
                let mut item = vec![0; u32::from_le_bytes(length) as usize];
                file.read_exact(&mut item)?;
                Ok(Some(item))
            }
        }
    }
}

/// The items of a [`Sorter`], in order.
pub struct Sorted {
    sources: Vec<Source>,
    heads: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
}

impl Sorted {
    pub fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(mut head) = self.heads.peek_mut() else {
            return Ok(None);
        };
        let Reverse((item, index)) = &mut *head;
        match self.sources[*index].next()? {
            Some(next) => Ok(Some(std::mem::replace(item, next))),
            None => {
                let Reverse((item, _)) = PeekMut::pop(head);
                Ok(Some(item))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_the_same_in_memory_and_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let items: Vec<Vec<u8>> = (0..2000_u32)
            .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[..(n % 5) as usize].to_vec())
            .collect();
        let sort = |budget| {
            let mut sorter = Sorter::new(folder.path(), "test", budget);
            for item in &items {
                sorter.push(item).unwrap();
            }
            let mut sorted = sorter.finish().unwrap();
            let mut all = Vec::new();
            while let Some(item) = sorted.next().unwrap() {
                all.push(item);
            }
            all
        };
        let mut expected = items.clone();
        expected.sort();
        assert_eq!(sort(1 << 20), expected);
        assert_eq!(sort(500), expected);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
