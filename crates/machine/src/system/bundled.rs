//! The bundled systems: presets, and the configurations of Masters et al. 2021 (arXiv 2106.03640).

use tilesim_bundled::{CONFIGURATIONS, SYSTEMS};

use super::SystemError;
use crate::load::nearest;

/// Names of the bundled systems without a network.
pub fn bundled_presets() -> Vec<&'static str> {
    SYSTEMS.names().collect()
}

/// Names of the bundled systems with the network that they train: those of Masters et al. 2021.
pub fn bundled_configurations() -> Vec<&'static str> {
    CONFIGURATIONS.names().collect()
}

/// The text of a bundled system.
pub(super) fn text(name: &str) -> Result<&'static str, SystemError> {
    SYSTEMS
        .text(name)
        .or_else(|| CONFIGURATIONS.text(name))
        .ok_or_else(|| SystemError::Unknown {
            name: name.to_owned(),
            known: [bundled_presets(), bundled_configurations()].concat().join(", "),
            suggestion: nearest(
                name,
                [bundled_presets(), bundled_configurations()].concat().into_iter(),
            ),
        })
}
