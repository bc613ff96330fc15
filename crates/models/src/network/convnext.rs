//! `ConvNeXt` (Liu et al. 2022, arXiv 2201.03545): norms and products of the channels at every position.
//!
//! Those take positions as samples, `[N·H·W, C]`, so that between the spatial convolutions data are rearranged.

mod rows;

use tilesim_graph::{Binary, Graph, LayerKind, TensorId};

use super::{
    blocks::{NetworkBuilder, Style},
    groups::groups,
    limits,
    scaling::letters,
};
use crate::{
    ConvNextSpec, ModelError,
    family::{ConvNextFamily, Family, variant},
};

pub(super) fn build(spec: &ConvNextSpec, name: String, batch: u64) -> Result<Graph, ModelError> {
    let family = ConvNextFamily::load()?;
    let variant = variant(&family.variants, &spec.variant)?;
    let group_size = limits::size("group_size", spec.group_size)?;
    let stages = spec.stages.as_ref().unwrap_or(&variant.stages);
    for stage in stages {
        limits::size("stages.channels", stage.channels)?;
        limits::size("stages.repeats", stage.repeats)?;
    }
    limits::repeats(stages.iter().map(|stage| stage.repeats))?;
    if spec.norm.proxy {
        return Err(ModelError::Value {
            field: "norm",
            got: spec.norm.to_string(),
            expected: "`ln`, `gn:GROUPS` or `bn`: no activation follows its norms".to_owned(),
        });
    }
    let style = Style {
        norm: spec.norm,
        activation: spec.activation,
        norm_epsilon: family.norm_epsilon,
        proxy_epsilon: family.norm_epsilon,
    };
    let resolution = limits::size("resolution", spec.resolution)?;
    let (mut network, mut x) = NetworkBuilder::new(name, style, batch, resolution)?;
    for (index, stage) in stages.iter().enumerate() {
        // Every stage begins with patches of the one before, or of the image.
        let block = format!("block{index}");
        let patch = if index == 0 {
            family.stem_stride
        } else {
            family.stride
        };
        if index > 0 {
            x = normalised_positions(&mut network, &block, x)?;
        }
        let name = if index == 0 { "stem" } else { block.as_str() };
        let convolution = network.over(x, stage.channels, patch).strided(patch);
        network.operators().layer(name, &block, LayerKind::Conv);
        x = network.biased_convolution(name, convolution, x)?;
        if index == 0 {
            x = normalised_positions(&mut network, &block, x)?;
        }
        for repeat in 0..stage.repeats {
            let name = format!("block{}{}", index + 1, letters(repeat));
            let block = Block {
                name: &name,
                kernel: family.kernel,
                groups: groups(&name, stage.channels, group_size, true)?,
                expanded: stage.channels * family.expand_ratio,
            };
            x = block.build(&mut network, x)?;
        }
    }
    let mean = network.mean("Top", x)?;
    let channels = network.channels(mean);
    network
        .operators()
        .layer("Top/norm", "Top", LayerKind::Elementwise);
    let flat = network
        .operators()
        .reshape("Top/norm/flat", mean, &[batch, channels])?;
    let features = network.plain_norm("Top/norm/norm", flat)?;
    let classes = limits::size("num_classes", spec.num_classes)?;
    let logits = network.fully_connected("Top", "logits", features, classes, LayerKind::FullyConnected)?;
    network.finish(logits)
}

/// A norm of the channels at every position.
fn normalised_positions(
    network: &mut NetworkBuilder,
    block: &str,
    x: TensorId,
) -> Result<TensorId, ModelError> {
    let name = format!("{block}/norm");
    network.operators().layer(&name, block, LayerKind::Elementwise);
    let shape = network.operators().shape(x).to_vec();
    let y = rows::of_positions(network, &format!("{name}/rows"), x)?;
    let y = network.plain_norm(&format!("{name}/norm"), y)?;
    rows::back(network, &format!("{name}/image"), y, &shape)
}

/// One block.
struct Block<'a> {
    name: &'a str,
    kernel: u64,
    groups: u64,
    expanded: u64,
}

impl Block<'_> {
    /// Spatial convolution, norm, expansion, activation, projection, a scale for each channel, and the shortcut.
    fn build(&self, network: &mut NetworkBuilder, input: TensorId) -> Result<TensorId, ModelError> {
        let (name, channels) = (self.name, network.channels(input));
        let shape = network.operators().shape(input).to_vec();
        let spatial = format!("{name}/b");
        let convolution = network.over(input, channels, self.kernel).padded(self.kernel / 2);
        let convolution = convolution
            .grouped(self.groups)
            .ok_or_else(|| ModelError::UnevenGroups {
                block: name.to_owned(),
                channels,
                group_size: channels.checked_div(self.groups).unwrap_or(0),
                groups: self.groups,
            })?;
        network.operators().layer(&spatial, name, LayerKind::Spatial);
        let y = network.biased_convolution(&spatial, convolution, input)?;

        let norm = format!("{name}/norm");
        network.operators().layer(&norm, name, LayerKind::Elementwise);
        let y = rows::of_positions(network, &format!("{norm}/rows"), y)?;
        let y = network.plain_norm(&format!("{norm}/norm"), y)?;

        let y = network.fully_connected(name, "a", y, self.expanded, LayerKind::PointwiseExpand)?;
        let y = network.activated(&format!("{name}/a/activation"), y)?;
        let y = network.fully_connected(name, "c", y, channels, LayerKind::PointwiseProject)?;
        let operators = network.operators();
        let scale = operators.parameter(format!("{name}/c/scale"), vec![1, channels])?;
        let y = operators.binary(format!("{name}/c/scaled"), Binary::Multiply, y, scale)?;
        let y = rows::back(network, &format!("{name}/c/image"), y, &shape)?;
        network.add(name, [y, input], false)
    }
}
