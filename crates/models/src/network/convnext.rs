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
        norm_grouping: spec.norm_grouping,
        activation: spec.activation,
        norm_epsilon: family.norm_epsilon,
        proxy_epsilon: family.norm_epsilon,
    };
    let resolution = limits::size("resolution", spec.resolution)?;
    let (mut network, image) = NetworkBuilder::new(name, style, batch, resolution)?;
    let mut x = Positions::image(image);
    for (index, stage) in stages.iter().enumerate() {
        let group_size = limits::size("group_size", stage.group_size.unwrap_or(spec.group_size))?;
        // Every stage begins with patches of the one before, or of the image.
        let block = format!("block{index}");
        let patch = if index == 0 {
            family.stem_stride
        } else {
            family.stride
        };
        if index > 0 {
            x = x.normalised(&mut network, &block)?;
        }
        let name = if index == 0 { "stem" } else { block.as_str() };
        let image = x.as_image(&mut network, &format!("{block}/image"))?;
        let convolution = network.over(image, stage.channels, patch).strided(patch);
        network.operators().layer(name, &block, LayerKind::Conv);
        x = Positions::image(network.biased_convolution(name, convolution, image)?);
        if index == 0 {
            x = x.normalised(&mut network, &block)?;
        }
        for repeat in 0..stage.repeats {
            let name = format!("block{}{}", index + 1, letters(repeat));
            let block = Block {
                name: &name,
                kernel: family.kernel,
                groups: groups(&name, stage.channels, group_size, true)?,
                expanded: stage.channels * family.expand_ratio,
            };
            x = block.build(&mut network, &x)?;
        }
    }
    let image = x.as_image(&mut network, "Top/image")?;
    let mean = network.mean("Top", image)?;
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

/// An image, or its positions as rows with the image's shape: it is moved back for who needs it as an image.
struct Positions {
    tensor: TensorId,
    shape: Option<Vec<u64>>,
}

impl Positions {
    const fn image(tensor: TensorId) -> Self {
        Self { tensor, shape: None }
    }

    fn as_image(&self, network: &mut NetworkBuilder, name: &str) -> Result<TensorId, ModelError> {
        match &self.shape {
            None => Ok(self.tensor),
            Some(shape) => rows::back(network, name, self.tensor, shape),
        }
    }

    /// A norm of the channels at every position.
    fn normalised(&self, network: &mut NetworkBuilder, block: &str) -> Result<Self, ModelError> {
        let name = format!("{block}/norm");
        network.operators().layer(&name, block, LayerKind::Elementwise);
        let (rows, shape) = if let Some(shape) = &self.shape {
            (self.tensor, shape.clone())
        } else {
            let shape = network.operators().shape(self.tensor).to_vec();
            let rows = rows::of_positions(network, &format!("{name}/rows"), self.tensor)?;
            (rows, shape)
        };
        Ok(Self {
            tensor: network.plain_norm(&format!("{name}/norm"), rows)?,
            shape: Some(shape),
        })
    }
}

/// One block.
struct Block<'a> {
    name: &'a str,
    kernel: u64,
    groups: u64,
    expanded: u64,
}

impl Block<'_> {
    /// Spatial convolution, norm, expansion, activation, projection, a scale for each channel, and the shortcut, which is added
    /// as it lies.
    fn build(&self, network: &mut NetworkBuilder, x: &Positions) -> Result<Positions, ModelError> {
        let name = self.name;
        let input = x.as_image(network, &format!("{name}/image"))?;
        let channels = network.channels(input);
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
        if x.shape.is_some() {
            return Ok(Positions {
                tensor: network.add(name, [y, x.tensor], false)?,
                shape: Some(shape),
            });
        }
        let y = rows::back(network, &format!("{name}/c/image"), y, &shape)?;
        Ok(Positions::image(network.add(name, [y, input], false)?))
    }
}
