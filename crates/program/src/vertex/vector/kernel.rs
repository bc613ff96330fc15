//! Which vertices run the same code.

use super::{
    BinaryVertex, BroadcastScalarVertex, BroadcastVectorInnerVertex, BroadcastVectorOuterVertex, CastVertex,
    CopyVertex, CrossEntropyVertex, DynamicSliceVertex, FillVertex, InverseStandardDeviationVertex,
    MultiSliceVertex, NonLinearityGradientVertex, NonLinearityVertex, PoolingVertex, RandomMaskVertex,
    ReduceForm, ReduceVertex, ScaledAddVertex, SelectVertex, TransposeVertex, UnaryVertex, VectorVertex,
};

impl VectorVertex {
    /// A vertex of the same kernel without sizes.
    #[must_use]
    pub const fn kernel(self) -> Self {
        match self {
            Self::Unary(vertex) => Self::Unary(UnaryVertex {
                elements: 0,
                ..vertex
            }),
            Self::Binary(vertex) => Self::Binary(BinaryVertex {
                elements: 0,
                ..vertex
            }),
            Self::ScaledAdd(vertex) => Self::ScaledAdd(ScaledAddVertex {
                elements: 0,
                ..vertex
            }),
            Self::Select(vertex) => Self::Select(SelectVertex {
                elements: 0,
                ..vertex
            }),
            Self::Cast(vertex) => Self::Cast(CastVertex {
                elements: 0,
                ..vertex
            }),
            Self::NonLinearity(vertex) => Self::NonLinearity(NonLinearityVertex {
                elements: 0,
                ..vertex
            }),
            Self::NonLinearityGradient(vertex) => Self::NonLinearityGradient(NonLinearityGradientVertex {
                elements: 0,
                ..vertex
            }),
            Self::BroadcastScalar(vertex) => Self::BroadcastScalar(BroadcastScalarVertex {
                elements: 0,
                regions: 1,
                ..vertex
            }),
            Self::BroadcastVectorInner(vertex) => Self::BroadcastVectorInner(BroadcastVectorInnerVertex {
                slice_length: 0,
                broadcast_factor: 0,
                slices: 0,
                ..vertex
            }),
            Self::BroadcastVectorOuter(vertex) => Self::BroadcastVectorOuter(BroadcastVectorOuterVertex {
                rows: 0,
                columns: 0,
                ..vertex
            }),
            Self::Fill(vertex) => Self::Fill(FillVertex {
                elements: 0,
                ..vertex
            }),
            Self::Copy(_) => Self::Copy(CopyVertex {
                bytes: 0,
                piece_bytes: 0,
            }),
            Self::DynamicSlice(vertex) => Self::DynamicSlice(DynamicSliceVertex {
                region_elements: 0,
                sub_elements: 0,
                ..vertex
            }),
            Self::MultiSlice(vertex) => Self::MultiSlice(MultiSliceVertex {
                row_elements: 0,
                offsets: 0,
                ..vertex
            }),
            Self::Transpose(vertex) => Self::Transpose(TransposeVertex {
                matrices: 0,
                rows: 0,
                columns: 0,
                ..vertex
            }),
            Self::Reduce(vertex) => Self::Reduce(ReduceVertex {
                form: match vertex.form {
                    ReduceForm::Strided { .. } => ReduceForm::Strided { stride: 0 },
                    ReduceForm::Contiguous | ReduceForm::General => vertex.form,
                },
                outputs: 0,
                partials: 0,
                ..vertex
            }),
            Self::Pooling(vertex) => Self::Pooling(PoolingVertex {
                initial_elements: 0,
                channel_vectors: 0,
                channel_groups: 0,
                rows_per_worker: 0,
                items_per_row: 0,
                elements_per_item: 0,
                ..vertex
            }),
            Self::InverseStandardDeviation(vertex) => {
                Self::InverseStandardDeviation(InverseStandardDeviationVertex {
                    elements: 0,
                    ..vertex
                })
            }
            Self::CrossEntropy(vertex) => Self::CrossEntropy(CrossEntropyVertex {
                elements: 0,
                ..vertex
            }),
            Self::RandomMask(vertex) => Self::RandomMask(RandomMaskVertex {
                elements: 0,
                ..vertex
            }),
        }
    }
}
