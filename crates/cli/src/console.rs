//! Standard output and standard error: the answer goes to the one, everything else to the other.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};
use serde::Serialize;
use tilesim::escaped;
use tilesim_report::render::Palette;

use crate::{args::Format, error::CliError, time_limit};

/// Where a command writes.
#[derive(Debug)]
pub(crate) struct Console {
    format: Format,
    quiet: bool,
}

impl Console {
    /// A console that answers in `format`, and keeps diagnostics to itself where `quiet`.
    pub(crate) const fn new(format: Format, quiet: bool) -> Self {
        Self { format, quiet }
    }

    /// Writes the answer: `value` as JSON or the text that `table` makes of it in the console's colours.
    pub(crate) fn answer<T: Serialize>(
        &self,
        value: &T,
        table: impl FnOnce(&T, &Palette) -> String,
    ) -> Result<(), CliError> {
        match self.format {
            Format::Json => self.text(&(serde_json::to_string_pretty(value)? + "\n")),
            Format::Table => self.text(&table(value, &palette())),
        }
    }

    /// Writes text to standard output.
    #[expect(clippy::unused_self, reason = "whoever writes has been given a console")]
    pub(crate) fn text(&self, text: &str) -> Result<(), CliError> {
        time_limit::answered();
        let mut stdout = io::stdout().lock();
        stdout
            .write_all(shown(text).as_bytes())
            .and_then(|()| stdout.flush())
            .map_err(CliError::Stdout)
    }

    /// Writes a remark to standard error, unless quiet.
    pub(crate) fn remark(&self, text: &str) {
        if !self.quiet {
            complain(text);
        }
    }

    /// Whether only answers and errors are wanted.
    pub(crate) const fn is_quiet(&self) -> bool {
        self.quiet
    }
}

/// Writes a line to standard error.
pub(crate) fn complain(text: &str) {
    // Where standard error is gone there is nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{}", escaped(text));
}

/// Text without control characters that are not ours: those of colours are, where there are colours.
fn shown(text: &str) -> String {
    const BEGIN: &str = "\u{1b}[";
    if AutoStream::choice(&io::stdout()) == ColorChoice::Never {
        return escaped(text);
    }
    let mut pieces = text.split(BEGIN);
    let mut shown = escaped(pieces.next().unwrap_or_default());
    for piece in pieces {
        let end = piece.find(|letter: char| !(letter.is_ascii_digit() || letter == ';'));
        match end.filter(|&end| piece[end..].starts_with('m')) {
            Some(end) => shown.extend([BEGIN, &piece[..=end], &escaped(&piece[end + 1..])]),
            None => shown += &escaped(&[BEGIN, piece].concat()),
        }
    }
    shown
}

/// Colours where standard output is a terminal that wants them.
fn palette() -> Palette {
    match AutoStream::choice(&io::stdout()) {
        ColorChoice::Never => Palette::plain(),
        _ => Palette::coloured(),
    }
}
