//! Vendor tables: comma-separated files, row by row.

use std::{
    fs,
    path::{Path, PathBuf},
};

use csv::StringRecord;

use crate::{
    error::ValidateError,
    row::{Row, RowError},
};

/// The given files, and the CSV files of the given folders in the order of their names.
///
/// # Errors
/// Where a folder cannot be read or has no such file.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, ValidateError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut of_folder = fs::read_dir(path)
            .and_then(|entries| {
                entries
                    .map(|entry| Ok(entry?.path()))
                    .collect::<Result<Vec<_>, _>>()
            })
            .map_err(ValidateError::read(path))?;
        of_folder.retain(|file| file.extension().is_some_and(|extension| extension == "csv"));
        of_folder.sort();
        if of_folder.is_empty() {
            return Err(ValidateError::Table {
                path: path.clone(),
                reason: "the folder has no tables".to_owned(),
                expected: "files that end in .csv",
            });
        }
        files.extend(of_folder);
    }
    Ok(files)
}

/// A row and where it stands.
#[derive(Debug)]
pub struct PlacedRow<'a> {
    file: &'a Path,
    /// Line of the file, from 1.
    pub line: u64,
    /// Its cells, by column.
    pub row: Row<'a>,
}

impl PlacedRow<'_> {
    /// What is wrong with a cell, with the row's place.
    pub fn wrong(&self, source: RowError) -> ValidateError {
        ValidateError::Row {
            path: self.file.to_owned(),
            line: self.line,
            source,
        }
    }
}

/// Reads what `parse` makes of every row of a file, whose first line names the columns.
///
/// # Errors
/// Where the file cannot be read or holds no table, and those of `parse`.
pub fn read<T>(
    file: &Path,
    parse: impl FnMut(&PlacedRow<'_>) -> Result<T, ValidateError>,
) -> Result<Vec<T>, ValidateError> {
    let text = tilesim_files::read_text(file).map_err(ValidateError::read(file))?;
    read_text(file, &text, parse)
}

/// As [`read`], where the text of the file is at hand; `file` stands for it in errors.
///
/// # Errors
/// Where the text holds no table, and those of `parse`.
pub fn read_text<T>(
    file: &Path,
    text: &str,
    mut parse: impl FnMut(&PlacedRow<'_>) -> Result<T, ValidateError>,
) -> Result<Vec<T>, ValidateError> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let malformed = |error: csv::Error| ValidateError::Table {
        path: file.to_owned(),
        reason: error.to_string(),
        expected: "comma-separated rows with as many cells as columns",
    };
    let columns: StringRecord = reader.headers().map_err(malformed)?.clone();
    reader
        .records()
        .map(|record| {
            let record = record.map_err(malformed)?;
            parse(&PlacedRow {
                file,
                // Counted in records: the reader counts a line that ends in CR LF late. The names of the columns stand on line 1.
                line: record.position().map_or(0, |position| position.record() + 1),
                row: Row::new(&columns, &record),
            })
        })
        .collect()
}

/// Name of a file without its folder and extension.
pub(crate) fn name(file: &Path) -> String {
    file.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
