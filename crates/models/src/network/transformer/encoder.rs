//! A layer of an encoder: attention of every token to all of its sequence, then two fully connected layers, each with a residual.

use tilesim_graph::{Binary, Convolution, LayerKind, OpKind, Rearrangement, SliceRange, TensorId};

use super::heads::{self, HeadShape};
use crate::{
    ModelError,
    family::EncoderVariant,
    network::{blocks::NetworkBuilder, limits},
};

/// Where a layer normalises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NormPlace {
    /// Before attention and perceptron, beside the residual (vision transformers).
    Before,
    /// Behind the sum with the residual (BERT).
    Behind,
}

/// An encoder of sequences.
pub(super) struct Encoder {
    pub(super) sizes: EncoderVariant,
    heads: HeadShape,
    norm: NormPlace,
}

impl Encoder {
    /// An encoder of so many sequences of so many tokens.
    ///
    /// # Errors
    /// Where the width does not divide into heads.
    pub(super) fn new(
        sizes: EncoderVariant,
        [sequences, tokens]: [u64; 2],
        norm: NormPlace,
    ) -> Result<Self, ModelError> {
        limits::blocks(sizes.layers)?;
        let heads = limits::size("heads", sizes.heads)?;
        if !sizes.width.is_multiple_of(heads) {
            return Err(ModelError::Value {
                field: "heads",
                got: heads.to_string(),
                expected: format!("a divisor of the width {}", sizes.width),
            });
        }
        Ok(Self {
            sizes,
            heads: HeadShape {
                sequences,
                tokens,
                heads,
                channels: sizes.width / heads,
            },
            norm,
        })
    }

    /// A layer: rows of tokens go in and come out.
    pub(super) fn layer(
        &self,
        network: &mut NetworkBuilder,
        block: &str,
        rows: TensorId,
    ) -> Result<TensorId, ModelError> {
        let attend = |network: &mut NetworkBuilder, x| self.attention(network, block, x);
        let rows = self.residual(network, block, "attention", rows, attend)?;
        let perceive = |network: &mut NetworkBuilder, x| self.perceptron(network, block, x);
        self.residual(network, block, "perceptron", rows, perceive)
    }

    /// What a part makes of rows, added to them.
    fn residual(
        &self,
        network: &mut NetworkBuilder,
        block: &str,
        part: &str,
        rows: TensorId,
        make: impl FnOnce(&mut NetworkBuilder, TensorId) -> Result<TensorId, ModelError>,
    ) -> Result<TensorId, ModelError> {
        let x = match self.norm {
            NormPlace::Before => {
                let name = format!("{block}/{part}_norm");
                network.operators().layer(&name, block, LayerKind::Elementwise);
                network.plain_norm(&format!("{name}/norm"), rows)?
            }
            NormPlace::Behind => rows,
        };
        let y = make(network, x)?;
        let name = format!("{block}/{part}_add");
        network.operators().layer(&name, block, LayerKind::Add);
        let sum = network
            .operators()
            .binary(format!("{name}/sum"), Binary::Add, y, rows)?;
        match self.norm {
            NormPlace::Before => Ok(sum),
            NormPlace::Behind => network.plain_norm(&format!("{name}/norm"), sum),
        }
    }

    /// softmax(q · k / √d) · v of every head, and the product that joins heads.
    fn attention(
        &self,
        network: &mut NetworkBuilder,
        block: &str,
        x: TensorId,
    ) -> Result<TensorId, ModelError> {
        let [queries, keys, values] = self.projected(network, block, x)?;
        let heads = self.heads;
        let name = format!("{block}/heads");
        network.operators().layer(&name, block, LayerKind::Rearrangement);
        let queries = heads.as_samples(network, &format!("{name}/queries"), queries)?;
        let keys = heads.as_keys(network, &format!("{name}/keys"), keys)?;
        let values = heads.as_values(network, &format!("{name}/values"), values)?;

        let name = format!("{block}/scores");
        network.operators().layer(&name, block, LayerKind::Attention);
        let factor = 1.0 / (heads.channels as f64).sqrt();
        let queries =
            network
                .operators()
                .op(format!("{name}/scaled"), OpKind::Scale { factor }, vec![queries])?;
        let scores = self.product(
            network,
            &format!("{name}/product"),
            [heads.channels, heads.tokens],
            [queries, keys],
        )?;

        let name = format!("{block}/softmax");
        network.operators().layer(&name, block, LayerKind::Attention);
        let shape = [heads.tokens, heads.groups(), heads.tokens];
        let scores = network
            .operators()
            .reshape(format!("{name}/scores"), scores, &shape)?;
        let shares = network.operators().op(
            format!("{name}/softmax"),
            OpKind::Softmax { axes: 2..3 },
            vec![scores],
        )?;
        let shape = [heads.tokens, heads.groups() * heads.tokens, 1];
        let shares = network
            .operators()
            .reshape(format!("{name}/shares"), shares, &shape)?;

        let name = format!("{block}/values");
        network.operators().layer(&name, block, LayerKind::Attention);
        let joined = self.product(
            network,
            &format!("{name}/product"),
            [heads.tokens, heads.channels],
            [shares, values],
        )?;
        let rows = heads.as_rows(network, &format!("{name}/rows"), joined)?;
        network.fully_connected(
            block,
            "projection",
            rows,
            self.sizes.width,
            LayerKind::FullyConnected,
        )
    }

    /// Queries, keys and values as rows: columns of one product.
    fn projected(
        &self,
        network: &mut NetworkBuilder,
        block: &str,
        x: TensorId,
    ) -> Result<[TensorId; 3], ModelError> {
        let width = self.sizes.width;
        let kind = LayerKind::FullyConnected;
        let all = network.fully_connected(block, "query_key_value", x, 3 * width, kind)?;
        let name = format!("{block}/slices");
        network.operators().layer(&name, block, LayerKind::Rearrangement);
        let shape = [self.heads.sequences * self.heads.tokens, 3 * width];
        let mut part = |index: u64, what: &str| {
            let columns = SliceRange {
                start: index * width,
                count: width,
                step: 1,
            };
            let by = Rearrangement::slice(&shape, &[SliceRange::whole(shape[0]), columns]);
            heads::moved(network, &format!("{name}/{what}"), by, vec![all])
        };
        Ok([part(0, "query")?, part(1, "key")?, part(2, "value")?])
    }

    /// A product of each head: `[T, groups · inputs, 1]` with `[groups · outputs, inputs, 1]`.
    fn product(
        &self,
        network: &mut NetworkBuilder,
        name: &str,
        [inputs, outputs]: [u64; 2],
        [x, weights]: [TensorId; 2],
    ) -> Result<TensorId, ModelError> {
        let groups = self.heads.groups();
        let mut convolution =
            Convolution::new(self.heads.tokens, groups * inputs, groups * outputs, &[1], &[1]);
        convolution.conv_groups = groups;
        convolution.in_channels_per_group = inputs;
        convolution.out_channels_per_group = outputs;
        Ok(network
            .operators()
            .convolution(name, convolution, x, weights, None)?)
    }

    /// Two fully connected layers with the activation between them.
    fn perceptron(
        &self,
        network: &mut NetworkBuilder,
        block: &str,
        x: TensorId,
    ) -> Result<TensorId, ModelError> {
        let kind = LayerKind::FullyConnected;
        let hidden = network.fully_connected(block, "expand", x, self.sizes.hidden, kind)?;
        let hidden = network.activated(&format!("{block}/expand/activation"), hidden)?;
        network.fully_connected(block, "project", hidden, self.sizes.width, kind)
    }
}
