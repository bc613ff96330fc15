//! `MobileNet` v1 (Howard et al. 2017, arXiv 1704.04861, table 1).

use tilesim_graph::{Graph, LayerKind};

use super::{
    blocks::{Follow, LayerName, NetworkBuilder, Style},
    groups::groups,
    limits,
    padding::Padding,
    scaling::{letters, scaled_channels},
};
use crate::{
    MobileNetSpec, ModelError,
    family::{Family, MobileNetFamily},
};

pub(super) fn build(spec: &MobileNetSpec, name: String, batch: u64) -> Result<Graph, ModelError> {
    let family = MobileNetFamily::load()?;
    let width = limits::multiplier("width", spec.width)?;
    let stages = spec.stages.as_ref().unwrap_or(&family.stages);
    for stage in stages {
        limits::size("stages.stride", stage.stride)?;
        limits::size("stages.channels", stage.channels)?;
        limits::size("stages.repeats", stage.repeats)?;
    }
    limits::blocks(
        stages
            .iter()
            .map(|stage| stage.repeats)
            .fold(0, u64::saturating_add),
    )?;
    let style = Style {
        norm: spec.norm,
        norm_grouping: spec.norm_grouping,
        activation: spec.activation,
        norm_epsilon: family.norm_epsilon,
        proxy_epsilon: family.proxy_epsilon,
    };
    let resolution = limits::size("resolution", spec.resolution)?;
    let (mut network, image) = NetworkBuilder::new(name, style, batch, resolution)?;

    let channels = scaled_channels(family.stem.channels, width, family.channel_divisor);
    let mut x = network.stem(&family.stem, channels, Padding::Same, image)?;

    for (index, stage) in stages.iter().enumerate() {
        let group_size = limits::size("group_size", stage.group_size.unwrap_or(spec.group_size))?;
        for repeat in 0..stage.repeats {
            let block = format!("block{}{}", index + 1, letters(repeat));
            let channels = network.channels(x);
            let groups = groups(&block, channels, group_size, true)?;
            let stride = if repeat == 0 { stage.stride } else { 1 };
            let convolution = network
                .over(x, channels, family.kernel)
                .strided(stride)
                .same_padded();
            let convolution = convolution.grouped(groups).ok_or_else(|| ModelError::GroupSize {
                block: block.clone(),
                channels,
                group_size,
            })?;
            let name = format!("{block}/depthwise");
            let layer = LayerName {
                name: &name,
                block: &block,
                kind: LayerKind::Spatial,
            };
            x = network
                .convolution(layer, convolution, x, Follow::Activation)?
                .tensor;

            let channels = scaled_channels(stage.channels, width, family.channel_divisor);
            let convolution = network.over(x, channels, 1);
            let name = format!("{block}/pointwise");
            let layer = LayerName {
                name: &name,
                block: &block,
                kind: LayerKind::PointwiseProject,
            };
            x = network
                .convolution(layer, convolution, x, Follow::Activation)?
                .tensor;
        }
    }
    let logits = network.classifier("Top", x, limits::size("num_classes", spec.num_classes)?)?;
    network.finish(logits)
}
