//! Printing to standard output.
//!
//! The standard library's `println!` panics when the reader has gone (`patchward db show … | head`); these return the
//! error, and `main` ends quietly.

/// Prints a line.
macro_rules! outln {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        writeln!(std::io::stdout(), $($text)*)?
    }};
}

/// Prints.
macro_rules! out {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        write!(std::io::stdout(), $($text)*)?
    }};
}
