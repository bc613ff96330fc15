//! `ResNet` with bottlenecks, the stride in the spatial convolution (v1.5), and `ResNeXt`.

use tilesim_graph::{Convolution, Graph, LayerKind, Pool, PoolKind, TensorId};

use super::{
    blocks::{Follow, LayerName, NetworkBuilder, Style},
    limits,
    scaling::letters,
};
use crate::{
    ModelError, ResNetSpec, ResidualStage,
    family::{Family, ResNetFamily, Window},
};

/// One bottleneck.
struct Block<'a> {
    name: &'a str,
    kernel: u64,
    stride: u64,
    /// Channels of the spatial convolution.
    width: u64,
    out_channels: u64,
    cardinality: u64,
    /// Whether the shortcut has a convolution of its own.
    projected: bool,
}

pub(super) fn build(spec: &ResNetSpec, name: String, batch: u64) -> Result<Graph, ModelError> {
    let family = ResNetFamily::load()?;
    let stages = spec.stages.as_ref().unwrap_or(&family.stages);
    let repeats = repeats(spec, &family, stages)?;
    let style = Style {
        norm: spec.norm,
        activation: spec.activation,
        norm_epsilon: family.norm_epsilon,
        proxy_epsilon: family.proxy_epsilon,
    };
    let resolution = limits::size("resolution", spec.resolution)?;
    let (mut network, image) = NetworkBuilder::new(name, style, batch, resolution)?;
    let mut x = stem(&mut network, &family, image)?;
    for (index, (stage, &blocks)) in stages.iter().zip(repeats).enumerate() {
        let width = bottleneck_width(spec, &family, stage)?;
        for repeat in 0..blocks {
            let name = format!("block{}{}", index + 1, letters(repeat));
            let block = Block {
                name: &name,
                kernel: family.kernel,
                stride: if repeat == 0 { stage.stride } else { 1 },
                width,
                out_channels: stage.channels * family.expansion,
                cardinality: spec.cardinality,
                projected: repeat == 0,
            };
            x = bottleneck(&mut network, &block, x)?;
        }
    }
    let logits = network.classifier("Top", x, limits::size("num_classes", spec.num_classes)?)?;
    network.finish(logits)
}

fn stem(
    network: &mut NetworkBuilder,
    family: &ResNetFamily,
    image: TensorId,
) -> Result<TensorId, ModelError> {
    let convolution = network.over(image, family.stem.channels, family.stem.kernel);
    let convolution = centred(convolution, family.stem.kernel, family.stem.stride);
    let layer = LayerName {
        name: "stem",
        block: "block0",
        kind: LayerKind::Conv,
    };
    let x = network
        .convolution(layer, convolution, image, Follow::Activation)?
        .tensor;
    let Window { kernel, stride } = family.pool;
    let padding = [kernel / 2; 2];
    let pool = Pool::new(PoolKind::Max, &[kernel; 2], &[stride; 2]).padded(&padding, &padding);
    network.operators().layer("pool", "block0", LayerKind::Pool);
    Ok(network.operators().pool("pool/max", pool, x)?)
}

fn bottleneck(network: &mut NetworkBuilder, block: &Block, input: TensorId) -> Result<TensorId, ModelError> {
    let name = format!("{}/a", block.name);
    let layer = LayerName {
        name: &name,
        block: block.name,
        kind: LayerKind::Conv,
    };
    let convolution = network.over(input, block.width, 1);
    let x = network
        .convolution(layer, convolution, input, Follow::Activation)?
        .tensor;

    let name = format!("{}/b", block.name);
    let kind = if block.cardinality == 1 {
        LayerKind::Conv
    } else {
        LayerKind::Spatial
    };
    let layer = LayerName {
        name: &name,
        block: block.name,
        kind,
    };
    let convolution = centred(
        network.over(x, block.width, block.kernel),
        block.kernel,
        block.stride,
    );
    let convolution = convolution
        .grouped(block.cardinality)
        .ok_or_else(|| ModelError::UnevenGroups {
            block: block.name.to_owned(),
            channels: block.width,
            group_size: block.width.checked_div(block.cardinality).unwrap_or(0),
            groups: block.cardinality,
        })?;
    let x = network
        .convolution(layer, convolution, x, Follow::Activation)?
        .tensor;

    let name = format!("{}/c", block.name);
    let layer = LayerName {
        name: &name,
        block: block.name,
        kind: LayerKind::PointwiseProject,
    };
    let convolution = network.over(x, block.out_channels, 1);
    let x = network
        .convolution(layer, convolution, x, Follow::Nothing)?
        .tensor;

    let mut shortcut = input;
    if block.projected {
        let name = format!("{}/shortcut", block.name);
        let layer = LayerName {
            name: &name,
            block: block.name,
            kind: LayerKind::Conv,
        };
        let convolution = network.over(input, block.out_channels, 1).strided(block.stride);
        shortcut = network
            .convolution(layer, convolution, input, Follow::Nothing)?
            .tensor;
    }
    network.add(block.name, x, shortcut, true)
}

/// Padding of half a kernel on each side.
fn centred(convolution: Convolution, kernel: u64, stride: u64) -> Convolution {
    convolution.strided(stride).padded(kernel / 2)
}

/// Channels of a stage's spatial convolutions: in proportion to those of the ungrouped network, whose first stage has 64.
fn bottleneck_width(
    spec: &ResNetSpec,
    family: &ResNetFamily,
    stage: &ResidualStage,
) -> Result<u64, ModelError> {
    let cardinality = limits::size("cardinality", spec.cardinality)?;
    let group_width = limits::size("group_width", spec.group_width)?;
    let channels = limits::size("stages.channels", stage.channels)?;
    limits::size("stages.stride", stage.stride)?;
    limits::size(
        "bottleneck width",
        channels * group_width / family.stem.channels * cardinality,
    )
}

/// Blocks of each stage.
fn repeats<'a>(
    spec: &'a ResNetSpec,
    family: &'a ResNetFamily,
    stages: &[ResidualStage],
) -> Result<&'a [u64], ModelError> {
    let Some(repeats) = spec.repeats.as_ref().or_else(|| family.depths.get(&spec.depth)) else {
        let depths: Vec<String> = family.depths.keys().map(u64::to_string).collect();
        return Err(ModelError::Value {
            field: "depth",
            got: spec.depth.to_string(),
            expected: format!("one of {}, or a list of `repeats`", depths.join(", ")),
        });
    };
    if repeats.len() != stages.len() {
        return Err(ModelError::Value {
            field: "repeats",
            got: format!("a list of {}", repeats.len()),
            expected: format!("one number for each of {} stages", stages.len()),
        });
    }
    limits::blocks(repeats.iter().copied().fold(0, u64::saturating_add))?;
    Ok(repeats)
}
