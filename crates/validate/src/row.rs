//! A row of a vendor table: its cells by column, and what a cell can hold.

use std::collections::BTreeMap;

use tilesim_machine::ElementType;

/// One row of a vendor table: the cells by the names of their columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row<'a> {
    cells: BTreeMap<&'a str, &'a str>,
}

/// A row that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// A column is missing.
    #[error("column `{column}` is missing; expected {expected}")]
    Missing {
        /// Name of the column.
        column: String,
        /// What a cell of it holds.
        expected: &'static str,
    },
    /// A cell holds something else than expected.
    #[error("column `{column}` holds `{value}`; expected {expected}")]
    Invalid {
        /// Name of the column.
        column: String,
        /// What stands there.
        value: String,
        /// What a cell of that column holds.
        expected: &'static str,
    },
    /// The shape is not one that its kernel can compute.
    #[error("the kernel cannot compute this row: {reason}")]
    Illegal {
        /// Why.
        reason: String,
    },
}

impl<'a> FromIterator<(&'a str, &'a str)> for Row<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(cells: I) -> Self {
        Self {
            cells: cells.into_iter().collect(),
        }
    }
}

impl<'a> Row<'a> {
    /// The row of `cells` under `columns`.
    pub fn new(columns: impl IntoIterator<Item = &'a str>, cells: impl IntoIterator<Item = &'a str>) -> Self {
        columns.into_iter().zip(cells).collect()
    }

    /// The cell of `column`, or `None` where the table has no such column or the cell is blank.
    pub fn get(&self, column: &str) -> Option<&'a str> {
        self.cells.get(column).copied().filter(|cell| !cell.is_empty())
    }

    /// Whether the table has a column of this name.
    pub fn has(&self, column: &str) -> bool {
        self.cells.contains_key(column)
    }

    /// The cell of `column` as text.
    ///
    /// # Errors
    /// If the cell is missing, blank or holds something else.
    pub fn text(&self, column: &str) -> Result<&'a str, RowError> {
        self.required(column, "text")
    }

    /// The cell of `column` as a whole number.
    ///
    /// # Errors
    /// If the cell is missing, blank or holds something else.
    pub fn u64(&self, column: &str) -> Result<u64, RowError> {
        const EXPECTED: &str = "a whole number";
        let value = self.required(column, EXPECTED)?;
        value.parse().map_err(|_| invalid(column, value, EXPECTED))
    }

    /// The cell of `column` as a whole number of at least one.
    ///
    /// # Errors
    /// If the cell is missing, blank or holds something else.
    pub fn positive(&self, column: &str) -> Result<u64, RowError> {
        match self.u64(column)? {
            0 => Err(invalid(column, "0", "a whole number of at least 1")),
            value => Ok(value),
        }
    }

    /// The cell of `column` as a whole number of at least one that fits 32 bits.
    ///
    /// # Errors
    /// If the cell is missing, blank or holds something else.
    pub fn positive_u32(&self, column: &str) -> Result<u32, RowError> {
        let value = self.positive(column)?;
        u32::try_from(value).map_err(|_| {
            invalid(
                column,
                &value.to_string(),
                "a whole number between 1 and 4294967295",
            )
        })
    }

    /// The cell of `column` as a truth value, written `0` or `1`.
    ///
    /// # Errors
    /// If the cell is missing, blank or holds something else.
    pub fn flag(&self, column: &str) -> Result<bool, RowError> {
        const EXPECTED: &str = "0 or 1";
        match self.required(column, EXPECTED)? {
            "0" => Ok(false),
            "1" => Ok(true),
            value => Err(invalid(column, value, EXPECTED)),
        }
    }

    /// The cell of `column` as an element type, written `half`, `float`, `int` or `unsigned char`.
    ///
    /// # Errors
    /// If the cell is missing, blank or holds something else.
    pub fn element_type(&self, column: &str) -> Result<ElementType, RowError> {
        const EXPECTED: &str = "`half`, `float`, `int` or `unsigned char`";
        match self.required(column, EXPECTED)? {
            "half" => Ok(ElementType::F16),
            "float" => Ok(ElementType::F32),
            "unsigned char" => Ok(ElementType::U8),
            "int" => Ok(ElementType::I32),
            value => Err(invalid(column, value, EXPECTED)),
        }
    }

    /// The error that `column` does not hold what was `expected`.
    pub fn unexpected(&self, column: &str, expected: &'static str) -> RowError {
        match self.get(column) {
            Some(value) => invalid(column, value, expected),
            None => RowError::Missing {
                column: column.to_owned(),
                expected,
            },
        }
    }

    fn required(&self, column: &str, expected: &'static str) -> Result<&'a str, RowError> {
        self.get(column).ok_or_else(|| RowError::Missing {
            column: column.to_owned(),
            expected,
        })
    }
}

fn invalid(column: &str, value: &str, expected: &'static str) -> RowError {
    RowError::Invalid {
        column: column.to_owned(),
        value: value.to_owned(),
        expected,
    }
}
