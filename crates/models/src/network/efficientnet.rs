//! `EfficientNet` as its reference implementation builds it (Masters et al. 2021, arXiv 2106.03640).

use tilesim_graph::{Activation, Graph};

use super::{
    blocks::{NetworkBuilder, SqueezeExcite, Style},
    groups::groups,
    inverted_bottleneck::InvertedBottleneck,
    limits,
    padding::Padding,
    scaling::{letters, scaled_channels, scaled_repeats},
};
use crate::{
    EfficientNetSpec, InvertedBottleneckStage, ModelError, Resolution,
    family::{EfficientNetFamily, Family, Variant, variant},
};

pub(super) fn build(spec: &EfficientNetSpec, name: String, batch: u64) -> Result<Graph, ModelError> {
    let family = EfficientNetFamily::load()?;
    let variant = variant(&family.variants, &spec.variant)?;
    let width = limits::multiplier("width", spec.width.unwrap_or(variant.width))?;
    let depth = limits::multiplier("depth", spec.depth.unwrap_or(variant.depth))?;
    let squeeze_excite_ratio = spec.squeeze_excite_ratio.unwrap_or(family.squeeze_excite_ratio);
    if squeeze_excite_ratio != 0.0 {
        limits::multiplier("squeeze_excite_ratio", squeeze_excite_ratio)?;
    }
    let stages = spec.stages.as_ref().unwrap_or(&family.stages);
    check_stages(stages, depth)?;
    let channels = |field, channels| {
        Ok::<_, ModelError>(scaled_channels(
            limits::size(field, channels)?,
            width,
            family.channel_divisor,
        ))
    };
    let style = Style {
        norm: spec.norm,
        norm_grouping: spec.norm_grouping,
        activation: spec.activation,
        norm_epsilon: family.norm_epsilon,
        proxy_epsilon: family.proxy_epsilon,
    };
    let resolution = resolution(spec, variant)?;
    let (mut network, image) = NetworkBuilder::new(name, style, batch, resolution)?;

    let stem = channels(
        "stem_channels",
        spec.stem_channels.unwrap_or(family.stem.channels),
    )?;
    let mut x = network.stem(&family.stem, stem, Padding::Same, image)?;
    for (index, stage) in stages.iter().enumerate() {
        for repeat in 0..scaled_repeats(stage.repeats, depth) {
            let name = format!("block{}{}", index + 1, letters(repeat));
            let ratio = limits::size("expand_ratio", stage.expand_ratio.unwrap_or(spec.expand_ratio))?;
            let in_channels = network.channels(x);
            let out_channels = channels("channels", stage.channels)?;
            let group_size = limits::size("group_size", stage.group_size.unwrap_or(spec.group_size))?;
            let expanded = in_channels * ratio;
            // The squeezed width goes by that of the block's input, not of the expansion.
            let squeezed = ((in_channels as f64 * squeeze_excite_ratio) as u64).max(1);
            let block = InvertedBottleneck {
                name: &name,
                kernel: stage.kernel,
                stride: if repeat == 0 { stage.stride } else { 1 },
                padding: Padding::Same,
                expanded,
                groups: groups(&name, expanded, group_size, ratio != 1)?,
                squeeze_excite: (squeeze_excite_ratio > 0.0).then_some(SqueezeExcite {
                    squeezed,
                    activation: spec.activation.activation(),
                    gate: Activation::Sigmoid,
                }),
                out_channels,
                shortcut_first: false,
            };
            x = block.build(&mut network, x)?;
        }
    }

    let top = channels("top_channels", spec.top_channels.unwrap_or(family.top_channels))?;
    let x = network.top(top, x)?;
    let logits = network.classifier("Top", x, limits::size("num_classes", spec.num_classes)?)?;
    network.finish(logits)
}

fn resolution(spec: &EfficientNetSpec, variant: &Variant) -> Result<u64, ModelError> {
    let pixels = match spec.resolution {
        Resolution::Pixels(pixels) => pixels,
        Resolution::Native => variant.resolution.native,
        Resolution::Half => variant.resolution.half.ok_or_else(|| ModelError::Value {
            field: "resolution",
            got: "half".to_owned(),
            expected: format!(
                "`native` or pixels: variant {} has no half resolution",
                spec.variant
            ),
        })?,
    };
    limits::size("resolution", pixels)
}

fn check_stages(stages: &[InvertedBottleneckStage], depth: f64) -> Result<(), ModelError> {
    let mut blocks = 0_u64;
    for stage in stages {
        limits::size("stages.kernel", stage.kernel)?;
        limits::size("stages.stride", stage.stride)?;
        limits::size("stages.repeats", stage.repeats)?;
        blocks = blocks.saturating_add(scaled_repeats(stage.repeats, depth));
    }
    limits::blocks(blocks)
}
