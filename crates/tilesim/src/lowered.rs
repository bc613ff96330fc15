//! Lowered programs as an answer: their text and their layers.

use schemars::JsonSchema;
use serde::Serialize;
use tilesim_program::Program;
use tilesim_terms::{LayerKind, Phase};

/// The answer of `lower`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Lowered {
    /// Version of this format.
    pub schema: &'static str,
    /// The program of a chip, or of every stage of a system.
    pub programs: Vec<LoweredProgram>,
}

/// One program.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LoweredProgram {
    /// Name of the network.
    pub name: String,
    /// The whole program as text, where that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its layers.
    pub layers: Vec<LoweredLayer>,
}

/// One layer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LoweredLayer {
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: LayerKind,
    /// When it runs.
    pub phase: Phase,
    /// How its convolution is planned, in one line; empty where it has none.
    pub plan: String,
}

impl Lowered {
    /// Programs, with their text where `with_text`.
    pub fn new(programs: &[Program], with_text: bool) -> Self {
        Self {
            schema: "tilesim-lowered/1",
            programs: programs
                .iter()
                .map(|program| described(program, with_text))
                .collect(),
        }
    }
}

fn described(program: &Program, with_text: bool) -> LoweredProgram {
    LoweredProgram {
        name: program.name.clone(),
        text: with_text.then(|| program.to_string()),
        layers: program
            .layers
            .iter()
            .map(|layer| LoweredLayer {
                name: layer.name.clone(),
                kind: layer.kind,
                phase: layer.phase,
                plan: layer.plan.clone(),
            })
            .collect(),
    }
}
