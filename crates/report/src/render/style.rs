//! What text means, and how that looks.

use anstyle::{AnsiColor, Style};

use super::WIDTH;

/// What a piece of text is to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Nothing special.
    #[default]
    Plain,
    /// Heading of a section.
    Title,
    /// Heading of a column.
    Header,
    /// Something that supports the rest.
    Faint,
    /// Better than what it is compared with.
    Good,
    /// Worse than what it is compared with, or a failure.
    Bad,
}

/// How text is shown: the look of every role, and how wide lines are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    width: usize,
    title: Style,
    header: Style,
    faint: Style,
    good: Style,
    bad: Style,
}

impl Palette {
    /// No colours: what is written to a file or a pipe.
    pub const fn plain() -> Self {
        let none = Style::new();
        Self {
            width: WIDTH,
            title: none,
            header: none,
            faint: none,
            good: none,
            bad: none,
        }
    }

    /// Colours of a terminal.
    pub const fn coloured() -> Self {
        Self {
            width: WIDTH,
            title: Style::new().bold(),
            header: Style::new().underline(),
            faint: Style::new().dimmed(),
            good: AnsiColor::Green.on_default(),
            bad: AnsiColor::Red.on_default(),
        }
    }

    /// The same in lines of at most `width` columns.
    #[must_use]
    pub const fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// Columns that no line exceeds, as long as names allow it.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// `text` with the look of `role`.
    pub fn paint(&self, role: Role, text: &str) -> String {
        let style = match role {
            Role::Plain => Style::new(),
            Role::Title => self.title,
            Role::Header => self.header,
            Role::Faint => self.faint,
            Role::Good => self.good,
            Role::Bad => self.bad,
        };
        format!("{style}{text}{style:#}")
    }
}
