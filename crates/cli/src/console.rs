//! Standard output and standard error: the answer goes to the one, everything else to the other.

use std::{
    env,
    io::{self, Write},
    ops::RangeInclusive,
};

use anstream::{AutoStream, ColorChoice};
use serde::Serialize;
use tilesim::escaped;
use tilesim_report::render::{Palette, Role, WIDTH};

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

/// Writes what is wrong to standard error, a mistake a line; the word that says so is coloured where that is a terminal that wants it.
pub(crate) fn complain_of(text: &str) {
    let bad = match AutoStream::choice(&io::stderr()) {
        ColorChoice::Never => Palette::plain(),
        _ => Palette::coloured(),
    };
    let error = bad.paint(Role::Bad, "error:");
    let _ = writeln!(io::stderr().lock(), "{error} {}", escaped(text));
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

/// Colours where standard output is a terminal that wants them, in lines as wide as it is.
fn palette() -> Palette {
    let palette = match AutoStream::choice(&io::stdout()) {
        ColorChoice::Never => Palette::plain(),
        _ => Palette::coloured(),
    };
    palette.with_width(width())
}

/// Columns of a line: those that `COLUMNS` says, or the terminal has; of what is no terminal a hundred.
fn width() -> usize {
    /// Narrower ones have no room for tables, wider ones are no lines that a person reads.
    const WIDTHS: RangeInclusive<usize> = 60..=200;
    let said = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let found = said.or_else(|| Some(usize::from(terminal_size::terminal_size_of(io::stdout())?.0.0)));
    found.map_or(WIDTH, |width| width.clamp(*WIDTHS.start(), *WIDTHS.end()))
}
