//! What is bundled: networks, machines and systems.

use schemars::JsonSchema;
use serde::Serialize;
use tilesim_models::describe_bundled;

use crate::{
    Error,
    machine::{self, MachineSummary},
    system::{self, SystemSummary},
};

/// The bundled networks, as `tilesim models` lists them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NetworkListing {
    /// Version of this format.
    pub schema: &'static str,
    /// The bundled networks.
    pub models: Vec<NetworkSummary>,
}

/// One bundled network.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NetworkSummary {
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

/// The bundled machines and systems, as `tilesim machines` lists them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MachineListing {
    /// Version of this format.
    pub schema: &'static str,
    /// The bundled machines.
    pub machines: Vec<MachineSummary>,
    /// The bundled systems of chips.
    pub systems: Vec<SystemSummary>,
}

impl NetworkListing {
    /// The bundled networks.
    ///
    /// # Errors
    /// Where a bundled file is broken.
    pub fn bundled() -> Result<Self, Error> {
        let models = describe_bundled()?.into_iter().map(|network| NetworkSummary {
            name: network.name,
            family: network.family,
            description: network.description,
            macs: network.macs,
            parameters: network.parameters,
        });
        Ok(Self {
            schema: "tilesim-models/1",
            models: models.collect(),
        })
    }
}

impl MachineListing {
    /// The bundled machines and systems.
    ///
    /// # Errors
    /// Where a bundled file is broken.
    pub fn bundled() -> Result<Self, Error> {
        Ok(Self {
            schema: "tilesim-machines/1",
            machines: machine::bundled()?,
            systems: system::bundled()?,
        })
    }
}
