//! Rows of CSV tables, for tests.

use std::fmt::{self, Debug};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use csv::{Reader, StringRecord};

/// A row whose cells are read by the name of their column.
pub struct Row {
    headers: Arc<StringRecord>,
    cells: StringRecord,
}

impl Row {
    /// A cell.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn text(&self, column: &str) -> &str {
        let index = self.headers.iter().position(|header| header == column);
        index
            .and_then(|index| self.cells.get(index))
            .unwrap_or_else(|| panic!("no column {column}"))
    }

    /// A cell that is a whole number.
    ///
    /// # Panics
    /// If it is none, or there is no such column.
    pub fn number(&self, column: &str) -> u64 {
        self.parse(column)
    }

    /// A cell that is a whole number with a sign.
    ///
    /// # Panics
    /// If it is none, or there is no such column.
    pub fn signed(&self, column: &str) -> i64 {
        self.parse(column)
    }

    fn parse<N: FromStr>(&self, column: &str) -> N {
        let text = self.text(column);
        text.parse()
            .unwrap_or_else(|_| panic!("{column}: `{text}` is no number"))
    }

    /// Names of columns with their cells.
    pub fn cells(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().zip(&self.cells)
    }
}

impl Debug for Row {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.cells()).finish()
    }
}

/// The rows of a table.
///
/// # Panics
/// If it cannot be read.
pub fn rows(path: &Path) -> Vec<Row> {
    let mut reader = Reader::from_path(path).expect("a table");
    let headers = Arc::new(reader.headers().expect("a header").clone());
    reader
        .records()
        .map(|cells| Row {
            headers: Arc::clone(&headers),
            cells: cells.expect("a row"),
        })
        .collect()
}
