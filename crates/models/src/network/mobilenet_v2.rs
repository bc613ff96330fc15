//! `MobileNet` v2 (Sandler et al. 2018, arXiv 1801.04381, table 2).

use tilesim_graph::Graph;

use super::{
    blocks::{NetworkBuilder, Style},
    groups::groups,
    inverted_bottleneck::InvertedBottleneck,
    limits,
    padding::Padding,
    scaling::{letters, scaled_channels},
};
use crate::{
    MobileNetV2Spec, ModelError,
    family::{Family, MobileNetV2Family},
};

pub(super) fn build(spec: &MobileNetV2Spec, name: String, batch: u64) -> Result<Graph, ModelError> {
    let family = MobileNetV2Family::load()?;
    let width = limits::multiplier("width", spec.width)?;
    let stages = spec.stages.as_ref().unwrap_or(&family.stages);
    for stage in stages {
        limits::size("stages.kernel", stage.kernel)?;
        limits::size("stages.stride", stage.stride)?;
        limits::size("stages.channels", stage.channels)?;
        limits::size("stages.repeats", stage.repeats)?;
        limits::size(
            "stages.expand_ratio",
            stage.expand_ratio.unwrap_or(spec.expand_ratio),
        )?;
    }
    limits::repeats(stages.iter().map(|stage| stage.repeats))?;
    let scaled = |channels, width| scaled_channels(channels, width, family.channel_divisor);
    let style = Style {
        norm: spec.norm,
        norm_grouping: spec.norm_grouping,
        activation: spec.activation,
        norm_epsilon: family.norm_epsilon,
        proxy_epsilon: family.proxy_epsilon,
    };
    let resolution = limits::size("resolution", spec.resolution)?;
    let (mut network, image) = NetworkBuilder::new(name, style, batch, resolution)?;
    let stem = scaled(family.stem.channels, width);
    let mut x = network.stem(&family.stem, stem, Padding::Centred, image)?;
    for (index, stage) in stages.iter().enumerate() {
        let group_size = limits::size("group_size", stage.group_size.unwrap_or(spec.group_size))?;
        for repeat in 0..stage.repeats {
            let name = format!("block{}{}", index + 1, letters(repeat));
            let ratio = stage.expand_ratio.unwrap_or(spec.expand_ratio);
            let expanded = network.channels(x) * ratio;
            let block = InvertedBottleneck {
                name: &name,
                kernel: stage.kernel,
                stride: if repeat == 0 { stage.stride } else { 1 },
                padding: Padding::Centred,
                expanded,
                groups: groups(&name, expanded, group_size, ratio != 1)?,
                squeeze_excite: None,
                out_channels: scaled(stage.channels, width),
                shortcut_first: true,
            };
            x = block.build(&mut network, x)?;
        }
    }
    // The last convolution is never narrower than that of width 1.
    let top = scaled(family.top_channels, width.max(1.0));
    let x = network.top(top, x)?;
    let logits = network.classifier("Top", x, limits::size("num_classes", spec.num_classes)?)?;
    network.finish(logits)
}
