//! What text means, and how that looks.

use anstyle::{AnsiColor, Style};

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

/// The look of every role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Palette {
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
            title: Style::new().bold(),
            header: Style::new().underline(),
            faint: Style::new().dimmed(),
            good: AnsiColor::Green.on_default(),
            bad: AnsiColor::Red.on_default(),
        }
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
