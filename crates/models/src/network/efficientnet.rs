//! `EfficientNet` as its reference implementation builds it (Masters et al. 2021, arXiv 2106.03640).

use tilesim_graph::{Graph, LayerKind, TensorId};

use super::{
    blocks::{Activated, Follow, LayerName, NetworkBuilder, Style},
    groups::groups,
    limits,
    scaling::{letters, scaled_channels, scaled_repeats},
};
use crate::{
    EfficientNetSpec, InvertedBottleneckStage, ModelError, Resolution,
    error::nearest,
    family::{EfficientNetFamily, Family, Variant},
};

/// One inverted bottleneck, scaled.
struct Block<'a> {
    name: &'a str,
    kernel: u64,
    stride: u64,
    expand_ratio: u64,
    out_channels: u64,
    group_size: u64,
    squeeze_excite_ratio: f64,
}

pub(super) fn build(spec: &EfficientNetSpec, name: String, batch: u64) -> Result<Graph, ModelError> {
    let family = EfficientNetFamily::load()?;
    let variant = variant(spec, &family)?;
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
    let convolution = network
        .over(image, stem, family.stem.kernel)
        .strided(family.stem.stride)
        .same_padded();
    let layer = LayerName {
        name: "stem",
        block: "block0",
        kind: LayerKind::Conv,
    };
    let mut x = network
        .convolution(layer, convolution, image, Follow::Activation)?
        .tensor;

    for (index, stage) in stages.iter().enumerate() {
        for repeat in 0..scaled_repeats(stage.repeats, depth) {
            let name = format!("block{}{}", index + 1, letters(repeat));
            let block = Block {
                name: &name,
                kernel: stage.kernel,
                stride: if repeat == 0 { stage.stride } else { 1 },
                expand_ratio: limits::size("expand_ratio", stage.expand_ratio.unwrap_or(spec.expand_ratio))?,
                out_channels: channels("channels", stage.channels)?,
                group_size: limits::size("group_size", spec.group_size)?,
                squeeze_excite_ratio,
            };
            x = inverted_bottleneck(&mut network, &block, x)?;
        }
    }

    let top = channels("top_channels", spec.top_channels.unwrap_or(family.top_channels))?;
    let convolution = network.over(x, top, 1);
    let layer = LayerName {
        name: "Top",
        block: "Top",
        kind: LayerKind::Conv,
    };
    // The fully connected layer absorbs the proxy scale.
    let x = network
        .convolution(layer, convolution, x, Follow::ActivationUnscaled)?
        .tensor;
    let logits = network.classifier("Top", x, limits::size("num_classes", spec.num_classes)?)?;
    network.finish(logits)
}

/// Expansion, spatial convolution, squeeze-excite, projection, and the shortcut where shapes allow it.
fn inverted_bottleneck(
    network: &mut NetworkBuilder,
    block: &Block,
    input: TensorId,
) -> Result<TensorId, ModelError> {
    let in_channels = network.channels(input);
    let expanded = block.expand_ratio != 1;
    let channels = in_channels * block.expand_ratio;
    let mut x = input;
    if expanded {
        let name = format!("{}/a", block.name);
        let layer = LayerName {
            name: &name,
            block: block.name,
            kind: LayerKind::PointwiseExpand,
        };
        let convolution = network.over(x, channels, 1);
        x = network
            .convolution(layer, convolution, x, Follow::Activation)?
            .tensor;
    }

    let name = format!("{}/b", block.name);
    let layer = LayerName {
        name: &name,
        block: block.name,
        kind: LayerKind::Spatial,
    };
    let groups = groups(block.name, channels, block.group_size, expanded)?;
    let convolution = network
        .over(x, channels, block.kernel)
        .strided(block.stride)
        .same_padded();
    let convolution = convolution
        .grouped(groups)
        .ok_or_else(|| ModelError::UnevenGroups {
            block: block.name.to_owned(),
            channels,
            group_size: block.group_size,
            groups,
        })?;
    let has_gate = block.squeeze_excite_ratio > 0.0;
    let follow = if has_gate {
        Follow::ActivationUnscaled
    } else {
        Follow::Activation
    };
    let spatial = network.convolution(layer, convolution, x, follow)?;
    x = gated(network, block, spatial, in_channels)?;

    let name = format!("{}/c", block.name);
    let layer = LayerName {
        name: &name,
        block: block.name,
        kind: LayerKind::PointwiseProject,
    };
    let convolution = network.over(x, block.out_channels, 1);
    x = network
        .convolution(layer, convolution, x, Follow::Nothing)?
        .tensor;
    if block.stride == 1 && in_channels == block.out_channels {
        x = network.add(block.name, x, input, false)?;
    }
    Ok(x)
}

/// Squeeze-excite, whose squeezed width goes by the width of the block's input, not of the expansion.
fn gated(
    network: &mut NetworkBuilder,
    block: &Block,
    x: Activated,
    in_channels: u64,
) -> Result<TensorId, ModelError> {
    if block.squeeze_excite_ratio > 0.0 {
        let squeezed = ((in_channels as f64 * block.squeeze_excite_ratio) as u64).max(1);
        network.squeeze_excite(block.name, x, squeezed)
    } else {
        Ok(x.tensor)
    }
}

fn variant<'a>(spec: &EfficientNetSpec, family: &'a EfficientNetFamily) -> Result<&'a Variant, ModelError> {
    family
        .variants
        .get(&spec.variant)
        .ok_or_else(|| ModelError::UnknownVariant {
            variant: spec.variant.clone(),
            nearest: nearest(&spec.variant, family.variants.keys().map(String::as_str)),
            known: family.variants.keys().cloned().collect(),
        })
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
