//! What a network costs in theory.

use schemars::JsonSchema;
use serde::Deserialize;
use tilesim::{Error, InputShape, Network, Simulator, cost::NetworkCost};

use super::run::Settings;
use crate::tool::Question;

/// The arguments of `cost`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Cost {
    /// Network: a bundled name, a JSON specification or an ONNX file, perhaps with `@:KEY=VALUE,…`.
    network: String,
    /// Images at a time; where left out, as many as an ONNX file states, 1 where it states none.
    #[schemars(range(min = 1, max = 1_048_576))]
    batch: Option<u64>,
    /// Shape of an input where an ONNX file leaves sizes open, such as `1x3x320x320`, with `NAME=` before it where there are several.
    #[serde(default)]
    input_shapes: Vec<String>,
    /// Settings of the network, such as `group_size` or `resolution`.
    #[serde(default)]
    set: Settings,
}

impl Question for Cost {
    const NAME: &'static str = "cost";
    const DESCRIPTION: &'static str = "What a network costs in theory: multiply-accumulates, FLOPs, parameters and elements, in total and by layer";
    type Answer = NetworkCost;

    fn answer(self, _: &Simulator) -> Result<NetworkCost, Error> {
        let mut network = Network::load_with(&self.network, &self.set.0)?;
        for text in &self.input_shapes {
            let shape: InputShape = text
                .parse()
                .map_err(|reason: String| Error::argument(text, "is no shape of an input", reason))?;
            network.bind(&shape)?;
        }
        let batch = match self.batch {
            Some(batch) => batch,
            None => network.batch()?,
        };
        network.cost(batch)
    }
}
