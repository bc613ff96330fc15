//! Mistakes in a file.

use std::fmt;

use crate::place;

/// A mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Path of the field; empty for the whole.
    pub field: String,
    /// What is wrong, and what was expected.
    pub reason: String,
}

/// The mistakes of a file, in the order of their places, a line each: `my.json:2:12: field `tiles`: is 0; expected 1 to 65536`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes {
    /// File, or what the text is.
    pub origin: String,
    /// All of them; there is one at least.
    pub all: Vec<Mistake>,
}

impl Mistakes {
    /// A mistake that is found once the text is read: where `field` stands in `text`.
    pub fn at(origin: &str, text: &str, field: &str, reason: impl Into<String>) -> Self {
        let (line, column) = place::of_field(text, field).unwrap_or((1, 1));
        Self {
            origin: origin.to_owned(),
            all: vec![Mistake {
                line,
                column,
                field: field.to_owned(),
                reason: reason.into(),
            }],
        }
    }

    /// These and others of the same file.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.all.extend(others.all);
        self
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = &self.origin;
        for (index, mistake) in self.all.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "{origin}:{}:{}: ", mistake.line, mistake.column)?;
            if !mistake.field.is_empty() {
                write!(formatter, "field `{}`: ", mistake.field)?;
            }
            formatter.write_str(&mistake.reason)?;
        }
        Ok(())
    }
}
