//! The building blocks that the families share: convolution → norm → activation, squeeze-excite, addition, classifier.

use tilesim_graph::{
    Activation, Binary, Convolution, ElementType, Graph, GraphBuilder, LayerKind, Norm, NormKind,
    ProxyActivation, TensorId,
};

use super::padding::Padding;
use crate::{ActivationName, ModelError, NormGroupingName, NormName, family::Stem};

/// What the blocks of a network have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) norm: NormName,
    pub(super) norm_grouping: NormGroupingName,
    pub(super) activation: ActivationName,
    pub(super) norm_epsilon: f64,
    pub(super) proxy_epsilon: f64,
}

/// What follows a convolution's norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    /// Nothing.
    Nothing,
    /// The activation; a proxy-normalised one scales its result.
    Activation,
    /// The activation; the scale of a proxy-normalised one is applied later, by the gate of the squeeze-excite, or
    /// absorbed by the fully connected layer.
    ActivationUnscaled,
}

/// A tensor and the proxy scale that has not been applied to it, `[C]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Activated {
    pub(super) tensor: TensorId,
    pub(super) delayed_scale: Option<TensorId>,
}

/// A squeeze-excite.
#[derive(Debug, Clone, Copy)]
pub(super) struct SqueezeExcite {
    /// Channels between the two pointwise convolutions.
    pub(super) squeezed: u64,
    /// Activation between them.
    pub(super) activation: Activation,
    /// Function of the gate.
    pub(super) gate: Activation,
}

/// Name, block and kind of a layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct LayerName<'a> {
    pub(super) name: &'a str,
    pub(super) block: &'a str,
    pub(super) kind: LayerKind,
}

/// Builds a network block by block.
pub(super) struct NetworkBuilder {
    builder: GraphBuilder,
    style: Style,
}

impl NetworkBuilder {
    /// A network without blocks, and its image: `[batch, 3, resolution, resolution]`.
    pub(super) fn new(
        name: String,
        style: Style,
        batch: u64,
        resolution: u64,
    ) -> Result<(Self, TensorId), ModelError> {
        Self::over_channels(name, style, batch, 3, resolution)
    }

    /// The same with an image of any number of channels.
    pub(super) fn over_channels(
        name: String,
        style: Style,
        batch: u64,
        channels: u64,
        resolution: u64,
    ) -> Result<(Self, TensorId), ModelError> {
        Self::over_input(name, style, "image", &[batch, channels, resolution, resolution])
    }

    /// The same with an input that is no image.
    pub(super) fn over_input(
        name: String,
        style: Style,
        input: &str,
        shape: &[u64],
    ) -> Result<(Self, TensorId), ModelError> {
        let mut builder = GraphBuilder::new(name, ElementType::F16);
        let input = builder.input(input, shape.to_vec(), ElementType::F16)?;
        Ok((Self { builder, style }, input))
    }

    /// The network, whose result is `output`.
    pub(super) fn finish(self, output: TensorId) -> Result<Graph, ModelError> {
        Ok(self.builder.finish(vec![output])?)
    }

    /// The activation of the layers that follow.
    pub(super) const fn activate_with(&mut self, activation: ActivationName) {
        self.style.activation = activation;
    }

    /// The builder, for operators that no other network shares.
    pub(super) fn operators(&mut self) -> &mut GraphBuilder {
        &mut self.builder
    }

    /// Channels of a tensor.
    pub(super) fn channels(&self, x: TensorId) -> u64 {
        self.builder.shape(x).get(1).copied().unwrap_or(1)
    }

    /// A dense convolution over a tensor, to be grouped, strided and padded.
    pub(super) fn over(&self, x: TensorId, out_channels: u64, kernel: u64) -> Convolution {
        let shape = self.builder.shape(x);
        let batch = shape.first().copied().unwrap_or(1);
        let input = shape.get(2..).unwrap_or(&[]);
        Convolution::new(
            batch,
            self.channels(x),
            out_channels,
            input,
            &vec![kernel; input.len()],
        )
    }

    /// A layer of convolution, norm and what follows.
    pub(super) fn convolution(
        &mut self,
        layer: LayerName,
        convolution: Convolution,
        x: TensorId,
        follow: Follow,
    ) -> Result<Activated, ModelError> {
        self.builder.layer(layer.name, layer.block, layer.kind);
        let name = layer.name;
        let weights = self
            .builder
            .parameter(format!("{name}/weights"), convolution.weight_shape())?;
        let y = self
            .builder
            .convolution(format!("{name}/conv"), convolution, x, weights, None)?;
        self.followed(name, y, follow)
    }

    /// The first convolution.
    pub(super) fn stem(
        &mut self,
        stem: &Stem,
        channels: u64,
        padding: Padding,
        image: TensorId,
    ) -> Result<TensorId, ModelError> {
        let convolution = padding.of(self.over(image, channels, stem.kernel), stem.stride);
        let layer = LayerName {
            name: "stem",
            block: "block0",
            kind: LayerKind::Conv,
        };
        let x = self.convolution(layer, convolution, image, Follow::Activation)?;
        Ok(x.tensor)
    }

    /// The last convolution, a pointwise one. The fully connected layer behind it absorbs a proxy scale.
    pub(super) fn top(&mut self, channels: u64, x: TensorId) -> Result<TensorId, ModelError> {
        let convolution = self.over(x, channels, 1);
        let layer = LayerName {
            name: "Top",
            block: "Top",
            kind: LayerKind::Conv,
        };
        let x = self.convolution(layer, convolution, x, Follow::ActivationUnscaled)?;
        Ok(x.tensor)
    }

    /// A layer of a norm and what follows, without convolution.
    pub(super) fn normalised(
        &mut self,
        layer: LayerName,
        x: TensorId,
        follow: Follow,
    ) -> Result<Activated, ModelError> {
        self.builder.layer(layer.name, layer.block, layer.kind);
        self.followed(layer.name, x, follow)
    }

    /// The norm and what follows it.
    fn followed(&mut self, name: &str, y: TensorId, follow: Follow) -> Result<Activated, ModelError> {
        let channels = self.channels(y);
        let proxy = self.style.norm.proxy;
        let activated = follow != Follow::Nothing;
        // A proxy-normalised activation holds scale and shift itself; elsewhere its norm keeps the scale.
        let norm = Norm {
            kind: self.norm_kind(channels),
            epsilon: self.style.norm_epsilon,
            gamma: !(proxy && activated),
            beta: !proxy,
        };
        let y = self.norm(&format!("{name}/norm"), norm, channels, y)?;
        if !activated {
            return Ok(Activated {
                tensor: y,
                delayed_scale: None,
            });
        }
        if proxy {
            return self.proxy_activation(
                &format!("{name}/activation"),
                channels,
                y,
                follow == Follow::Activation,
            );
        }
        let tensor = self.builder.activation(
            format!("{name}/activation"),
            self.style.activation.activation(),
            y,
        )?;
        Ok(Activated {
            tensor,
            delayed_scale: None,
        })
    }

    /// Squeeze-excite: the mean over space, two pointwise convolutions with bias, and a gate for each channel.
    ///
    /// A proxy scale that has not been applied to the tensor is applied to the gate instead (Masters et al. 2021).
    pub(super) fn squeeze_excite(
        &mut self,
        block: &str,
        x: Activated,
        gate: SqueezeExcite,
    ) -> Result<TensorId, ModelError> {
        let channels = self.channels(x.tensor);
        let name = format!("{block}/SEpool");
        self.builder.layer(&name, block, LayerKind::SqueezeExcitePool);
        let mean = self
            .builder
            .global_average_pool(format!("{name}/mean"), x.tensor)?;

        let name = format!("{block}/SE1");
        self.builder.layer(&name, block, LayerKind::SqueezeExciteFc);
        let y = self.pointwise_with_bias(&name, mean, gate.squeezed)?;
        let y = self
            .builder
            .activation(format!("{name}/activation"), gate.activation, y)?;

        let name = format!("{block}/SE2");
        self.builder.layer(&name, block, LayerKind::SqueezeExciteFc);
        let y = self.pointwise_with_bias(&name, y, channels)?;
        let mut gate = self.builder.activation(format!("{name}/gate"), gate.gate, y)?;
        if let Some(scale) = x.delayed_scale {
            let mut shape = vec![1; self.builder.shape(gate).len()];
            shape[1] = channels;
            let scale = self.builder.reshape(format!("{name}/scale"), scale, &shape)?;
            gate = self
                .builder
                .binary(format!("{name}/scaled_gate"), Binary::Multiply, gate, scale)?;
        }

        let name = format!("{block}/SEmul");
        self.builder.layer(&name, block, LayerKind::SqueezeExciteMultiply);
        Ok(self
            .builder
            .binary(format!("{name}/multiply"), Binary::Multiply, x.tensor, gate)?)
    }

    /// Adds the shortcut, with the activation after it where asked for. The sum lies where its first operand does: networks
    /// differ in which that is.
    pub(super) fn add(
        &mut self,
        block: &str,
        [first, second]: [TensorId; 2],
        activated: bool,
    ) -> Result<TensorId, ModelError> {
        let name = format!("{block}/add");
        self.builder.layer(&name, block, LayerKind::Add);
        let y = self
            .builder
            .binary(format!("{name}/sum"), Binary::Add, first, second)?;
        if !activated {
            return Ok(y);
        }
        let activation = self.style.activation.activation();
        Ok(self
            .builder
            .activation(format!("{name}/activation"), activation, y)?)
    }

    /// The mean over space and a fully connected layer with bias.
    pub(super) fn classifier(
        &mut self,
        block: &str,
        x: TensorId,
        classes: u64,
    ) -> Result<TensorId, ModelError> {
        let mean = self.mean(block, x)?;
        self.fully_connected(block, "logits", mean, classes, LayerKind::FullyConnected)
    }

    /// The mean over space and two fully connected layers with bias, an activation between them.
    pub(super) fn classifier_of_two(
        &mut self,
        block: &str,
        x: TensorId,
        hidden: u64,
        classes: u64,
    ) -> Result<TensorId, ModelError> {
        let mean = self.mean(block, x)?;
        let kind = LayerKind::FullyConnected;
        let y = self.fully_connected(block, "hidden", mean, hidden, kind)?;
        let y = self.activated(&format!("{block}/hidden/activation"), y)?;
        self.fully_connected(block, "logits", y, classes, kind)
    }

    /// The activation.
    pub(super) fn activated(&mut self, name: &str, x: TensorId) -> Result<TensorId, ModelError> {
        let activation = self.style.activation.activation();
        Ok(self.builder.activation(name, activation, x)?)
    }

    /// A norm with scale and shift.
    pub(super) fn plain_norm(&mut self, name: &str, x: TensorId) -> Result<TensorId, ModelError> {
        let channels = self.channels(x);
        let norm = Norm {
            kind: self.norm_kind(channels),
            epsilon: self.style.norm_epsilon,
            gamma: true,
            beta: true,
        };
        self.norm(name, norm, channels, x)
    }

    /// A convolution with bias.
    pub(super) fn biased_convolution(
        &mut self,
        name: &str,
        convolution: Convolution,
        x: TensorId,
    ) -> Result<TensorId, ModelError> {
        let weights = self
            .builder
            .parameter(format!("{name}/weights"), convolution.weight_shape())?;
        let bias = self
            .builder
            .parameter(format!("{name}/bias"), vec![convolution.out_channels()])?;
        Ok(self
            .builder
            .convolution(format!("{name}/conv"), convolution, x, weights, Some(bias))?)
    }

    /// The mean over space.
    pub(super) fn mean(&mut self, block: &str, x: TensorId) -> Result<TensorId, ModelError> {
        let name = format!("{block}/pool");
        self.builder.layer(&name, block, LayerKind::Pool);
        Ok(self.builder.global_average_pool(format!("{name}/mean"), x)?)
    }

    /// A fully connected layer with bias, of samples without space.
    pub(super) fn fully_connected(
        &mut self,
        block: &str,
        what: &str,
        x: TensorId,
        outputs: u64,
        kind: LayerKind,
    ) -> Result<TensorId, ModelError> {
        let channels = self.channels(x);
        let name = format!("{block}/{what}");
        self.builder.layer(&name, block, kind);
        let shape = self.builder.shape(x);
        let batch = shape.first().copied().unwrap_or(1);
        let flat = if shape.len() == 2 {
            x
        } else {
            let name = format!("{name}/flat");
            self.builder.reshape(name, x, &[batch, channels])?
        };
        let weights = self
            .builder
            .parameter(format!("{name}/weights"), vec![outputs, channels])?;
        let bias = self.builder.parameter(format!("{name}/bias"), vec![outputs])?;
        Ok(self
            .builder
            .fully_connected(format!("{name}/fc"), flat, weights, Some(bias))?)
    }

    fn pointwise_with_bias(
        &mut self,
        name: &str,
        x: TensorId,
        out_channels: u64,
    ) -> Result<TensorId, ModelError> {
        self.biased_convolution(name, self.over(x, out_channels, 1), x)
    }

    /// A tensor has no more norm groups than channels.
    fn norm_kind(&self, channels: u64) -> NormKind {
        match self.style.norm.kind {
            kind @ (NormKind::Batch | NormKind::CurrentBatch) => kind,
            NormKind::Group { groups: 1, .. } => NormKind::LAYER,
            NormKind::Group { groups, .. } => NormKind::Group {
                groups: groups.min(channels),
                grouping: self.style.norm_grouping.grouping(),
            },
        }
    }

    fn norm(&mut self, name: &str, norm: Norm, channels: u64, x: TensorId) -> Result<TensorId, ModelError> {
        let mut parameters = Vec::new();
        for role in norm.parameter_roles() {
            let parameter = format!("{name}/{role}");
            parameters.push(match role {
                "gamma" | "beta" => self.builder.parameter(parameter, vec![channels])?,
                _ => self.builder.statistic(parameter, vec![channels])?,
            });
        }
        Ok(self.builder.norm(name, norm, x, &parameters)?)
    }

    fn proxy_activation(
        &mut self,
        name: &str,
        channels: u64,
        x: TensorId,
        scale: bool,
    ) -> Result<Activated, ModelError> {
        let beta = self.builder.parameter(format!("{name}/beta"), vec![channels])?;
        let gamma = self.builder.parameter(format!("{name}/gamma"), vec![channels])?;
        let mean = self
            .builder
            .statistic(format!("{name}/proxy_mean"), vec![channels])?;
        let inverse_std = self
            .builder
            .statistic(format!("{name}/proxy_inverse_std"), vec![channels])?;
        let activation = ProxyActivation {
            activation: self.style.activation.activation(),
            scale,
            epsilon: self.style.proxy_epsilon,
        };
        let tensor = self
            .builder
            .proxy_activation(name, activation, x, [beta, gamma, mean, inverse_std])?;
        Ok(Activated {
            tensor,
            delayed_scale: (!scale).then_some(inverse_std),
        })
    }
}
