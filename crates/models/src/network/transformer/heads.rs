//! Rows of tokens as the groups of a product, and back: every head of every sequence is a group.

use tilesim_graph::{GraphError, Rearrangement, RearrangementError, ShapeError, SourceIndex, TensorId};

use crate::{ModelError, network::blocks::NetworkBuilder};

/// Sequences, tokens of each, heads, and channels of a head.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeadShape {
    pub(super) sequences: u64,
    pub(super) tokens: u64,
    pub(super) heads: u64,
    pub(super) channels: u64,
}

impl HeadShape {
    /// Groups of a product.
    pub(super) const fn groups(self) -> u64 {
        self.sequences * self.heads
    }

    /// Queries as the samples of a product: `[N·T, H·D]` → `[T, N·H·D, 1]`.
    pub(super) fn as_samples(
        self,
        network: &mut NetworkBuilder,
        name: &str,
        rows: TensorId,
    ) -> Result<TensorId, ModelError> {
        self.moved(network, name, rows, [&[1], &[0, 2, 3], &[]], &[&[0, 1], &[2, 3]])
    }

    /// Keys as the weights of a product: `[N·T, H·D]` → `[N·H·T, D, 1]`.
    pub(super) fn as_keys(
        self,
        network: &mut NetworkBuilder,
        name: &str,
        rows: TensorId,
    ) -> Result<TensorId, ModelError> {
        self.moved(network, name, rows, [&[0, 2, 1], &[3], &[]], &[&[0, 1], &[2, 3]])
    }

    /// Values as the weights of a product: `[N·T, H·D]` → `[N·H·D, T, 1]`.
    pub(super) fn as_values(
        self,
        network: &mut NetworkBuilder,
        name: &str,
        rows: TensorId,
    ) -> Result<TensorId, ModelError> {
        self.moved(network, name, rows, [&[0, 2, 3], &[1], &[]], &[&[0, 1], &[2, 3]])
    }

    /// What a product puts out as rows again: `[T, N·H·D, 1]` → `[N·T, H·D]`.
    pub(super) fn as_rows(
        self,
        network: &mut NetworkBuilder,
        name: &str,
        product: TensorId,
    ) -> Result<TensorId, ModelError> {
        self.moved(
            network,
            name,
            product,
            [&[0, 1], &[2, 3]],
            &[&[1], &[0, 2, 3], &[]],
        )
    }

    /// A movement by the variables of the space: sequence, token, head, channel.
    fn moved<const R: usize>(
        self,
        network: &mut NetworkBuilder,
        name: &str,
        x: TensorId,
        result: [&[u8]; R],
        source: &[&[u8]],
    ) -> Result<TensorId, ModelError> {
        let by = Rearrangement {
            sizes: vec![self.sequences, self.tokens, self.heads, self.channels],
            result: result.map(<[u8]>::to_vec).to_vec(),
            sources: vec![
                source
                    .iter()
                    .map(|digits| SourceIndex::Digits(digits.to_vec()))
                    .collect(),
            ],
            fill: 0.0,
        };
        moved(network, name, Ok(by), vec![x])
    }
}

/// A movement; one that leaves every element where it is in its order is a reshape.
pub(super) fn moved(
    network: &mut NetworkBuilder,
    name: &str,
    by: Result<Rearrangement, RearrangementError>,
    operands: Vec<TensorId>,
) -> Result<TensorId, ModelError> {
    let by = by.map_err(|error| GraphError::Shape {
        op: name.to_owned(),
        source: ShapeError::from(error),
    })?;
    match *operands.as_slice() {
        [x] if by.is_identity() => Ok(x),
        [x] if by.is_reshape() => Ok(network.operators().reshape(name, x, &by.shape())?),
        _ => Ok(network.operators().rearrange(name, by, operands)?),
    }
}
