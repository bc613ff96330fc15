//! Plain tables: columns as wide as what stands in them, two spaces apart.

use crate::render::{Palette, Role};

const GAP: &str = "  ";

/// To which side a column's text is pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Figures.
    Right,
}

/// A column: what heads it, and its side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    heading: Vec<String>,
    align: Align,
    least_width: usize,
}

impl Column {
    /// A column of text.
    pub fn left(heading: &str) -> Self {
        Self::new(heading, Align::Left)
    }

    /// A column of figures.
    pub fn right(heading: &str) -> Self {
        Self::new(heading, Align::Right)
    }

    fn new(heading: &str, align: Align) -> Self {
        Self {
            heading: heading.split('\n').map(printable).collect(),
            align,
            least_width: 0,
        }
    }

    /// The same column, at least `width` wide.
    #[must_use]
    pub fn at_least(mut self, width: usize) -> Self {
        self.least_width = width;
        self
    }

    fn heading_line(&self, line: usize, lines: usize) -> &str {
        // Headings stand on the last line.
        (line + self.heading.len())
            .checked_sub(lines)
            .and_then(|index| self.heading.get(index))
            .map_or("", String::as_str)
    }
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    text: String,
    role: Role,
}

impl Cell {
    /// `text` with the look of `role`.
    pub fn new(text: &str, role: Role) -> Self {
        Self {
            text: printable(text),
            role,
        }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text.as_ref(), Role::Plain)
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; cells beyond the columns are not shown.
    pub fn push(&mut self, row: impl IntoIterator<Item = Cell>) {
        self.rows.push(row.into_iter().collect());
    }

    /// The table in lines of at most `width` columns: the first column of text is cut where it would be wider.
    pub fn render(&self, palette: &Palette, width: usize) -> String {
        let widths = self.widths(width);
        let heading_lines = self
            .columns
            .iter()
            .map(|column| column.heading.len())
            .max()
            .unwrap_or(0);
        let mut text = String::new();
        for line in 0..heading_lines {
            let cells: Vec<Cell> = self
                .columns
                .iter()
                .map(|column| Cell::new(column.heading_line(line, heading_lines), Role::Header))
                .collect();
            text += &self.line(&cells, &widths, palette);
        }
        for row in &self.rows {
            text += &self.line(row, &widths, palette);
        }
        text
    }

    fn widths(&self, width: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = (0..self.columns.len())
            .map(|index| {
                let cells = self
                    .rows
                    .iter()
                    .filter_map(|row| row.get(index))
                    .map(|cell| length(&cell.text));
                let headings = self.columns[index].heading.iter().map(|heading| length(heading));
                cells
                    .chain(headings)
                    .max()
                    .unwrap_or(0)
                    .max(self.columns[index].least_width)
            })
            .collect();
        let total = widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1);
        let excess = total.saturating_sub(width);
        let widest_text = (0..widths.len())
            .filter(|&index| self.columns[index].align == Align::Left)
            .max_by_key(|&index| (widths[index], std::cmp::Reverse(index)));
        if let Some(index) = widest_text {
            widths[index] = widths[index].saturating_sub(excess).max(8.min(widths[index]));
        }
        widths
    }

    fn line(&self, cells: &[Cell], widths: &[usize], palette: &Palette) -> String {
        let mut line = String::new();
        // Trailing blanks are not written: they are held back until something follows them.
        let mut blanks = 0;
        for (index, (cell, &width)) in cells.iter().zip(widths).enumerate() {
            if index > 0 {
                blanks += GAP.len();
            }
            let text = cut(&cell.text, width);
            let padding = width - length(&text);
            let (before, after) = match self.columns[index].align {
                Align::Left => (0, padding),
                Align::Right => (padding, 0),
            };
            blanks += before;
            if text.is_empty() {
                blanks += after;
                continue;
            }
            line += &" ".repeat(blanks);
            line += &palette.paint(cell.role, &text);
            blanks = after;
        }
        line + "\n"
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// `text` in at most `width` characters.
fn cut(text: &str, width: usize) -> String {
    if length(text) <= width {
        return text.to_owned();
    }
    text.chars()
        .take(width.saturating_sub(1))
        .chain(['…'])
        .take(width)
        .collect()
}

/// Names come from files: control characters in them would upset the terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { '\u{fffd}' } else { letter })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align() {
        let mut table = Table::new([Column::left("name"), Column::right("long\nfigure")]);
        table.push(["a".into(), "1".into()]);
        table.push(["bcdefg".into(), "1234567".into()]);
        assert_eq!(
            table.render(&Palette::plain(), 80),
            "           long\nname     figure\na             1\nbcdefg  1234567\n"
        );
    }

    #[test]
    fn text_is_cut_to_the_width() {
        let mut table = Table::new([Column::left("name"), Column::right("n")]);
        table.push(["a name that is far too long".into(), "1".into()]);
        let text = table.render(&Palette::plain(), 20);
        assert!(text.lines().all(|line| length(line) <= 20), "{text}");
        assert!(text.contains('…'));
    }

    #[test]
    fn control_characters_are_replaced() {
        let mut table = Table::new([Column::left("name")]);
        table.push(["a\u{1b}[31mb".into()]);
        assert!(!table.render(&Palette::plain(), 80).contains('\u{1b}'));
    }
}
