//! Printing to standard output.
//!
//! The standard library's `println!` panics when the reader has gone (`patchward db show … | head`); these return the
//! error, and `main` ends quietly. A full disk is no such reader: it is told.

use std::io;

/// Standard output did not take what was written.
#[derive(Debug, thiserror::Error)]
#[error("write to standard output")]
struct Unwritten(#[source] io::Error);

/// Says where an error of writing comes from; its kind stays.
pub fn told(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), Unwritten(error))
}

/// Writes out what is still held back, so that what the disk refuses is not lost without a word.
///
/// # Errors
/// When standard output does not take it.
pub fn finish() -> io::Result<()> {
    io::Write::flush(&mut io::stdout()).map_err(told)
}

/// Prints a line.
macro_rules! outln {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        writeln!(std::io::stdout(), $($text)*).map_err($crate::printer::told)?
    }};
}

/// Prints.
macro_rules! out {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        write!(std::io::stdout(), $($text)*).map_err($crate::printer::told)?
    }};
}
