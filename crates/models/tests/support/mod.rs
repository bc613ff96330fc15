//! The reference tables beside the repository.

use std::path::{Path, PathBuf};

/// The folder of the paper's tables, or `None` on a lone checkout; continuous integration must have it.
pub(crate) fn paper() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/paper");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is absent", folder.display());
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    {
        eprintln!("skipped: {} is absent", folder.display());
    }
    None
}

/// A row whose cells are read by the name of their column.
pub(crate) struct Row {
    headers: csv::StringRecord,
    cells: csv::StringRecord,
}

impl Row {
    /// A cell.
    pub(crate) fn text(&self, column: &str) -> &str {
        let index = self.headers.iter().position(|header| header == column);
        index
            .and_then(|index| self.cells.get(index))
            .unwrap_or_else(|| panic!("no column {column}"))
    }

    /// A cell that is a number.
    pub(crate) fn number(&self, column: &str) -> u64 {
        let text = self.text(column);
        text.parse()
            .unwrap_or_else(|_| panic!("{column}: `{text}` is no number"))
    }
}

/// The rows of a table.
pub(crate) fn rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).expect("a table");
    let headers = reader.headers().expect("a header").clone();
    reader
        .records()
        .map(|cells| Row {
            headers: headers.clone(),
            cells: cells.expect("a row"),
        })
        .collect()
}
