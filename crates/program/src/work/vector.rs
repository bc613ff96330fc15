//! Vector kernels over the elements that a tile holds.

use tilesim_machine::ElementType;

use super::{Slicing, WorkClass};
use crate::{
    Scalar, Vertex,
    vertex::vector::{
        BinaryOp, BinaryVertex, BroadcastScalarVertex, BroadcastVectorInnerVertex,
        BroadcastVectorOuterVertex, CastVertex, CopyVertex, CrossEntropyVertex, DynamicSliceVertex,
        FillVertex, InverseStandardDeviationVertex, MultiSliceVertex, NonLinearity,
        NonLinearityGradientVertex, NonLinearityVertex, RandomMaskVertex, ReduceForm, ReduceOp, ReduceVertex,
        ScalarOp, ScaledAddKind, ScaledAddVertex, SelectVertex, TransposeVertex, UnaryOp, UnaryVertex,
        VectorVertex,
    },
};
use tilesim_geometry::{Extent, Placement};

/// Which positions a copy reads and writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CopyPositions {
    /// Each where it is.
    Same,
    /// Position `p` of dimension `d` from position `p · strides[d]`; dimensions beyond have stride 1.
    Gather([u64; 3]),
    /// Position `p` of dimension `d` to position `p · strides[d]`; what is between keeps its values.
    Scatter([u64; 3]),
    /// Channel `c` of a slice from channel `start + c` of the whole.
    Take {
        /// Channel of the whole with which the slice begins.
        start: u64,
    },
    /// Channel `c` of a slice to channel `start + c` of the whole; what is around keeps its values.
    Put {
        /// Channel of the whole with which the slice begins.
        start: u64,
    },
}

/// What the second operand of a scaled sum is multiplied with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Factor {
    /// A constant of the kernel.
    Constant(Scalar),
    /// The one element of a third operand.
    Operand,
    /// The same with its sign turned.
    NegatedOperand,
}

/// A vector kernel, before it is known how much of it a tile does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    reason = "the fields are those of the vertices of the same names"
)]
pub enum VectorKernel {
    /// A function of every element.
    Unary {
        op: UnaryOp,
        element_type: ElementType,
        in_place: bool,
    },
    /// A function of two tensors that lie alike.
    Binary {
        op: BinaryOp,
        element_type: ElementType,
        in_place: bool,
    },
    /// A fused non-linearity.
    NonLinearity {
        non_linearity: NonLinearity,
        element_type: ElementType,
        in_place: bool,
    },
    /// A function of every element and one constant: the given one, or else the one element of the second operand.
    BroadcastScalar {
        op: ScalarOp,
        element_type: ElementType,
        in_place: bool,
        value: Option<Scalar>,
    },
    /// A function of every element and the vector element of its channel; `per_sample` vectors differ from sample to sample.
    BroadcastChannel {
        op: BinaryOp,
        element_type: ElementType,
        in_place: bool,
        per_sample: bool,
    },
    /// A function of every element and the element of its group of a vector of so many groups, which repeats along the channels;
    /// `per_sample` vectors differ from sample to sample.
    BroadcastGroups {
        op: BinaryOp,
        element_type: ElementType,
        in_place: bool,
        groups: u64,
        per_sample: bool,
    },
    /// A function of every element and the scalar of its sample.
    BroadcastSample {
        op: BinaryOp,
        element_type: ElementType,
        in_place: bool,
    },
    /// A function of every element and the scalar of its position and sample, which all channels share.
    BroadcastPosition {
        op: BinaryOp,
        element_type: ElementType,
        in_place: bool,
    },
    /// A change of number format.
    Cast { from: ElementType, to: ElementType },
    /// The gradient of a fused non-linearity, from the gradient of its output and its operand (or output, which determines it).
    NonLinearityGradient {
        non_linearity: NonLinearity,
        element_type: ElementType,
    },
    /// Writing one value.
    Fill {
        element_type: ElementType,
        value: Scalar,
    },
    /// Repeating elements along dimensions of which the operand has one index only.
    Repeat { element_type: ElementType },
    /// Writing a value at the class of every sample's label, which is the operand; the other elements keep theirs.
    SetLabel {
        element_type: ElementType,
        value: Scalar,
    },
    /// −target · ln probability of every class, and what goes with it on the way to its gradient. Operands: probabilities, targets.
    CrossEntropy { element_type: ElementType },
    /// Random factors of dropout.
    RandomMask { element_type: ElementType, rate: Scalar },
    /// The second operand where the first is positive, and else the third.
    SelectPositive { element_type: ElementType },
    /// Copying in contiguous pieces.
    Copy {
        element_bytes: u64,
        piece_bytes: u64,
        positions: CopyPositions,
    },
    /// Transposing matrices of so many rows and columns.
    Transpose {
        element_type: ElementType,
        rows: u64,
        columns: u64,
    },
    /// a := own · a + factor · b for two tensors that lie alike, of which b may be of another type.
    ScaledAdd {
        element_type: ElementType,
        other_type: ElementType,
        own: Scalar,
        factor: Factor,
    },
    /// Copying the slice of a loop's present round, in either direction; `over` is the slice.
    DynamicSlice {
        element_type: ElementType,
        slicing: Slicing,
    },
    /// Accumulating over the positions of every channel, for every sample or over all of them.
    ReducePositions {
        op: ReduceOp,
        per_sample: bool,
        partials_type: ElementType,
        out_type: ElementType,
    },
    /// Accumulating over all channels and positions, for every sample or over all of them.
    ReduceSample {
        op: ReduceOp,
        per_sample: bool,
        partials_type: ElementType,
        out_type: ElementType,
    },
    /// Accumulating over runs of so many channels of every sample, and all positions of each, for all of the run's channels.
    ReduceGroups {
        op: ReduceOp,
        channels: u64,
        partials_type: ElementType,
        out_type: ElementType,
    },
    /// Repeating an element for every channel of a run of so many.
    RepeatChannels {
        channels: u64,
        element_type: ElementType,
    },
    /// 1 / √(power − mean² + ε) of the mean and the mean square; where `stable` of the variance alone.
    InverseStandardDeviation {
        mean_type: ElementType,
        power_type: ElementType,
        out_type: ElementType,
        stable: bool,
        epsilon: Scalar,
    },
}

/// A vector kernel over what every tile holds of a placement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VectorWork {
    /// What each tile works on.
    pub over: Placement,
    /// What it does.
    pub kernel: VectorKernel,
}

impl VectorWork {
    /// What a tile with such a part does.
    pub fn vertex(&self, extent: Extent) -> VectorVertex {
        self.kernel.vertex(extent, self.over.channel_block)
    }

    /// Tiles with equal work.
    pub fn classes(&self) -> Vec<WorkClass> {
        self.over
            .extent_classes()
            .into_iter()
            .map(|(extent, tiles)| WorkClass {
                vertex: Vertex::Vector(self.vertex(extent)),
                tiles,
            })
            .collect()
    }
}

impl VectorKernel {
    /// What a tile with a part of `extent`, in blocks of `channel_block` channels, does.
    fn vertex(self, extent: Extent, channel_block: u64) -> VectorVertex {
        let elements = extent.elements;
        let channels = extent.channels.max(1);
        let samples = extent.samples.max(1);
        // Channels that lie side by side, and the blocks of them.
        let slice_length = channel_block.clamp(1, channels);
        let blocks = channels.div_ceil(slice_length);
        match self {
            Self::Unary {
                op,
                element_type,
                in_place,
            } => VectorVertex::Unary(UnaryVertex {
                op,
                element_type,
                in_place,
                elements,
            }),
            Self::Binary {
                op,
                element_type,
                in_place,
            } => VectorVertex::Binary(BinaryVertex {
                op,
                element_type,
                in_place,
                elements,
            }),
            Self::NonLinearity {
                non_linearity,
                element_type,
                in_place,
            } => VectorVertex::NonLinearity(NonLinearityVertex {
                non_linearity,
                element_type,
                in_place,
                elements,
            }),
            Self::BroadcastScalar {
                op,
                element_type,
                in_place,
                value: _,
            } => VectorVertex::BroadcastScalar(BroadcastScalarVertex {
                op,
                element_type,
                in_place,
                elements,
                regions: 1,
            }),
            Self::BroadcastChannel {
                op,
                element_type,
                in_place,
                per_sample,
            } => {
                let vectors = if per_sample { samples } else { 1 };
                // The kernel of rows does not divide.
                if slice_length == 1 && op != BinaryOp::Divide {
                    // Every channel's positions lie side by side.
                    return VectorVertex::BroadcastVectorOuter(BroadcastVectorOuterVertex {
                        op,
                        element_type,
                        in_place,
                        by_row: true,
                        allow_misaligned: true,
                        rows: channels * vectors,
                        columns: elements.div_ceil(channels * vectors),
                    });
                }
                VectorVertex::BroadcastVectorInner(BroadcastVectorInnerVertex {
                    op,
                    element_type,
                    in_place,
                    slice_length,
                    broadcast_factor: elements.div_ceil(blocks * slice_length * vectors),
                    slices: blocks * vectors,
                })
            }
            Self::BroadcastGroups {
                op,
                element_type,
                in_place,
                groups,
                per_sample,
            } => {
                let vectors = if per_sample { samples } else { 1 };
                // A block that holds all groups repeats them; smaller ones have a part of the vector each.
                let (length, slices) = if slice_length >= groups {
                    (groups.min(channels), vectors)
                } else {
                    (slice_length, blocks * vectors)
                };
                if length == 1 && op != BinaryOp::Divide {
                    return VectorVertex::BroadcastVectorOuter(BroadcastVectorOuterVertex {
                        op,
                        element_type,
                        in_place,
                        by_row: true,
                        allow_misaligned: true,
                        rows: slices,
                        columns: elements.div_ceil(slices),
                    });
                }
                VectorVertex::BroadcastVectorInner(BroadcastVectorInnerVertex {
                    op,
                    element_type,
                    in_place,
                    slice_length: length,
                    broadcast_factor: elements.div_ceil(length * slices),
                    slices,
                })
            }
            Self::BroadcastSample {
                op,
                element_type,
                in_place,
            } => VectorVertex::BroadcastScalar(BroadcastScalarVertex {
                op: ScalarOp::Binary(op),
                element_type,
                in_place,
                elements,
                regions: samples,
            }),
            Self::BroadcastPosition {
                op,
                element_type,
                in_place,
            } => {
                if slice_length == 1 {
                    // The scalars of all positions lie side by side, as the positions of every channel do.
                    return VectorVertex::BroadcastVectorInner(BroadcastVectorInnerVertex {
                        op,
                        element_type,
                        in_place,
                        slice_length: elements.div_ceil(channels),
                        broadcast_factor: channels,
                        slices: 1,
                    });
                }
                let rows = elements.div_ceil(slice_length);
                VectorVertex::BroadcastVectorOuter(BroadcastVectorOuterVertex {
                    op,
                    element_type,
                    in_place,
                    by_row: rows >= 6,
                    allow_misaligned: true,
                    rows,
                    columns: slice_length,
                })
            }
            Self::Cast { from, to } => VectorVertex::Cast(CastVertex { from, to, elements }),
            Self::NonLinearityGradient {
                non_linearity,
                element_type,
            } => VectorVertex::NonLinearityGradient(NonLinearityGradientVertex {
                non_linearity,
                element_type,
                elements,
            }),
            Self::Fill {
                element_type,
                value: _,
            } => VectorVertex::Fill(FillVertex {
                element_type,
                elements,
            }),
            Self::Repeat { element_type } => VectorVertex::Copy(CopyVertex {
                bytes: elements * element_type.bytes(),
                piece_bytes: slice_length * element_type.bytes(),
            }),
            Self::SetLabel {
                element_type,
                value: _,
            } => VectorVertex::MultiSlice(MultiSliceVertex {
                element_type,
                row_elements: 1,
                offsets: samples,
            }),
            Self::CrossEntropy { element_type } => VectorVertex::CrossEntropy(CrossEntropyVertex {
                element_type,
                elements,
            }),
            Self::RandomMask {
                element_type,
                rate: _,
            } => VectorVertex::RandomMask(RandomMaskVertex {
                element_type,
                elements,
            }),
            Self::SelectPositive { element_type } => VectorVertex::Select(SelectVertex {
                element_type,
                elements,
            }),
            Self::Copy {
                element_bytes,
                piece_bytes,
                positions: _,
            } => VectorVertex::Copy(CopyVertex {
                bytes: elements * element_bytes,
                piece_bytes,
            }),
            Self::Transpose {
                element_type,
                rows,
                columns,
            } => VectorVertex::Transpose(TransposeVertex {
                element_type,
                matrices: elements.div_ceil((rows * columns).max(1)),
                rows,
                columns,
            }),
            Self::ScaledAdd {
                element_type,
                other_type,
                own,
                factor,
            } => VectorVertex::ScaledAdd(ScaledAddVertex {
                kind: match factor {
                    _ if own != Scalar::ONE => ScaledAddKind::ScaleBoth,
                    Factor::Constant(_) | Factor::Operand => ScaledAddKind::Add,
                    Factor::NegatedOperand => ScaledAddKind::Subtract,
                },
                a_type: element_type,
                b_type: other_type,
                scale_type: element_type,
                memory_constrained: false,
                elements,
            }),
            Self::DynamicSlice {
                element_type,
                slicing: _,
            } => VectorVertex::DynamicSlice(DynamicSliceVertex {
                element_type,
                region_elements: elements,
                sub_elements: 1,
            }),
            Self::ReducePositions {
                op,
                per_sample,
                partials_type,
                out_type,
            } => {
                let outputs = if per_sample { channels * samples } else { channels };
                VectorVertex::Reduce(ReduceVertex {
                    op,
                    form: if slice_length == 1 {
                        ReduceForm::Contiguous
                    } else {
                        ReduceForm::Strided { stride: slice_length }
                    },
                    partials_type,
                    out_type,
                    update: false,
                    outputs,
                    partials: elements.div_ceil(outputs),
                })
            }
            Self::ReduceSample {
                op,
                per_sample,
                partials_type,
                out_type,
            } => contiguous(
                op,
                [partials_type, out_type],
                if per_sample { samples } else { 1 },
                elements,
            ),
            Self::ReduceGroups {
                op,
                channels: _,
                partials_type,
                out_type,
            } => contiguous(op, [partials_type, out_type], samples, elements),
            Self::RepeatChannels {
                channels: _,
                element_type,
            } => VectorVertex::Copy(CopyVertex {
                bytes: elements * element_type.bytes(),
                piece_bytes: element_type.bytes(),
            }),
            Self::InverseStandardDeviation {
                mean_type,
                power_type,
                out_type,
                stable,
                epsilon: _,
            } => VectorVertex::InverseStandardDeviation(InverseStandardDeviationVertex {
                mean_type,
                power_type,
                out_type,
                stable,
                elements,
            }),
        }
    }
}

/// A reduction of elements that lie side by side for each output.
fn contiguous(
    op: ReduceOp,
    [partials_type, out_type]: [ElementType; 2],
    outputs: u64,
    elements: u64,
) -> VectorVertex {
    VectorVertex::Reduce(ReduceVertex {
        op,
        form: ReduceForm::Contiguous,
        partials_type,
        out_type,
        update: false,
        outputs,
        partials: elements.div_ceil(outputs),
    })
}
