//! The bundled studies.

use tilesim_bundled::STUDIES;

/// Names of the bundled studies.
pub fn bundled_names() -> Vec<&'static str> {
    STUDIES.names().collect()
}

/// The text of a bundled study.
pub fn bundled_text(name: &str) -> Option<&'static str> {
    STUDIES.text(name)
}
