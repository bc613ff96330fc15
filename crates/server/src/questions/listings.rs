//! What there is, and what one of it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tilesim::{
    Error, Simulator,
    listing::{MachineListing, NetworkListing},
    machine::{MachineExplanation, machine_explanation},
    network::specification,
    software::{SoftwareExplanation, is_software, software_explanation},
    system::{SystemExplanation, is_system, system_explanation},
};

use crate::tool::Question;

/// The arguments of `models`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Models {
    /// Network whose specification is wanted; all are listed where left out.
    name: Option<String>,
}

/// The answer of `models`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum ModelsAnswer {
    /// What there is.
    Listing(NetworkListing),
    /// The specification of one: a file to start from.
    Specification(Map<String, Value>),
}

impl Question for Models {
    const NAME: &'static str = "models";
    const DESCRIPTION: &'static str =
        "The bundled networks with their multiply-accumulates and parameters, or the specification of one";
    type Answer = ModelsAnswer;

    fn answer(self, _: &Simulator) -> Result<ModelsAnswer, Error> {
        Ok(match self.name {
            Some(name) => ModelsAnswer::Specification(serde_json::from_str(specification(&name)?)?),
            None => ModelsAnswer::Listing(NetworkListing::bundled()?),
        })
    }
}

/// The arguments of `machines`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Machines {
    /// Machine, system of chips or release of software whose numbers are wanted, by its name or JSON file; all are listed where left out.
    name: Option<String>,
}

/// The answer of `machines`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum MachinesAnswer {
    /// What there is.
    Listing(MachineListing),
    /// Every number of a machine.
    Machine(MachineExplanation),
    /// Every number of a system of chips.
    System(SystemExplanation),
    /// What a release of compiler and libraries does.
    Software(SoftwareExplanation),
}

impl Question for Machines {
    const NAME: &'static str = "machines";
    const DESCRIPTION: &'static str = "The bundled machines, systems of chips and releases of software, or every number of one with its unit and source";
    type Answer = MachinesAnswer;

    fn answer(self, _: &Simulator) -> Result<MachinesAnswer, Error> {
        Ok(match self.name {
            Some(name) if is_system(&name) => MachinesAnswer::System(system_explanation(&name)?),
            Some(name) if is_software(&name) => MachinesAnswer::Software(software_explanation(&name)?),
            Some(name) => MachinesAnswer::Machine(machine_explanation(&name)?),
            None => MachinesAnswer::Listing(MachineListing::bundled()?),
        })
    }
}
