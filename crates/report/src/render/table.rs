//! Plain tables: columns as wide as what stands in them, two spaces apart.

use crate::render::{Palette, Role, wrapped};

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

    /// The table in lines of at most `width` columns: texts are broken between words where they have to be, and columns that have no
    /// room beside the first follow below it, with the first again.
    pub fn render(&self, palette: &Palette, width: usize) -> String {
        let mut measures: Vec<Measure> = (0..self.columns.len())
            .map(|index| self.measure(index, width))
            .collect();
        // A few columns too many do not tear the table apart.
        let total = |of: fn(&Measure) -> usize| {
            measures
                .iter()
                .map(|measure| of(measure) + GAP.len())
                .sum::<usize>()
        };
        let room = width + GAP.len();
        if total(|measure| measure.most) <= room + SQUEEZED && total(|measure| measure.narrowest) <= room {
            for measure in &mut measures {
                measure.least = measure.narrowest;
            }
        }
        let rendered = parts(&measures, width).into_iter().map(|columns| {
            let widths = widths(&columns, &measures, width);
            self.part(&columns, &widths, palette)
        });
        rendered.collect::<Vec<_>>().join("\n")
    }

    /// How wide a column is, and how narrow it may be: figures are not broken, texts are between words.
    fn measure(&self, index: usize, width: usize) -> Measure {
        let column = &self.columns[index];
        let headings = column.heading.iter().map(|heading| length(heading)).max();
        let floor = headings.unwrap_or(0).max(column.least_width);
        let cells = || self.rows.iter().filter_map(|row| row.get(index));
        let most = cells()
            .map(|cell| length(&cell.text))
            .max()
            .unwrap_or(0)
            .max(floor);
        let words = cells().map(|cell| longest_word(&cell.text)).max().unwrap_or(0);
        let narrowest = match column.align {
            Align::Left => words.min(LONGEST_WORD.max(width / 3)).max(floor),
            Align::Right => most,
        };
        Measure {
            most,
            least: narrowest.max(READABLE).min(most),
            narrowest: narrowest.min(most),
        }
    }

    fn part(&self, columns: &[usize], widths: &[usize], palette: &Palette) -> String {
        let heading = |index: &usize| &self.columns[*index].heading;
        let heading_lines = columns
            .iter()
            .map(|index| heading(index).len())
            .max()
            .unwrap_or(0);
        let mut text = String::new();
        for line in 0..heading_lines {
            let cells = columns.iter().map(|&index| {
                let heading = self.columns[index].heading_line(line, heading_lines);
                (index, cut(heading, widths[index]), Role::Header)
            });
            text += &self.line(cells, widths, palette);
        }
        for row in &self.rows {
            let cells: Vec<(usize, &Cell, Vec<String>)> = columns
                .iter()
                .filter_map(|&index| Some((index, row.get(index)?)))
                .map(|(index, cell)| (index, cell, broken(&cell.text, widths[index])))
                .collect();
            let lines = cells.iter().map(|(.., lines)| lines.len()).max().unwrap_or(1);
            for line in 0..lines {
                let cells = cells.iter().map(|(index, cell, lines)| {
                    (*index, lines.get(line).cloned().unwrap_or_default(), cell.role)
                });
                text += &self.line(cells, widths, palette);
            }
        }
        text
    }

    fn line(
        &self,
        cells: impl IntoIterator<Item = (usize, String, Role)>,
        widths: &[usize],
        palette: &Palette,
    ) -> String {
        let mut line = String::new();
        // Trailing blanks are not written: they are held back until something follows them.
        let mut blanks = 0;
        for (place, (index, text, role)) in cells.into_iter().enumerate() {
            if place > 0 {
                blanks += GAP.len();
            }
            let padding = widths[index].saturating_sub(length(&text));
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
            line += &palette.paint(role, &text);
            blanks = after;
        }
        line + "\n"
    }
}

/// Width of a column.
#[derive(Debug, Clone, Copy)]
struct Measure {
    /// That of the longest text.
    most: usize,
    /// That below which it is not read easily.
    least: usize,
    /// That of its longest word.
    narrowest: usize,
}

/// Columns that stand beside each other, by their numbers.
fn parts(measures: &[Measure], width: usize) -> Vec<Vec<usize>> {
    let mut parts: Vec<Vec<usize>> = vec![Vec::new()];
    let mut used = 0;
    for (index, measure) in measures.iter().enumerate() {
        let own = GAP.len() + measure.least;
        let has_figures = parts.last().is_some_and(|part| part.len() > 1);
        if used + own > width + GAP.len() && has_figures {
            parts.push(vec![0]);
            used = GAP.len() + measures[0].least;
        }
        used += own;
        if let Some(part) = parts.last_mut() {
            part.push(index);
        }
    }
    parts
}

/// Width of each of all columns where these stand beside each other: the widest ones give way first.
fn widths(columns: &[usize], measures: &[Measure], width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = measures.iter().map(|measure| measure.most).collect();
    let mut order = columns.to_vec();
    order.sort_by_key(|&index| std::cmp::Reverse(widths[index]));
    for index in order {
        let total: usize = columns.iter().map(|&index| widths[index] + GAP.len()).sum();
        let excess = total.saturating_sub(width + GAP.len());
        widths[index] = widths[index].saturating_sub(excess).max(measures[index].least);
    }
    widths
}

/// Columns by which a table may be too wide and still be one: as long as words allow it.
const SQUEEZED: usize = 12;
/// Texts that are not broken: shorter lines are none that a person reads.
const READABLE: usize = 24;
/// A word is cut that is longer than this, and than a third of the line.
const LONGEST_WORD: usize = 24;

fn longest_word(text: &str) -> usize {
    text.split_whitespace().map(length).max().unwrap_or(0) + indent(text)
}

fn indent(text: &str) -> usize {
    text.chars().take_while(|letter| *letter == ' ').count()
}

/// `text` in lines of at most `width` characters, broken between words; a word that is longer is cut. Lines are indented as it is.
fn broken(text: &str, width: usize) -> Vec<String> {
    if length(text) <= width {
        return vec![text.to_owned()];
    }
    let indent = " ".repeat(indent(text));
    let lines = wrapped(text, &indent, width);
    lines.lines().map(|line| cut(line, width)).collect()
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
    fn texts_are_broken_between_words() {
        let mut table = Table::new([Column::left("name"), Column::right("n")]);
        table.push(["a name that is far too long".into(), "1".into()]);
        assert_eq!(
            table.render(&Palette::plain(), 27),
            "name                      n\na name that is far too    1\nlong\n"
        );
        table.push(["a-name-that-is-one-word-and-far-too-long".into(), "2".into()]);
        let text = table.render(&Palette::plain(), 27);
        assert!(text.contains("a-name-that-is-one-word…"), "{text}");
    }

    #[test]
    fn columns_without_room_follow_below() {
        let mut table = Table::new([
            Column::left("name"),
            Column::right("first"),
            Column::right("second"),
        ]);
        table.push(["a".into(), "1000000".into(), "2000000".into()]);
        assert_eq!(
            table.render(&Palette::plain(), 16),
            "name    first\na     1000000\n\nname   second\na     2000000\n"
        );
    }

    #[test]
    fn control_characters_are_replaced() {
        let mut table = Table::new([Column::left("name")]);
        table.push(["a\u{1b}[31mb".into()]);
        assert!(!table.render(&Palette::plain(), 80).contains('\u{1b}'));
    }
}
