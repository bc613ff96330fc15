//! Cells of tables of measurements, which people wrote.

use crate::row::{Row, RowError};

const POSITIVE: &str = "a number above 0";

/// The cell of `column` as a finite number above 0.
pub(crate) fn positive_number(row: &Row<'_>, column: &str) -> Result<f64, RowError> {
    row.get(column)
        .and_then(|text| text.trim().parse::<f64>().ok())
        .filter(|number| number.is_finite() && *number > 0.0)
        .ok_or_else(|| row.unexpected(column, POSITIVE))
}

/// The same of a column that a row may leave blank.
pub(crate) fn optional_number(row: &Row<'_>, column: &str) -> Result<Option<f64>, RowError> {
    row.get(column).map(|_| positive_number(row, column)).transpose()
}

/// The cell of `column` as text.
pub(crate) fn text(row: &Row<'_>, column: &str) -> Result<String, RowError> {
    Ok(row.text(column)?.trim().to_owned())
}

/// The whole number of at least 1 that a cell begins with, such as `20 (inferred)`; `None` where the cell is blank.
pub(crate) fn leading_count(row: &Row<'_>, column: &str) -> Result<Option<u64>, RowError> {
    row.get(column)
        .map(|cell| {
            let first = cell.split_whitespace().next();
            first
                .and_then(|number| number.parse().ok())
                .filter(|&count: &u64| count > 0)
                .ok_or_else(|| row.unexpected(column, "a whole number of at least 1"))
        })
        .transpose()
}

/// Changes of a network, `KEY=VALUE` after `KEY=VALUE`; remarks in parentheses are left out.
pub(crate) fn settings(row: &Row<'_>, column: &str) -> Result<Vec<(String, String)>, RowError> {
    let mut text = row.get(column).unwrap_or_default().to_owned();
    while let Some((before, rest)) = text.split_once('(') {
        let (_, after) = rest
            .split_once(')')
            .ok_or_else(|| row.unexpected(column, "a `)` for every `(`"))?;
        text = [before, after].concat();
    }
    text.split_whitespace()
        .map(|setting| match setting.split_once('=') {
            Some((key, value)) if !key.is_empty() && !value.is_empty() => {
                Ok((key.to_owned(), value.to_owned()))
            }
            _ => Err(row.unexpected(column, "settings such as `norm=gn:4`, with blanks between them")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cell: &'static str) -> Row<'static> {
        [("cell", cell)].into_iter().collect()
    }

    #[test]
    fn remarks_are_no_settings() {
        let of = |cell| settings(&row(cell), "cell");
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(
            of("norm=gn:4 resolution=native (380)"),
            Ok(vec![pair("norm", "gn:4"), pair("resolution", "native")])
        );
        assert_eq!(of(""), Ok(Vec::new()));
        assert!(of("norm").is_err() && of("norm=bn (folded").is_err() && of("=4").is_err());
    }

    #[test]
    fn figures_are_positive() {
        for cell in ["0", "-1", "NaN", "inf", "fast"] {
            assert!(positive_number(&row(cell), "cell").is_err(), "{cell}");
        }
        assert_eq!(optional_number(&row(""), "cell"), Ok(None));
        assert_eq!(leading_count(&row("20 (inferred)"), "cell"), Ok(Some(20)));
        assert!(leading_count(&row("about 20"), "cell").is_err());
    }
}
