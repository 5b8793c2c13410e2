//! Programs and libraries that tell what they were built from: Go's build information and cargo-auditable's data, in
//! ELF, PE and Mach-O files (universal Mach-O files are not taken apart).
//!
//! A file is read in pieces: its headers, and then only the section that matters.

mod go;
mod rust;

use std::io::{Read, Seek};

use object::read::ReadRef;
use object::{File, Object, ObjectSection};

use crate::lockfile::package::problem;
use crate::parse::Parsed;

/// Whether a file name is that of a shared library: `libx.so`, `libx.so.1.2`, `x.dll`, `x.dylib`.
pub(super) fn is_library(name: &str) -> bool {
    let ends = [".so", ".dll", ".dylib"]
        .iter()
        .any(|end| name.ends_with(end));
    ends || name.contains(".so.")
}

/// Whether a file with this extension may be a program; those of scripts, texts and data are not asked for more.
pub(super) fn may_be_program(extension: Option<&str>) -> bool {
    const NEVER: [&str; 40] = [
        "py", "pyc", "pyi", "sh", "bash", "pl", "pm", "rb", "php", "js", "mjs", "cjs", "ts", "lua",
        "tcl", "r", "json", "toml", "yaml", "yml", "xml", "html", "css", "txt", "md", "rst", "h",
        "c", "cpp", "hpp", "rs", "go", "java", "class", "gz", "xz", "zst", "conf", "ko", "png",
    ];
    extension.is_none_or(|extension| !NEVER.contains(&extension))
}

/// Whether the file begins as a program of a known kind does; the position is at the start again afterwards.
pub(super) fn has_magic(file: &mut (impl Read + Seek)) -> bool {
    let mut magic = [0; 4];
    let read = file.read_exact(&mut magic);
    if file.rewind().is_err() || read.is_err() {
        return false;
    }
    match magic {
        [0x7F, b'E', b'L', b'F'] | [b'M', b'Z', _, _] => true,
        // Mach-O of 32 and 64 bits, in either byte order.
        [0xFE, 0xED, 0xFA, 0xCE | 0xCF] | [0xCE | 0xCF, 0xFA, 0xED, 0xFE] => true,
        _ => false,
    }
}

/// Reads what a program tells; nothing where it tells nothing, and a problem where that is broken.
pub fn read<'data, R: ReadRef<'data>>(path: &str, data: R) -> Parsed {
    let mut parsed = Parsed::default();
    // What only looks like a program has nothing to tell.
    let Ok(file) = File::parse(data) else {
        return parsed;
    };
    for outcome in [go::read(path, &file, data), rust::read(path, &file, data)] {
        match outcome {
            Ok(mut found) => {
                parsed.components.append(&mut found.components);
                parsed.problems.append(&mut found.problems);
            }
            Err(message) => parsed.problems.push(problem(path, None, message)),
        }
    }
    parsed
}

/// Where the first section of one of these names lies in the file, and its size.
fn section<'data, R: ReadRef<'data>>(file: &File<'data, R>, names: &[&str]) -> Option<(u64, u64)> {
    let of_name = |name: &&str| file.section_by_name(name)?.file_range();
    names.iter().find_map(of_name)
}

#[cfg(test)]
mod tests;
