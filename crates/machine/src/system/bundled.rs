//! The bundled systems: presets, the configurations of Masters et al. 2021 (arXiv 2106.03640), and those of other public measurements.

use tilesim_bundled::{CONFIGURATIONS, SILICON, SYSTEMS};
use tilesim_input::Known;

use super::SystemError;

/// Names of the bundled systems without a network.
pub fn bundled_presets() -> Vec<&'static str> {
    SYSTEMS.names().collect()
}

/// Names of the bundled systems with the network that they train: those of Masters et al. 2021.
pub fn bundled_configurations() -> Vec<&'static str> {
    CONFIGURATIONS.names().collect()
}

/// Names of the bundled systems with the network that they train: those of other public measurements on real chips.
pub fn bundled_measured() -> Vec<&'static str> {
    SILICON.names().collect()
}

/// Names of all bundled systems: presets, then those with a network.
pub fn bundled_systems() -> Vec<&'static str> {
    [bundled_presets(), bundled_configurations(), bundled_measured()].concat()
}

/// The text of a bundled system.
pub(super) fn text(name: &str) -> Result<&'static str, SystemError> {
    SYSTEMS
        .text(name)
        .or_else(|| CONFIGURATIONS.text(name))
        .or_else(|| SILICON.text(name))
        .ok_or_else(|| SystemError::Unknown {
            name: name.to_owned(),
            known: Known::beside(name, bundled_systems()),
        })
}
