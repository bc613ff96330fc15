//! `ResNet`, with the stride of bottlenecks in the spatial convolution (v1.5), and `ResNeXt`.

use tilesim_graph::{Graph, LayerKind, Pool, PoolKind, TensorId};

use super::{
    blocks::{NetworkBuilder, Style},
    limits,
    padding::Padding,
    residual::Residual,
    scaling::letters,
};
use crate::{
    ModelError, ResNetSpec, ResidualStage,
    family::{Family, ResNetFamily, Window},
};

pub(super) fn build(spec: &ResNetSpec, name: String, batch: u64) -> Result<Graph, ModelError> {
    let family = ResNetFamily::load()?;
    let stages = spec.stages.as_ref().unwrap_or(&family.stages);
    let repeats = repeats(spec, &family, stages)?;
    let style = Style {
        norm: spec.norm,
        norm_grouping: spec.norm_grouping,
        activation: spec.activation,
        norm_epsilon: family.norm_epsilon,
        proxy_epsilon: family.proxy_epsilon,
    };
    let resolution = limits::size("resolution", spec.resolution)?;
    let (mut network, image) = NetworkBuilder::new(name, style, batch, resolution)?;
    let mut x = stem(&mut network, &family, image)?;
    for (index, (stage, &blocks)) in stages.iter().zip(repeats).enumerate() {
        let basic = family.basic_depths.contains_key(&spec.depth);
        let width = bottleneck_width(spec, &family, stage)?;
        for repeat in 0..blocks {
            let name = format!("block{}{}", index + 1, letters(repeat));
            let stride = if repeat == 0 { stage.stride } else { 1 };
            let out_channels = if basic {
                stage.channels
            } else {
                stage.channels * family.expansion
            };
            let block = Residual {
                name: &name,
                kernel: family.kernel,
                stride,
                // The first bottleneck widens; a pair that leaves the shape as it is has a plain shortcut.
                projected: if basic {
                    stride != 1 || network.channels(x) != out_channels
                } else {
                    repeat == 0
                },
                out_channels,
                shortcut_first: false,
            };
            x = if basic {
                block.pair(&mut network, x)?
            } else {
                block.bottleneck(&mut network, x, width, spec.cardinality)?
            };
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
    let x = network.stem(&family.stem, family.stem.channels, Padding::Centred, image)?;
    let Window { kernel, stride } = family.pool;
    let padding = [kernel / 2; 2];
    let pool = Pool::new(PoolKind::Max, &[kernel; 2], &[stride; 2]).padded(&padding, &padding);
    network.operators().layer("pool", "block0", LayerKind::Pool);
    Ok(network.operators().pool("pool/max", pool, x)?)
}

/// Channels of a stage's spatial convolutions: in proportion to those of the ungrouped network, whose first stage has 64.
fn bottleneck_width(
    spec: &ResNetSpec,
    family: &ResNetFamily,
    stage: &ResidualStage,
) -> Result<u64, ModelError> {
    let cardinality = limits::size("cardinality", spec.cardinality)?;
    let group_width = limits::size("group_width", spec.group_width)?;
    let grouped = spec.cardinality != 1 || group_width != family.stem.channels;
    if grouped && family.basic_depths.contains_key(&spec.depth) {
        return Err(ModelError::Value {
            field: "cardinality",
            got: format!("{cardinality}, with a group width of {group_width}"),
            expected: format!(
                "1 and {}: blocks of depth {} have no bottleneck",
                family.stem.channels, spec.depth
            ),
        });
    }
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
    let mut known = [&family.basic_depths, &family.depths].into_iter();
    let published = known.find_map(|depths| depths.get(&spec.depth));
    let Some(repeats) = spec.repeats.as_ref().or(published) else {
        let depths = family.basic_depths.keys().chain(family.depths.keys());
        let depths: Vec<String> = depths.map(u64::to_string).collect();
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
