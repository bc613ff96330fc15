//! Residual blocks (He et al. 2016, arXiv 1512.03385), with the stride in the spatial convolution (v1.5).

use tilesim_graph::{LayerKind, TensorId};

use super::{
    blocks::{Follow, LayerName, NetworkBuilder},
    padding::Padding,
};
use crate::ModelError;

/// One residual block.
pub(super) struct Residual<'a> {
    pub(super) name: &'a str,
    pub(super) kernel: u64,
    pub(super) stride: u64,
    /// Whether the shortcut has a convolution of its own.
    pub(super) projected: bool,
    pub(super) out_channels: u64,
    /// Whether the shortcut comes first, in time and in the sum, as in some published networks.
    pub(super) shortcut_first: bool,
}

impl Residual<'_> {
    /// A bottleneck: a pointwise convolution to `width` channels, a spatial one in `groups` groups, and a pointwise one; the
    /// shortcut, and the activation.
    pub(super) fn bottleneck(
        &self,
        network: &mut NetworkBuilder,
        input: TensorId,
        width: u64,
        groups: u64,
    ) -> Result<TensorId, ModelError> {
        let shortcut = self.early_shortcut(network, input)?;
        let name = format!("{}/a", self.name);
        let convolution = network.over(input, width, 1);
        let layer = self.layer(&name, LayerKind::Conv);
        let x = network
            .convolution(layer, convolution, input, Follow::Activation)?
            .tensor;

        let name = format!("{}/b", self.name);
        let convolution = Padding::Centred.of(network.over(x, width, self.kernel), self.stride);
        let convolution = convolution
            .grouped(groups)
            .ok_or_else(|| ModelError::UnevenGroups {
                block: self.name.to_owned(),
                channels: width,
                group_size: width.checked_div(groups).unwrap_or(0),
                groups,
            })?;
        let kind = if groups == 1 {
            LayerKind::Conv
        } else {
            LayerKind::Spatial
        };
        let x = network
            .convolution(self.layer(&name, kind), convolution, x, Follow::Activation)?
            .tensor;

        let name = format!("{}/c", self.name);
        let convolution = network.over(x, self.out_channels, 1);
        let layer = self.layer(&name, LayerKind::PointwiseProject);
        let x = network
            .convolution(layer, convolution, x, Follow::Nothing)?
            .tensor;
        self.joined(network, x, input, shortcut)
    }

    /// Two spatial convolutions, the shortcut, and the activation.
    pub(super) fn pair(&self, network: &mut NetworkBuilder, input: TensorId) -> Result<TensorId, ModelError> {
        let shortcut = self.early_shortcut(network, input)?;
        let mut x = input;
        for (suffix, stride, follow) in [("a", self.stride, Follow::Activation), ("b", 1, Follow::Nothing)] {
            let name = format!("{}/{suffix}", self.name);
            let convolution = network.over(x, self.out_channels, self.kernel);
            let convolution = Padding::Centred.of(convolution, stride);
            let layer = self.layer(&name, LayerKind::Conv);
            x = network.convolution(layer, convolution, x, follow)?.tensor;
        }
        self.joined(network, x, input, shortcut)
    }

    /// The shortcut, where it comes first.
    fn early_shortcut(
        &self,
        network: &mut NetworkBuilder,
        input: TensorId,
    ) -> Result<Option<TensorId>, ModelError> {
        self.shortcut_first
            .then(|| self.shortcut(network, input))
            .transpose()
    }

    /// The input, or its projection.
    fn shortcut(&self, network: &mut NetworkBuilder, input: TensorId) -> Result<TensorId, ModelError> {
        if !self.projected {
            return Ok(input);
        }
        let name = format!("{}/shortcut", self.name);
        let convolution = network.over(input, self.out_channels, 1).strided(self.stride);
        let layer = self.layer(&name, LayerKind::Conv);
        let shortcut = network.convolution(layer, convolution, input, Follow::Nothing)?;
        Ok(shortcut.tensor)
    }

    /// The shortcut added, and the activation.
    fn joined(
        &self,
        network: &mut NetworkBuilder,
        x: TensorId,
        input: TensorId,
        shortcut: Option<TensorId>,
    ) -> Result<TensorId, ModelError> {
        let operands = match shortcut {
            Some(shortcut) => [shortcut, x],
            None => [x, self.shortcut(network, input)?],
        };
        network.add(self.name, operands, true)
    }

    const fn layer<'b>(&'b self, name: &'b str, kind: LayerKind) -> LayerName<'b> {
        LayerName {
            name,
            block: self.name,
            kind,
        }
    }
}
