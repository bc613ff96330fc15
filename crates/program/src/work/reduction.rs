//! Sums of what other tiles have computed.

use std::ops::RangeInclusive;

use tilesim_machine::ElementType;

use super::{WorkClass, classes_of};
use crate::{
    Scalar, Vertex,
    vertex::{
        reduce_add::ReduceAddVertex,
        vector::{ReduceForm, ReduceOp, ReduceVertex, VectorVertex},
    },
};
use tilesim_geometry::{PartialResultsTransfer, PartialSumsExchange, Placement, ReductionShare};

/// One stage of the reduction of a convolution's partial sums.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReduceAddWork {
    /// The exchange that has brought the partial sums.
    pub stage: PartialSumsExchange,
    /// Type of the partial sums.
    pub partials_type: ElementType,
    /// Type of the results.
    pub output_type: ElementType,
    /// Outputs that a worker accumulates at once; multiples of it can be reduced from one contiguous buffer.
    pub accumulated_elements: u64,
    /// Bytes of received partial sums up to which they are put in one contiguous buffer.
    pub contiguous_bytes: u64,
}

impl ReduceAddWork {
    /// Tiles with equal work.
    pub fn classes(&self) -> Vec<WorkClass> {
        classes_of(&self.stage.shares_by_tile(), |share| self.vertex(*share))
    }

    /// Values of `contiguous_bytes` with which every tile's work is what it is.
    pub fn contiguous_range(&self) -> RangeInclusive<u64> {
        let shares = self.stage.shares_by_tile();
        let received = shares
            .iter()
            .filter(|share| share.outputs > 0 && share.outputs.is_multiple_of(self.accumulated_elements))
            .map(|share| self.received_bytes(share));
        received.fold(0..=u64::MAX, |range, bytes| {
            if bytes < self.contiguous_bytes {
                bytes.saturating_add(1).max(*range.start())..=*range.end()
            } else {
                *range.start()..=bytes.min(*range.end())
            }
        })
    }

    fn received_bytes(&self, share: &ReductionShare) -> u64 {
        share.outputs * share.depth.saturating_sub(1) * self.partials_type.bytes()
    }

    /// What a tile with such a share does; `None` where it adds up nothing.
    pub(super) fn vertex(&self, share: ReductionShare) -> Option<Vertex> {
        let ReductionShare { outputs, depth } = share;
        (outputs > 0).then(|| {
            let received = self.received_bytes(&share);
            Vertex::ReduceAdd(ReduceAddVertex {
                partials_type: self.partials_type,
                output_type: self.output_type,
                outputs,
                depth,
                single_input: outputs.is_multiple_of(self.accumulated_elements)
                    && received < self.contiguous_bytes,
                interleaved: false,
            })
        })
    }
}

/// Which channels (dimension 1) share a result of a reduction that leaves several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channels {
    /// Runs of so many neighbours; 1 where every channel has its own.
    Runs(u64),
    /// Every so many: so many results, channel c shares that of c modulo their number.
    Modulo(u64),
}

impl Channels {
    /// Which result a channel shares.
    pub const fn result(self, channel: u64) -> u64 {
        match self {
            Self::Runs(size) => channel / size,
            Self::Modulo(results) => channel % results,
        }
    }

    /// Whether channels are joined.
    pub const fn join(self) -> bool {
        !matches!(self, Self::Runs(1))
    }
}

/// Reduces what a tile holds over any dimensions, and over runs of channels.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LocalReductionWork {
    /// What each tile holds.
    pub over: Placement,
    /// The results that it has partials of.
    pub results: Placement,
    /// Channels that share a result, where not all of them do.
    pub channels: Channels,
    /// Tensors that lie alike and are reduced at once, each to results of its own.
    pub tensors: u64,
    /// What is accumulated.
    pub op: ReduceOp,
    /// How the elements lie.
    pub form: ReduceForm,
    /// Type of the elements.
    pub partials_type: ElementType,
    /// Type of the results.
    pub output_type: ElementType,
}

impl LocalReductionWork {
    /// Tiles with equal work.
    pub fn classes(&self) -> Vec<WorkClass> {
        classes_of(&self.shares_by_tile(), |&share| self.vertex(share))
    }

    /// Elements that every tile reduces, and results that it has partials of.
    pub(super) fn shares_by_tile(&self) -> Vec<(u64, u64)> {
        let elements = self.over.elements_by_tile();
        elements
            .into_iter()
            .zip(self.results.elements_by_tile())
            .collect()
    }

    /// What a tile with such a share does.
    pub(super) fn vertex(&self, (elements, outputs): (u64, u64)) -> Option<Vertex> {
        let vertex = ReduceVertex {
            op: self.op,
            form: self.form,
            partials_type: self.partials_type,
            out_type: self.output_type,
            update: false,
            outputs: outputs * self.tensors,
            partials: elements.div_ceil(outputs.max(1)),
        };
        (elements > 0).then_some(Vertex::Vector(VectorVertex::Reduce(vertex)))
    }
}

/// Adds up (or takes the largest of) the partial results that other tiles have sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PartialsWork {
    /// The exchange that has brought them.
    pub transfer: PartialResultsTransfer,
    /// Tensors whose partial results have been brought alike and are added up at once.
    pub tensors: u64,
    /// What is accumulated.
    pub op: ReduceOp,
    /// Type of the partial results.
    pub partials_type: ElementType,
    /// Type of the results.
    pub output_type: ElementType,
    /// What every result is multiplied with, as the reduction writes it.
    pub scale: Scalar,
}

impl PartialsWork {
    /// Tiles with equal work.
    pub fn classes(&self) -> Vec<WorkClass> {
        classes_of(&self.shares_by_tile(), |share| self.vertex(*share))
    }

    /// Results of every tile and how many partial results each is made of.
    pub(super) fn shares_by_tile(&self) -> Vec<(u64, u64)> {
        let outputs = self.transfer.to.elements_by_tile();
        outputs.into_iter().zip(self.transfer.depth_by_tile()).collect()
    }

    /// What a tile with such a share does; `None` where it has no results.
    pub(super) fn vertex(&self, (outputs, depth): (u64, u64)) -> Option<Vertex> {
        let outputs = outputs * self.tensors;
        (outputs > 0).then_some(Vertex::Vector(VectorVertex::Reduce(ReduceVertex {
            op: self.op,
            form: ReduceForm::Strided { stride: outputs },
            partials_type: self.partials_type,
            out_type: self.output_type,
            update: false,
            outputs,
            partials: depth,
        })))
    }
}
