//! A norm and an activation alone.

use tilesim_graph::{Graph, LayerKind};

use super::{
    blocks::{Follow, LayerName, NetworkBuilder, Style},
    limits,
};
use crate::{ModelError, NormalisedActivationSpec};

pub(super) fn build(spec: &NormalisedActivationSpec, name: String, batch: u64) -> Result<Graph, ModelError> {
    let style = Style {
        norm: spec.norm,
        norm_grouping: spec.norm_grouping,
        activation: spec.activation,
        norm_epsilon: limits::epsilon("norm_epsilon", spec.norm_epsilon)?,
        proxy_epsilon: limits::epsilon("proxy_epsilon", spec.proxy_epsilon)?,
    };
    let channels = limits::size("channels", spec.channels)?;
    let resolution = limits::size("resolution", spec.resolution)?;
    let (mut network, x) = NetworkBuilder::over_channels(name, style, batch, channels, resolution)?;
    let layer = LayerName {
        name: "norm",
        block: "norm",
        kind: LayerKind::Elementwise,
    };
    let y = network.normalised(layer, x, Follow::Activation)?;
    network.finish(y.tensor)
}
