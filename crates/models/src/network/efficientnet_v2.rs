//! `EfficientNetV2` (Tan & Le 2021, arXiv 2104.00298, table 4).

use tilesim_graph::{Activation, Graph};

use super::{
    blocks::{NetworkBuilder, SqueezeExcite, Style},
    groups::groups,
    inverted_bottleneck::{FusedBottleneck, InvertedBottleneck},
    limits,
    padding::Padding,
    scaling::letters,
};
use crate::{
    EfficientNetV2Spec, ModelError,
    family::{EfficientNetV2Family, Family, variant},
};

pub(super) fn build(spec: &EfficientNetV2Spec, name: String, batch: u64) -> Result<Graph, ModelError> {
    let family = EfficientNetV2Family::load()?;
    let variant = variant(&family.variants, &spec.variant)?;
    let stages = spec.stages.as_ref().unwrap_or(&variant.stages);
    for stage in stages {
        limits::size("stages.kernel", stage.kernel)?;
        limits::size("stages.stride", stage.stride)?;
        limits::size("stages.expand_ratio", stage.expand_ratio)?;
        limits::size("stages.channels", stage.channels)?;
        limits::size("stages.repeats", stage.repeats)?;
        if let (true, Some(group_size)) = (stage.fused, stage.group_size) {
            return Err(ModelError::Value {
                field: "stages.group_size",
                got: group_size.to_string(),
                expected: "nothing where the stage is fused, whose convolution is dense".to_owned(),
            });
        }
    }
    limits::repeats(stages.iter().map(|stage| stage.repeats))?;
    let style = Style {
        norm: spec.norm,
        norm_grouping: spec.norm_grouping,
        activation: spec.activation,
        norm_epsilon: family.norm_epsilon,
        proxy_epsilon: family.proxy_epsilon,
    };
    let resolution = limits::size("resolution", spec.resolution)?;
    let (mut network, image) = NetworkBuilder::new(name, style, batch, resolution)?;
    let mut x = network.stem(&family.stem, family.stem.channels, Padding::Centred, image)?;
    for (index, stage) in stages.iter().enumerate() {
        let group_size = limits::size("group_size", stage.group_size.unwrap_or(spec.group_size))?;
        for repeat in 0..stage.repeats {
            let name = format!("block{}{}", index + 1, letters(repeat));
            let in_channels = network.channels(x);
            let expanded = in_channels * stage.expand_ratio;
            let stride = if repeat == 0 { stage.stride } else { 1 };
            let padding = Padding::Centred;
            if stage.fused {
                let block = FusedBottleneck {
                    name: &name,
                    kernel: stage.kernel,
                    stride,
                    padding,
                    expanded,
                    out_channels: stage.channels,
                };
                x = block.build(&mut network, x)?;
                continue;
            }
            // The squeezed width goes by that of the block's input.
            let squeezed = (in_channels as f64 * family.squeeze_excite_ratio) as u64;
            let block = InvertedBottleneck {
                name: &name,
                kernel: stage.kernel,
                stride,
                padding,
                expanded,
                groups: groups(&name, expanded, group_size, stage.expand_ratio != 1)?,
                squeeze_excite: Some(SqueezeExcite {
                    squeezed: squeezed.max(1),
                    activation: spec.activation.activation(),
                    gate: Activation::Sigmoid,
                }),
                out_channels: stage.channels,
                shortcut_first: false,
            };
            x = block.build(&mut network, x)?;
        }
    }
    let x = network.top(variant.top_channels, x)?;
    let logits = network.classifier("Top", x, limits::size("num_classes", spec.num_classes)?)?;
    network.finish(logits)
}
