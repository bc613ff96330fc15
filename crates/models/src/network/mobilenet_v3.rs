//! `MobileNet` v3 (Howard et al. 2019, arXiv 1905.02244, tables 1 and 2).

use tilesim_graph::{Activation, Graph};

use super::{
    blocks::{NetworkBuilder, SqueezeExcite, Style},
    groups::groups,
    inverted_bottleneck::InvertedBottleneck,
    limits,
    padding::Padding,
    scaling::{letters, scaled_channels},
};
use crate::{
    MobileNetV3Spec, ModelError,
    family::{Family, MobileNetV3Family, variant},
};

pub(super) fn build(spec: &MobileNetV3Spec, name: String, batch: u64) -> Result<Graph, ModelError> {
    let family = MobileNetV3Family::load()?;
    let variant = variant(&family.variants, &spec.variant)?;
    let width = limits::multiplier("width", spec.width)?;
    let stages = spec.stages.as_ref().unwrap_or(&variant.stages);
    for stage in stages {
        limits::size("stages.kernel", stage.kernel)?;
        limits::size("stages.stride", stage.stride)?;
        limits::size("stages.expanded", stage.expanded)?;
        limits::size("stages.channels", stage.channels)?;
        limits::size("stages.repeats", stage.repeats)?;
    }
    limits::repeats(stages.iter().map(|stage| stage.repeats))?;
    let scaled = |channels, by| scaled_channels(channels, by, family.channel_divisor);
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
        network.activate_with(stage.activation.unwrap_or(spec.activation));
        for repeat in 0..stage.repeats {
            let name = format!("block{}{}", index + 1, letters(repeat));
            let expanded = scaled(stage.expanded, width);
            let expands = expanded != network.channels(x);
            let squeezed = scaled(expanded, family.squeeze_excite_ratio);
            let block = InvertedBottleneck {
                name: &name,
                kernel: stage.kernel,
                stride: if repeat == 0 { stage.stride } else { 1 },
                padding: Padding::Centred,
                expanded,
                groups: groups(&name, expanded, group_size, expands)?,
                squeeze_excite: stage.squeeze_excite.then_some(SqueezeExcite {
                    squeezed,
                    activation: Activation::Relu,
                    gate: Activation::HardSigmoid,
                }),
                out_channels: scaled(stage.channels, width),
                shortcut_first: false,
            };
            x = block.build(&mut network, x)?;
        }
    }
    network.activate_with(spec.activation);
    let top = network.channels(x) * family.top_expand_ratio;
    let x = network.top(top, x)?;
    let hidden = scaled(variant.hidden_channels, width);
    let classes = limits::size("num_classes", spec.num_classes)?;
    let logits = network.classifier_of_two("Top", x, hidden, classes)?;
    network.finish(logits)
}
