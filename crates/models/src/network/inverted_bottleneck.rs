//! Inverted bottlenecks (Sandler et al. 2018, arXiv 1801.04381), and those whose expansion and spatial convolution are one (Tan &
//! Le 2021, arXiv 2104.00298).

use tilesim_graph::{LayerKind, TensorId};

use super::{
    blocks::{Follow, LayerName, NetworkBuilder, SqueezeExcite},
    padding::Padding,
};
use crate::ModelError;

/// One inverted bottleneck, scaled.
pub(super) struct InvertedBottleneck<'a> {
    pub(super) name: &'a str,
    pub(super) kernel: u64,
    pub(super) stride: u64,
    pub(super) padding: Padding,
    /// Channels of the spatial convolution; without an expansion where they are those of the input.
    pub(super) expanded: u64,
    /// Groups of the spatial convolution.
    pub(super) groups: u64,
    pub(super) squeeze_excite: Option<SqueezeExcite>,
    pub(super) out_channels: u64,
    /// Whether the shortcut is the first operand of the sum, as in some published networks.
    pub(super) shortcut_first: bool,
}

impl InvertedBottleneck<'_> {
    /// Expansion, spatial convolution, squeeze-excite, projection, and the shortcut where shapes allow it.
    pub(super) fn build(
        &self,
        network: &mut NetworkBuilder,
        input: TensorId,
    ) -> Result<TensorId, ModelError> {
        let in_channels = network.channels(input);
        let mut x = input;
        if self.expanded != in_channels {
            let name = format!("{}/a", self.name);
            let convolution = network.over(x, self.expanded, 1);
            let layer = self.layer(&name, LayerKind::PointwiseExpand);
            x = network
                .convolution(layer, convolution, x, Follow::Activation)?
                .tensor;
        }

        let name = format!("{}/b", self.name);
        let convolution = network.over(x, self.expanded, self.kernel);
        let convolution = self
            .padding
            .of(convolution, self.stride)
            .grouped(self.groups)
            .ok_or_else(|| ModelError::UnevenGroups {
                block: self.name.to_owned(),
                channels: self.expanded,
                group_size: self.expanded.checked_div(self.groups).unwrap_or(0),
                groups: self.groups,
            })?;
        let layer = self.layer(&name, LayerKind::Spatial);
        x = if let Some(gate) = self.squeeze_excite {
            // The gate applies the scale of a proxy-normalised activation.
            let spatial = network.convolution(layer, convolution, x, Follow::ActivationUnscaled)?;
            network.squeeze_excite(self.name, spatial, gate)?
        } else {
            network
                .convolution(layer, convolution, x, Follow::Activation)?
                .tensor
        };

        let name = format!("{}/c", self.name);
        let convolution = network.over(x, self.out_channels, 1);
        let layer = self.layer(&name, LayerKind::PointwiseProject);
        x = network
            .convolution(layer, convolution, x, Follow::Nothing)?
            .tensor;
        if self.stride == 1 && in_channels == self.out_channels {
            let operands = if self.shortcut_first {
                [input, x]
            } else {
                [x, input]
            };
            x = network.add(self.name, operands, false)?;
        }
        Ok(x)
    }

    const fn layer<'b>(&'b self, name: &'b str, kind: LayerKind) -> LayerName<'b> {
        LayerName {
            name,
            block: self.name,
            kind,
        }
    }
}

/// One inverted bottleneck whose expansion is the spatial convolution, scaled.
pub(super) struct FusedBottleneck<'a> {
    pub(super) name: &'a str,
    pub(super) kernel: u64,
    pub(super) stride: u64,
    pub(super) padding: Padding,
    /// Channels between the convolutions; without an expansion, where they are those of the input, there is one convolution.
    pub(super) expanded: u64,
    pub(super) out_channels: u64,
}

impl FusedBottleneck<'_> {
    /// Spatial convolution, projection, and the shortcut where shapes allow it.
    pub(super) fn build(
        &self,
        network: &mut NetworkBuilder,
        input: TensorId,
    ) -> Result<TensorId, ModelError> {
        let in_channels = network.channels(input);
        let expands = self.expanded != in_channels;
        let between = if expands { self.expanded } else { self.out_channels };
        let name = format!("{}/b", self.name);
        let convolution = network.over(input, between, self.kernel);
        let convolution = self.padding.of(convolution, self.stride);
        let layer = LayerName {
            name: &name,
            block: self.name,
            kind: LayerKind::Conv,
        };
        let mut x = network
            .convolution(layer, convolution, input, Follow::Activation)?
            .tensor;
        if expands {
            let name = format!("{}/c", self.name);
            let convolution = network.over(x, self.out_channels, 1);
            let layer = LayerName {
                name: &name,
                block: self.name,
                kind: LayerKind::PointwiseProject,
            };
            x = network
                .convolution(layer, convolution, x, Follow::Nothing)?
                .tensor;
        }
        if self.stride == 1 && in_channels == self.out_channels {
            x = network.add(self.name, [x, input], false)?;
        }
        Ok(x)
    }
}
