//! Lines to standard output that may be cut short: `yuandu verify | head` ends quietly.

use std::io::{self, ErrorKind, Write as _};

/// Exit code of a program whose reader went away: 128 and the number of the signal, as shells have it.
pub(crate) const READER_GONE: u8 = 141;

/// Writes one line; ends the program when nobody reads on.
pub(crate) fn line(text: std::fmt::Arguments<'_>) {
    let written = writeln!(io::stdout().lock(), "{text}");
    if written.is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
        std::process::exit(READER_GONE.into());
    }
}

/// Whether a command failed only because nobody read on.
pub(crate) fn reader_is_gone(error: &anyhow::Error) -> bool {
    let gone = |cause: &io::Error| cause.kind() == ErrorKind::BrokenPipe;
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(gone)
}

/// Like `println!`, for output that people pipe.
macro_rules! say {
    ($($text:tt)*) => { $crate::out::line(format_args!($($text)*)) };
}

pub(crate) use say;
