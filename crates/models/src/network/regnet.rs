//! `RegNet` (Radosavovic et al. 2020, arXiv 2003.13678): residual bottlenecks of one width, in groups.

use tilesim_graph::Graph;

use super::{
    blocks::{NetworkBuilder, Style},
    groups::groups,
    limits,
    padding::Padding,
    residual::Residual,
    scaling::letters,
};
use crate::{
    ModelError, RegNetSpec,
    family::{Family, RegNetFamily, variant},
};

pub(super) fn build(spec: &RegNetSpec, name: String, batch: u64) -> Result<Graph, ModelError> {
    let family = RegNetFamily::load()?;
    let variant = variant(&family.variants, &spec.variant)?;
    let of_network = spec.group_size.unwrap_or(variant.group_size);
    let stages = spec.stages.as_ref().unwrap_or(&variant.stages);
    for stage in stages {
        limits::size("stages.channels", stage.channels)?;
        limits::size("stages.repeats", stage.repeats)?;
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
        let group_size = limits::size("group_size", stage.group_size.unwrap_or(of_network))?;
        for repeat in 0..stage.repeats {
            let name = format!("block{}{}", index + 1, letters(repeat));
            let groups = groups(&name, stage.channels, group_size, true)?;
            let block = Residual {
                name: &name,
                kernel: family.kernel,
                stride: if repeat == 0 { family.stride } else { 1 },
                projected: repeat == 0,
                out_channels: stage.channels,
                shortcut_first: true,
            };
            x = block.bottleneck(&mut network, x, stage.channels, groups)?;
        }
    }
    let logits = network.classifier("Top", x, limits::size("num_classes", spec.num_classes)?)?;
    network.finish(logits)
}
