//! Writes one segment: records stream in, sorted tables come out, in bounded memory.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::blocks::BlockWriter;
use crate::bytes::{Cursor, put_text};
use crate::epss::Point;
use crate::hash::hash;
use crate::layout::{
    DEAD_ROW, FORMAT, HEADER, MAGIC, RECORD_ROW, RecordRow, Role, SECTIONS, STILL, Section,
    put_place,
};
use crate::names;
use crate::record::Encoded;
use crate::schemes;
use crate::segment::Meta;
use crate::spill::Sorter;
use crate::table::TableWriter;
use crate::{entry, layout};

/// Memory that each of the two sorters may use before it spills to disk.
const SORT_BUDGET: usize = 96 << 20;

/// The times of a record.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub since: i64,
    pub learnt: i64,
    pub until: i64,
}

/// A segment being written.
pub struct SegmentWriter {
    folder: PathBuf,
    records: Part,
    strings: Part,
    affected: Part,
    blocks: BlockWriter<Part>,
    packages: Sorter,
    package_items: usize,
    ids: Sorter,
    id_items: usize,
    epss: Sorter,
    feeds: HashMap<String, u32>,
    models: HashMap<String, u32>,
    /// Records written here and replaced in the same update.
    dropped: HashSet<u32>,
    dead: Vec<(u64, u32, bool)>,
    pub meta: Meta,
    scratch: Vec<u8>,
}

/// A section being written to its own unnamed file.
struct Part {
    file: BufWriter<File>,
    length: u64,
}

impl Part {
    fn new(folder: &Path, name: &str) -> io::Result<Part> {
        let path = folder.join(format!("tmp-part-{name}"));
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)?;
        let _ = std::fs::remove_file(&path); // unlinked while open; where that is refused the next commit sweeps
        Ok(Part {
            file: BufWriter::with_capacity(1 << 16, file),
            length: 0,
        })
    }

    fn reader(self) -> io::Result<File> {
        let mut file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(file)
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl SegmentWriter {
    pub fn new(folder: &Path, learnt: i64) -> io::Result<SegmentWriter> {
        Ok(SegmentWriter {
            folder: folder.to_owned(),
            records: Part::new(folder, "records")?,
            strings: Part::new(folder, "strings")?,
            affected: Part::new(folder, "affected")?,
            blocks: BlockWriter::new(Part::new(folder, "blocks")?)?,
            packages: Sorter::new(folder, "packages", SORT_BUDGET),
            package_items: 0,
            ids: Sorter::new(folder, "ids", SORT_BUDGET / 4),
            id_items: 0,
            epss: Sorter::new(folder, "epss", SORT_BUDGET / 4),
            feeds: HashMap::new(),
            models: HashMap::new(),
            dropped: HashSet::new(),
            dead: Vec::new(),
            meta: Meta {
                learnt,
                ..Meta::default()
            },
            scratch: Vec::new(),
        })
    }

    /// Whether there is anything to write.
    pub fn is_empty(&self) -> bool {
        self.meta.records == 0 && self.meta.epss_points == 0 && self.dead.is_empty()
    }

    /// Adds a record; returns its number.
    pub fn add(&mut self, feed: &str, record: &Encoded, times: Times) -> io::Result<u32> {
        let number = u32::try_from(self.meta.records).map_err(io::Error::other)?;
        let row = RecordRow {
            kind: record.kind,
            withdrawn_flag: record.withdrawn,
            feed: self.interned(feed)?,
            key: self.key(record)?,
            first_affected: u32::try_from(self.affected.length / layout::AFFECTED_ROW as u64)
                .map_err(io::Error::other)?,
            affected: u32::try_from(record.affected.len()).map_err(io::Error::other)?,
            core: self.blocks.push(&record.core)?,
            since: times.since,
            learnt: times.learnt,
            until: times.until,
            published: record.published,
            modified: record.modified,
            digest: record.digest,
        };
        for (ordinal, (affected, json)) in record.affected.iter().enumerate() {
            let place = self.blocks.push(json)?;
            self.scratch.clear();
            put_place(&mut self.scratch, place);
            self.affected.write_all(&self.scratch)?;
            if times.until == STILL {
                let ordinal = u32::try_from(ordinal).map_err(io::Error::other)?;
                self.add_package(number, ordinal, affected, record)?;
            }
        }
        for (role, id) in &record.ids {
            self.scratch.clear();
            self.scratch.extend_from_slice(&hash(&[id]).to_be_bytes());
            self.scratch.push(*role as u8);
            self.scratch.extend_from_slice(&number.to_be_bytes());
            self.ids.push(&self.scratch)?;
            self.id_items += 1;
        }
        self.scratch.clear();
        row.write(&mut self.scratch);
        self.records.write_all(&self.scratch)?;
        self.meta.count(record.kind, times.until == STILL);
        Ok(number)
    }

    /// An item of the package sorter: hash, family, name, release, then the entry.
    fn add_package(
        &mut self,
        number: u32,
        ordinal: u32,
        affected: &patchward_advisory::model::Affected,
        record: &Encoded,
    ) -> io::Result<()> {
        let package = &affected.package;
        let (family, release) = names::family(&package.ecosystem);
        if family == "Product" {
            return Ok(()); // a name in words: kept to explain and search, matched to nothing
        }
        let product;
        let name = if family == "CPE" {
            match names::cpe_product(&package.name) {
                Some(found) => product = found,
                None => return Ok(()), // a name that says nothing matches nothing; the advisory itself is kept
            }
            std::borrow::Cow::Borrowed(product.as_str())
        } else {
            names::spelling(family, &package.name)
        };
        if name.is_empty() {
            return Ok(());
        }
        self.scratch.clear();
        self.scratch
            .extend_from_slice(&hash(&[family, &name]).to_be_bytes());
        put_text(&mut self.scratch, family);
        put_text(&mut self.scratch, &name);
        put_text(&mut self.scratch, release);
        self.scratch.extend_from_slice(&number.to_be_bytes());
        self.scratch.extend_from_slice(&ordinal.to_be_bytes());
        entry::write(
            &mut self.scratch,
            number,
            ordinal,
            affected,
            record.authority,
            record.withdrawn,
            record.malware,
        );
        self.package_items += 1;
        self.packages.push(&self.scratch)
    }

    /// Takes back a record of this segment: a later record of the same update replaces it.
    pub fn drop_record(&mut self, number: u32) {
        self.dropped.insert(number);
    }

    /// Notes that a record of an older segment no longer holds.
    pub fn kill(&mut self, segment: u64, record: u32, removed: bool) {
        self.dead.push((segment, record, removed));
    }

    /// Adds a point to a CVE's EPSS series.
    pub fn add_epss(&mut self, mut point: Point, model: &str) -> io::Result<()> {
        point.model = match self.models.get(model) {
            Some(&known) => known,
            None => {
                let at = self.string(model)?;
                self.models.insert(model.to_owned(), at);
                at
            }
        };
        self.meta.epss_points += 1;
        self.epss.push(&point.write())
    }

    fn interned(&mut self, feed: &str) -> io::Result<u32> {
        if let Some(&at) = self.feeds.get(feed) {
            return Ok(at);
        }
        let at = self.string(feed)?;
        self.feeds.insert(feed.to_owned(), at);
        Ok(at)
    }

    /// The key, and behind it the record's other ids, so that vulnerabilities join without inflating a record.
    fn key(&mut self, record: &Encoded) -> io::Result<u32> {
        let at = self.string(&record.key)?;
        let others = record.ids.iter().filter(|(role, _)| *role != Role::Own);
        let mut bytes = Vec::new();
        let mut count = 0_u16;
        for (role, id) in others.take(usize::from(u16::MAX)) {
            bytes.push(*role as u8);
            put_text(&mut bytes, id);
            count += 1;
        }
        self.strings.write_all(&count.to_le_bytes())?;
        self.strings.write_all(&bytes)?;
        Ok(at)
    }

    fn string(&mut self, text: &str) -> io::Result<u32> {
        let at = u32::try_from(self.strings.length).map_err(io::Error::other)?;
        let mut bytes = Vec::with_capacity(text.len() + 2);
        put_text(&mut bytes, text);
        self.strings.write_all(&bytes)?;
        Ok(at)
    }

    /// Writes the segment to `path`, flushed to the disk; returns its length and digest.
    pub fn finish(mut self, path: &Path) -> io::Result<(u64, [u8; 32])> {
        self.meta.dropped = self.dropped.len() as u64;
        self.dead.sort_unstable();
        let mut out = Output::create(path)?;
        out.section(Section::Meta, &serde_json::to_vec(&self.meta)?)?;
        let records = records_without(self.records, &self.dropped)?;
        out.copy(Section::Records, records)?;
        out.copy(Section::Strings, self.strings.reader()?)?;
        let (blocks, block_table) = self.blocks.finish()?;
        out.copy(Section::Blocks, blocks.reader()?)?;
        out.section(Section::BlockTable, &block_table)?;
        out.copy(Section::Affected, self.affected.reader()?)?;
        let groups = Part::new(&self.folder, "groups")?;
        let packages = Part::new(&self.folder, "package-rows")?;
        let expected = self.package_items;
        let (groups, packages, directory) =
            write_groups(self.packages, expected, &self.dropped, groups, packages)?;
        out.copy(Section::Groups, groups.reader()?)?;
        out.copy(Section::Packages, packages.reader()?)?;
        out.section(Section::PackageDirectory, &directory)?;
        let ids = Part::new(&self.folder, "id-rows")?;
        let (ids, directory) = write_ids(self.ids, self.id_items, &self.dropped, ids)?;
        out.copy(Section::Ids, ids.reader()?)?;
        out.section(Section::IdDirectory, &directory)?;
        let mut points = Part::new(&self.folder, "points")?;
        let mut sorted = self.epss.finish()?;
        while let Some(point) = sorted.next()? {
            points.write_all(&point)?;
        }
        out.copy(Section::Epss, points.reader()?)?;
        out.section(Section::Dead, &dead_rows(&self.dead))?;
        out.finish()
    }
}

/// The rows, with those of dropped records marked as never having held.
fn records_without(records: Part, dropped: &HashSet<u32>) -> io::Result<File> {
    let mut file = records.reader()?;
    const UNTIL: u64 = (RECORD_ROW - 16 - 8 * 3) as u64;
    const LEARNT: u64 = UNTIL - 8;
    for &number in dropped {
        let start = u64::from(number) * RECORD_ROW as u64;
        let mut learnt = [0; 8];
        file.seek(io::SeekFrom::Start(start + LEARNT))?;
        file.read_exact(&mut learnt)?;
        file.seek(io::SeekFrom::Start(start + UNTIL))?;
        file.write_all(&learnt)?;
    }
    file.rewind()?;
    Ok(file)
}

fn dead_rows(dead: &[(u64, u32, bool)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(dead.len() * DEAD_ROW);
    for &(segment, record, removed) in dead {
        out.extend_from_slice(&segment.to_le_bytes());
        out.extend_from_slice(&record.to_le_bytes());
        out.extend_from_slice(&u32::from(removed).to_le_bytes());
    }
    out
}

fn write_ids(
    ids: Sorter,
    expected: usize,
    dropped: &HashSet<u32>,
    out: Part,
) -> io::Result<(Part, Vec<u8>)> {
    let mut table = TableWriter::new(out, expected);
    let mut sorted = ids.finish()?;
    while let Some(item) = sorted.next()? {
        let mut item = Cursor::new(&item);
        let (Some(hash), Some(role), Some(record)) = (item.u64(), item.u8(), item.u32()) else {
            continue;
        };
        let (hash, record) = (hash.swap_bytes(), record.swap_bytes());
        if !dropped.contains(&record) {
            table.push(hash, u64::from(role) << 32 | u64::from(record))?;
        }
    }
    Ok(table.finish())
}

/// A group while its entries come in.
#[derive(Default)]
struct Group {
    hash: u64,
    family: String,
    name: String,
    /// Release, count of entries, entries.
    runs: Vec<(String, u32, Vec<u8>)>,
}

impl Group {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        put_text(out, &self.family);
        put_text(out, &self.name);
        let runs = u32::try_from(self.runs.len()).map_err(io::Error::other)?;
        out.extend_from_slice(&runs.to_le_bytes());
        for (release, count, entries) in &self.runs {
            put_text(out, release);
            out.extend_from_slice(&count.to_le_bytes());
            let length = u32::try_from(entries.len()).map_err(io::Error::other)?;
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(entries);
        }
        Ok(())
    }
}

fn write_groups(
    packages: Sorter,
    expected: usize,
    dropped: &HashSet<u32>,
    mut groups: Part,
    rows: Part,
) -> io::Result<(Part, Part, Vec<u8>)> {
    let mut table = TableWriter::new(rows, expected);
    let mut sorted = packages.finish()?;
    let mut group = Group::default();
    let mut bytes = Vec::new();
    let mut close = |group: &Group, groups: &mut Part, table: &mut TableWriter<Part>| {
        if group.runs.is_empty() {
            return Ok(());
        }
        bytes.clear();
        group.write(&mut bytes)?;
        table.push(group.hash, groups.length)?;
        groups.write_all(&bytes)
    };
    while let Some(item) = sorted.next()? {
        let mut item = Cursor::new(&item);
        let (Some(hash), Some(family), Some(name), Some(release), Some(record)) = (
            item.u64().map(u64::swap_bytes),
            item.text(),
            item.text(),
            item.text(),
            item.u32().map(u32::swap_bytes),
        ) else {
            continue;
        };
        if dropped.contains(&record) {
            continue;
        }
        item.u32();
        let entry = item.rest();
        if group.hash != hash || group.family != family || group.name != name {
            close(&group, &mut groups, &mut table)?;
            group = Group {
                hash,
                family: family.to_owned(),
                name: name.to_owned(),
                runs: Vec::new(),
            };
        }
        match group.runs.last_mut().filter(|(last, ..)| last == release) {
            Some((_, count, entries)) => {
                *count += 1;
                entries.extend_from_slice(entry);
            }
            None => group.runs.push((release.to_owned(), 1, entry.to_vec())),
        }
    }
    close(&group, &mut groups, &mut table)?;
    let (rows, directory) = table.finish();
    Ok((groups, rows, directory))
}

/// The segment's file: sections first, then the header that vouches for them.
struct Output {
    file: BufWriter<File>,
    at: u64,
    table: [(u64, u64, [u8; 32]); SECTIONS],
}

impl Output {
    fn create(path: &Path) -> io::Result<Output> {
        // What is written at once can lie in the page cache in one piece, which a reader maps with one fault.
        let mut file = BufWriter::with_capacity(1 << 21, File::create(path)?);
        file.write_all(&[0; HEADER])?;
        Ok(Output {
            file,
            at: HEADER as u64,
            table: [(0, 0, [0; 32]); SECTIONS],
        })
    }

    fn section(&mut self, section: Section, bytes: &[u8]) -> io::Result<()> {
        self.copy(section, bytes)
    }

    fn copy(&mut self, section: Section, mut from: impl Read) -> io::Result<()> {
        let padding = (8 - self.at % 8) % 8;
        self.file.write_all(&[0; 8][..padding as usize])?;
        self.at += padding;
        let start = self.at;
        let mut digest = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = from.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            digest.update(&buffer[..read]);
            self.file.write_all(&buffer[..read])?;
            self.at += read as u64;
        }
        self.table[section as usize] = (start, self.at - start, digest.finalize().into());
        Ok(())
    }

    fn finish(self) -> io::Result<(u64, [u8; 32])> {
        let mut header = Vec::with_capacity(HEADER);
        header.extend_from_slice(MAGIC);
        header.extend_from_slice(&FORMAT.to_le_bytes());
        header.extend_from_slice(&(SECTIONS as u32).to_le_bytes());
        header.extend_from_slice(&schemes::FINGERPRINT.to_le_bytes());
        for (start, length, digest) in &self.table {
            header.extend_from_slice(&start.to_le_bytes());
            header.extend_from_slice(&length.to_le_bytes());
            header.extend_from_slice(digest);
        }
        let digest: [u8; 32] = Sha256::digest(&header).into();
        header.extend_from_slice(&digest);
        let mut file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        file.write_all(&header)?;
        file.sync_all()?;
        Ok((self.at, digest))
    }
}
