//! Where a network can be cut.

use super::StageError;
use crate::{Graph, TensorId, TensorKind};

/// A place where a network can be cut: one activation crosses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutPoint {
    /// The split: the block, or layer, that the next stage starts with.
    pub split: String,
    /// The first layer of the next stage.
    pub layer: usize,
}

/// The stage of every layer, where the network is cut before each of `splits`.
///
/// # Errors
/// Where a split names nothing, or splits are out of order.
pub fn stage_of_layers(network: &Graph, splits: &[String]) -> Result<Vec<usize>, StageError> {
    let mut firsts = Vec::with_capacity(splits.len());
    for split in splits {
        let first = first_op(network, split).ok_or_else(|| StageError::UnknownSplit {
            split: split.clone(),
            blocks: blocks(network),
        })?;
        if firsts.last().map_or(0, |&last| last) >= first {
            return Err(StageError::Order { split: split.clone() });
        }
        firsts.push(first);
    }
    let mut stages = vec![0; network.layers.len()];
    for (index, op) in network.ops.iter().enumerate().rev() {
        stages[op.layer.0 as usize] = firsts.partition_point(|&first| first <= index);
    }
    Ok(stages)
}

/// Names of the first operator of every segment but the first, where a network is recomputed in segments from each of `segments` on:
/// blocks, layers or operators.
///
/// # Errors
/// Where a segment names nothing, or segments are out of order.
pub(super) fn first_ops_of_segments<'a>(
    network: &'a Graph,
    segments: &[String],
) -> Result<Vec<&'a str>, StageError> {
    let mut last = 0;
    let mut names = Vec::with_capacity(segments.len());
    for segment in segments {
        let named = || network.ops.iter().position(|op| op.name == *segment);
        let first = first_op(network, segment).or_else(named);
        let first = first.ok_or_else(|| StageError::UnknownSegment {
            segment: segment.clone(),
            blocks: blocks(network),
        })?;
        if first <= last {
            return Err(StageError::SegmentOrder {
                segment: segment.clone(),
            });
        }
        names.push(network.ops[first].name.as_str());
        last = first;
    }
    Ok(names)
}

/// All places where a network can be cut into stages, in its order: starts of blocks, and of layers within blocks.
pub fn cut_points(network: &Graph) -> Vec<CutPoint> {
    let mut points: Vec<CutPoint> = Vec::new();
    let mut before = None;
    for op in network.ops.iter().skip(1) {
        let layer = op.layer.0 as usize;
        if before.replace(layer) == Some(layer) || points.iter().any(|point| point.layer == layer) {
            continue;
        }
        let described = &network.layers[layer];
        let starts_block = network
            .ops
            .iter()
            .find(|op| network.layer(op.layer).block == described.block)
            .is_some_and(|first| first.layer == op.layer);
        let split = if starts_block {
            described.block.clone()
        } else {
            described.name.clone()
        };
        let splits = [split];
        let cut =
            stage_of_layers(network, &splits).and_then(|of_layer| crossing(network, &of_layer, &splits));
        if cut.is_ok() {
            let [split] = splits;
            points.push(CutPoint { split, layer });
        }
    }
    points
}

/// The tensor that crosses each cut.
pub(super) fn crossing(
    network: &Graph,
    of_layer: &[usize],
    splits: &[String],
) -> Result<Vec<TensorId>, StageError> {
    let mut producer = vec![0; network.tensors.len()];
    for op in &network.ops {
        producer[op.output.0 as usize] = of_layer[op.layer.0 as usize];
    }
    let mut crossing: Vec<Vec<TensorId>> = vec![Vec::new(); splits.len()];
    let mut far = vec![false; splits.len()];
    for op in &network.ops {
        let reader = of_layer[op.layer.0 as usize];
        for &id in &op.inputs {
            // Parameters lie where they are read; that they are read in one stage only is held against the training graph.
            if matches!(
                network.tensor(id).kind,
                TensorKind::Parameter | TensorKind::Statistic
            ) {
                continue;
            }
            let from = producer[id.0 as usize];
            for cut in from..reader {
                if !crossing[cut].contains(&id) {
                    crossing[cut].push(id);
                }
                far[cut] |= reader - from > 1;
            }
        }
    }
    crossing
        .into_iter()
        .zip(far)
        .zip(splits)
        .map(|((tensors, far), split)| match tensors.as_slice() {
            &[tensor] if !far => Ok(tensor),
            _ => Err(StageError::Crossing {
                split: split.clone(),
                tensors: tensors
                    .iter()
                    .map(|&id| network.tensor(id).name.clone())
                    .collect(),
            }),
        })
        .collect()
}

/// The first operator of a block or layer.
fn first_op(network: &Graph, split: &str) -> Option<usize> {
    let is = |name: fn(&crate::Layer) -> &str| {
        network
            .ops
            .iter()
            .position(|op| name(network.layer(op.layer)) == split)
    };
    is(|layer| &layer.block).or_else(|| is(|layer| &layer.name))
}

fn blocks(network: &Graph) -> Vec<String> {
    let mut blocks: Vec<String> = network.layers.iter().map(|layer| layer.block.clone()).collect();
    blocks.dedup();
    blocks
}
