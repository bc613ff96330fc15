//! What a stage runs forward a second time.

use super::super::{Phase, TrainingGraph};
use crate::{OpKind, TensorId};

/// Which parts of a stage's forward pass are recomputed. It is cut into segments, which are recomputed one by one.
pub(super) struct Recomputation {
    /// Index of the first operator of every segment but the first; none where the stage is one segment.
    pub(super) segments: Vec<usize>,
    /// Whether the last segment is recomputed; all others are.
    pub(super) last: bool,
}

/// Operators that run again, and what they leave.
pub(super) struct Again {
    /// Those of each segment, as indices into the training graph, in order.
    pub(super) segments: Vec<Vec<usize>>,
    /// For each tensor of the training graph, the segment that puts it out again.
    segment_of: Vec<Option<usize>>,
}

impl Recomputation {
    /// Whether the first segment, which reads the stage's input, is recomputed.
    pub(super) fn of_first(&self) -> bool {
        self.last || !self.segments.is_empty()
    }

    /// The segment of an operator of the forward pass.
    fn segment(&self, index: usize) -> usize {
        self.segments.partition_point(|&first| first <= index)
    }

    /// The operators on which a stage's backward pass depends, within the segments that are recomputed. What passes from one segment
    /// to another is kept, and not worked out again.
    pub(super) fn again(&self, training: &TrainingGraph, is_own: impl Fn(usize) -> bool) -> Again {
        let graph = &training.graph;
        let forward = || training.ops(Phase::Forward).filter(|&index| is_own(index));
        let mut producer = vec![None; graph.tensors.len()];
        for index in forward() {
            producer[graph.ops[index].output.0 as usize] = Some(self.segment(index));
        }
        let mut is_kept = vec![false; graph.tensors.len()];
        for index in forward() {
            for id in &graph.ops[index].inputs {
                let from = producer[id.0 as usize];
                is_kept[id.0 as usize] |= from.is_some_and(|from| from != self.segment(index));
            }
        }
        let mut needed = vec![false; graph.tensors.len()];
        for index in training.ops(Phase::Backward).filter(|&index| is_own(index)) {
            for id in &graph.ops[index].inputs {
                needed[id.0 as usize] = true;
            }
        }
        let mut again = Again {
            segments: vec![Vec::new(); self.segments.len() + 1],
            segment_of: vec![None; graph.tensors.len()],
        };
        let forward: Vec<usize> = forward().collect();
        for index in forward.into_iter().rev() {
            let op = &graph.ops[index];
            let (output, segment) = (op.output.0 as usize, self.segment(index));
            // Random draws are kept, not drawn again.
            let is_drawn = matches!(op.kind, OpKind::RandomMask { .. });
            let is_recomputed = (segment < self.segments.len() || self.last) && !is_drawn;
            if is_recomputed && needed[output] && !is_kept[output] {
                again.segments[segment].push(index);
                again.segment_of[output] = Some(segment);
                for id in &op.inputs {
                    needed[id.0 as usize] = true;
                }
            }
        }
        for segment in &mut again.segments {
            segment.reverse();
        }
        again
    }
}

impl Again {
    /// The segment that puts a tensor out again.
    pub(super) fn segment_of(&self, id: TensorId) -> Option<usize> {
        self.segment_of[id.0 as usize]
    }
}
