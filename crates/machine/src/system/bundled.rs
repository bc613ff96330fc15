//! The bundled systems: presets, and the configurations of Masters et al. 2021 (arXiv 2106.03640).

use include_dir::{Dir, include_dir};

use super::SystemError;
use crate::load::nearest;

static PRESETS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../models/systems");
static CONFIGURATIONS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../models/paper");

/// Names of the bundled systems without a network.
pub fn bundled_presets() -> Vec<&'static str> {
    names(&PRESETS)
}

/// Names of the bundled systems with the network that they train: those of Masters et al. 2021.
pub fn bundled_configurations() -> Vec<&'static str> {
    names(&CONFIGURATIONS)
}

/// The text of a bundled system.
pub(super) fn text(name: &str) -> Result<&'static str, SystemError> {
    let file = format!("{name}.json");
    [&PRESETS, &CONFIGURATIONS]
        .into_iter()
        .find_map(|folder| folder.get_file(&file)?.contents_utf8())
        .ok_or_else(|| SystemError::Unknown {
            name: name.to_owned(),
            known: [bundled_presets(), bundled_configurations()].concat().join(", "),
            suggestion: nearest(
                name,
                [bundled_presets(), bundled_configurations()].concat().into_iter(),
            ),
        })
}

fn names(folder: &'static Dir<'static>) -> Vec<&'static str> {
    let mut names: Vec<&str> = folder
        .files()
        .filter_map(|file| file.path().file_name()?.to_str()?.strip_suffix(".json"))
        .collect();
    names.sort_unstable();
    names
}
