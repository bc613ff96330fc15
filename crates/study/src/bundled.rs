//! The bundled studies.

use include_dir::{Dir, include_dir};

static STUDIES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../models/studies");

/// Names of the bundled studies.
pub fn bundled_names() -> Vec<&'static str> {
    let mut names: Vec<&str> = STUDIES
        .files()
        .filter_map(|file| file.path().file_name()?.to_str()?.strip_suffix(".json"))
        .collect();
    names.sort_unstable();
    names
}

/// The text of a bundled study.
pub fn bundled_text(name: &str) -> Option<&'static str> {
    STUDIES.get_file(format!("{name}.json"))?.contents_utf8()
}
