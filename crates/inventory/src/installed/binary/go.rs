//! Go's build information (Go's package `debug/buildinfo`).
//!
//! A header of 32 bytes begins with a magic text. Since Go 1.18 the two strings, version and modules, follow in the
//! file with their lengths; before, the header points to them in memory. The modules are lines of tabs:
//! `path`, `mod`, `dep`, `=>` (replaces the module above) and `build`.

use object::read::ReadRef;
use object::{File, Object, ObjectSection, ObjectSegment, SectionKind};

use patchward_protocol::inventory::Component;

use crate::lockfile::package::component;
use crate::parse::{MAX_COMPONENTS, Parsed};

const MAGIC: &[u8] = b"\xff Go buildinf:";

/// The header, with version and modules behind it in the newer form.
const HEADER: u64 = 32;

/// The header lies on a multiple of this.
const ALIGN: usize = 16;

/// How far the magic is searched for: the linker puts it first, other data of its section is small.
const SEARCH: u64 = 64 << 10;

/// The longest string; the modules of the largest programs have some 200 KiB.
const MAX_STRING: u64 = 16 << 20;

/// Reads the build information, if there is any.
///
/// # Errors
/// The header is there and what it announces is not.
pub(super) fn read<'data, R: ReadRef<'data>>(
    path: &str,
    file: &File<'data, R>,
    data: R,
) -> Result<Parsed, String> {
    let Some(at) = find(file, data) else {
        return Ok(Parsed::default());
    };
    let broken = || "Go build information that ends before it is whole".to_owned();
    let header = data.read_bytes_at(at, HEADER).map_err(|()| broken())?;
    let is_inline = header.get(15).is_some_and(|flags| flags & 2 != 0);
    let strings = match is_inline {
        true => inline(data, at.saturating_add(HEADER)),
        false => pointed(file, data, header),
    };
    let (version, modules) = strings.ok_or_else(broken)?;
    Ok(Parsed {
        components: components(path, version, modules),
        problems: Vec::new(),
    })
}

/// The offset of the header.
fn find<'data, R: ReadRef<'data>>(file: &File<'data, R>, data: R) -> Option<u64> {
    if let Some(range) = super::section(file, &[".go.buildinfo", "__go_buildinfo"]) {
        return search(data, range);
    }
    // PE files have no such section: the header is in the writable data. So it is in files without section table.
    let of_data = |kind| kind == SectionKind::Data;
    if file.sections().next().is_some() {
        let is_pe = file.format() == object::BinaryFormat::Pe;
        let mut sections = file.sections().filter(|s| is_pe && of_data(s.kind()));
        return sections.find_map(|section| search(data, section.file_range()?));
    }
    let mut segments = file.segments().take(64);
    segments.find_map(|segment| search(data, segment.file_range()))
}

fn search<'data, R: ReadRef<'data>>(data: R, (start, size): (u64, u64)) -> Option<u64> {
    let window = data.read_bytes_at(start, size.min(SEARCH)).ok()?;
    let found = window
        .chunks(ALIGN)
        .position(|chunk| chunk.starts_with(MAGIC))?;
    start.checked_add((found * ALIGN) as u64)
}

/// The newer form: each string has its length before it, as a variable-length number.
fn inline<'data, R: ReadRef<'data>>(data: R, at: u64) -> Option<(&'data [u8], &'data [u8])> {
    let (version, after) = counted(data, at)?;
    let (modules, _) = counted(data, after)?;
    Some((version, modules))
}

fn counted<'data, R: ReadRef<'data>>(data: R, mut at: u64) -> Option<(&'data [u8], u64)> {
    let mut length = 0u64;
    for shift in (0..35).step_by(7) {
        let [byte] = data.read_bytes_at(at, 1).ok()? else {
            return None;
        };
        at = at.checked_add(1)?;
        length |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            let text = string(data, at, length)?;
            return Some((text, at.checked_add(length)?));
        }
    }
    None
}

fn string<'data, R: ReadRef<'data>>(data: R, at: u64, length: u64) -> Option<&'data [u8]> {
    (length <= MAX_STRING).then(|| data.read_bytes_at(at, length).ok())?
}

/// The older form: two addresses of strings, each an address and a length.
fn pointed<'data, R: ReadRef<'data>>(
    file: &File<'data, R>,
    data: R,
    header: &[u8],
) -> Option<(&'data [u8], &'data [u8])> {
    let size = usize::from(*header.get(14)?);
    let big = header.get(15)? & 1 != 0;
    if size != 4 && size != 8 {
        return None;
    }
    let text = |pointer: &[u8]| {
        let head = offset(file, number(pointer, big))?;
        let head = data.read_bytes_at(head, 2 * size as u64).ok()?;
        let (address, length) = head.split_at_checked(size)?;
        match number(length, big) {
            0 => Some(&[][..]),
            length => string(data, offset(file, number(address, big))?, length),
        }
    };
    let version = text(header.get(16..16 + size)?)?;
    // A program that was built without modules has none.
    let modules = text(header.get(16 + size..16 + 2 * size)?).unwrap_or_default();
    Some((version, modules))
}

fn number(bytes: &[u8], big: bool) -> u64 {
    let push = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    match big {
        true => bytes.iter().fold(0, push),
        false => bytes.iter().rev().fold(0, push),
    }
}

/// The place in the file of an address in memory.
fn offset<'data, R: ReadRef<'data>>(file: &File<'data, R>, address: u64) -> Option<u64> {
    file.segments().find_map(|segment| {
        let (start, size) = segment.file_range();
        let inside = address.checked_sub(segment.address())?;
        (inside < size).then(|| start.checked_add(inside))?
    })
}

fn components(path: &str, version: &[u8], modules: &[u8]) -> Vec<Component> {
    let mut found = Vec::new();
    let version = String::from_utf8_lossy(version);
    // `go1.22.5 X:experiment`, or `devel go1.23-abc Mon…`.
    let toolchain = version
        .split_whitespace()
        .find_map(|word| word.strip_prefix("go"));
    if let Some(toolchain) = toolchain {
        found.push(component("golang", "stdlib", toolchain, path, None));
    }
    // Sixteen bytes of marks stand before and behind the lines.
    let lines = match modules
        .len()
        .checked_sub(17)
        .and_then(|end| modules.get(end))
    {
        Some(b'\n') if modules.len() >= 33 => &modules[16..modules.len() - 16],
        _ => modules,
    };
    let lines = String::from_utf8_lossy(lines);
    let mut main = None;
    for line in lines.lines().take(MAX_COMPONENTS) {
        let mut fields = line.split('\t');
        let kind = fields.next().unwrap_or_default();
        let (first, second) = (
            fields.next().unwrap_or_default(),
            fields.next().unwrap_or_default(),
        );
        let sum = fields.next().unwrap_or_default();
        match kind {
            "mod" | "dep" if !first.is_empty() => {
                if kind == "mod" {
                    main = Some(found.len());
                }
                found.push(module(path, first, second, sum));
            }
            "=>" => replace(path, first, second, sum, &mut found),
            "build" => {
                let revision = first.strip_prefix("vcs.revision=");
                let main = main.and_then(|at: usize| found.get_mut(at));
                if let (Some(revision), Some(main)) = (revision, main) {
                    main.properties.insert("commit".into(), revision.into());
                }
            }
            _ => {}
        }
    }
    found
}

fn module(path: &str, name: &str, version: &str, sum: &str) -> Component {
    // The main module of a local build.
    let version = if version == "(devel)" { "" } else { version };
    let mut found = component("golang", name, version, path, None);
    if !sum.is_empty() {
        found.properties.insert("integrity".into(), sum.into());
    }
    found
}

/// The module above was built from another module, or from a folder (then no version tells what it is).
fn replace(path: &str, name: &str, version: &str, sum: &str, found: &mut [Component]) {
    let Some(last) = found.last_mut() else {
        return;
    };
    let replaced = format!("{}@{}", last.name, last.version);
    if matches!(version, "" | "(devel)") {
        *last = module(path, &last.name, "", "");
        last.properties.insert("origin".into(), name.into());
    } else {
        *last = module(path, name, version, sum);
    }
    last.properties.insert("replaces".into(), replaced);
}
