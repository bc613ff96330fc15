//! The bundled networks.

use tilesim_bundled::NETWORKS;
use tilesim_graph::theoretical_cost;
use tilesim_input::Known;

use crate::{
    ModelError, ModelSpec, build,
    family::{EfficientNetFamily, Family},
};

/// A network in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Name.
    pub name: String,
    /// Family.
    pub family: &'static str,
    /// What it is, in one line.
    pub description: String,
    /// Multiply-accumulates for one image.
    pub macs: u64,
    /// Trainable parameters.
    pub parameters: u64,
}

/// Names of the bundled networks: families in the order of the alphabet, small networks before large ones.
pub fn bundled_names() -> Vec<&'static str> {
    NETWORKS.names().collect()
}

/// The specification of a bundled network as its file states it: a text to start from.
pub fn bundled_text(name: &str) -> Option<&'static str> {
    NETWORKS.text(name)
}

/// Describes a network.
///
/// # Errors
///
/// Where it cannot be built.
pub fn describe(spec: &ModelSpec) -> Result<Description, ModelError> {
    let cost = theoretical_cost(&build(spec, 1)?);
    Ok(Description {
        name: spec.name(),
        family: spec.family(),
        description: spec.description().to_owned(),
        macs: cost.macs,
        parameters: cost.parameters.trainable(),
    })
}

/// Describes the bundled networks, in the order of [`bundled_names`].
///
/// # Errors
///
/// Where a bundled file is broken.
pub fn describe_bundled() -> Result<Vec<Description>, ModelError> {
    bundled_names()
        .into_iter()
        .map(|name| {
            Ok(Description {
                name: name.to_owned(),
                ..describe(&load(name)?)?
            })
        })
        .collect()
}

/// The specification of a bundled network.
pub(crate) fn load(name: &str) -> Result<ModelSpec, ModelError> {
    if let Some(text) = bundled_text(name) {
        return ModelSpec::from_json(text, &format!("{name}.json"));
    }
    let undefined = EfficientNetFamily::load()?.undefined;
    if let Some(network) = undefined.into_iter().find(|network| network.name == name) {
        return Err(ModelError::Undefined {
            name: network.name,
            reason: network.reason,
        });
    }
    Err(ModelError::UnknownName {
        name: name.to_owned(),
        known: Known::beside(name, bundled_names()),
    })
}
