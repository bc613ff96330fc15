//! What there is: bundled networks, machines and systems, and the operators of ONNX that are imported.

use schemars::JsonSchema;
use serde::Serialize;
use tilesim_models::describe_bundled;

use crate::{
    Error,
    machine::{self, MachineSummary},
    software::{self, SoftwareSummary},
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

/// The bundled machines, systems and releases, as `tilesim machines` lists them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MachineListing {
    /// Version of this format.
    pub schema: &'static str,
    /// The bundled machines.
    pub machines: Vec<MachineSummary>,
    /// The bundled systems of chips.
    pub systems: Vec<SystemSummary>,
    /// The bundled releases of compiler and libraries, the oldest first.
    pub software: Vec<SoftwareSummary>,
}

/// The operators of ONNX that are imported, as `tilesim models --operators` lists them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OperatorListing {
    /// Version of this format.
    pub schema: &'static str,
    /// Oldest operator set of the domain `ai.onnx` that is imported.
    pub oldest_opset: i64,
    /// Newest that is.
    pub newest_opset: i64,
    /// The operators by name.
    pub operators: Vec<OperatorSummary>,
}

/// One operator of ONNX.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OperatorSummary {
    /// Its name.
    pub name: &'static str,
    /// Versions of the operator set in which its operands, attributes or meaning changed as far as importing it goes.
    pub versions: Vec<i64>,
    /// Whether it is computed with real numbers (`run`).
    pub executed: bool,
    /// Whether it is timed (`simulate`).
    pub timed: bool,
    /// Whether it has a gradient.
    pub trained: bool,
    /// Whether it is computed beforehand where its operands are constants or shapes.
    pub folded: bool,
    /// What is taken; empty where it is all that the standard says.
    pub limits: &'static str,
}

impl OperatorListing {
    /// The operators that this version imports.
    pub fn imported() -> Self {
        let operators = tilesim_onnx::operators()
            .into_iter()
            .map(|operator| OperatorSummary {
                name: operator.name,
                versions: operator.versions.to_vec(),
                executed: operator.support.is_executed(),
                timed: operator.support.is_timed(),
                trained: operator.support.is_trained(),
                folded: operator.is_folded(),
                limits: operator.limits,
            });
        Self {
            schema: "tilesim-operators/1",
            oldest_opset: *tilesim_onnx::OPSETS.start(),
            newest_opset: *tilesim_onnx::OPSETS.end(),
            operators: operators.collect(),
        }
    }
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
    /// The bundled machines, systems and releases.
    ///
    /// # Errors
    /// Where a bundled file is broken.
    pub fn bundled() -> Result<Self, Error> {
        Ok(Self {
            schema: "tilesim-machines/1",
            machines: machine::bundled()?,
            systems: system::bundled()?,
            software: software::bundled()?,
        })
    }
}
