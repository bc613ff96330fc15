//! Vertices that run the same code: those that differ in sizes alone.

use std::collections::BTreeMap;

use proptest::prelude::*;
use smallvec::smallvec;
use tilesim_machine::ElementType;
use tilesim_program::vertex::Vertex;
use tilesim_program::vertex::convolution::{ChannelGrouping, ConvolutionKernel, ConvolutionVertex};
use tilesim_program::vertex::reduce_add::ReduceAddVertex;
use tilesim_program::vertex::vector::{
    BinaryOp, BinaryVertex, BroadcastScalarVertex, BroadcastVectorInnerVertex, BroadcastVectorOuterVertex,
    CastVertex, CopyVertex, CrossEntropyVertex, DynamicSliceVertex, FillVertex,
    InverseStandardDeviationVertex, MultiSliceVertex, NonLinearity, NonLinearityGradientVertex,
    NonLinearityVertex, PoolingKind, PoolingVertex, RandomMaskVertex, ReduceForm, ReduceOp, ReduceVertex,
    ScalarOp, ScaledAddKind, ScaledAddVertex, SelectVertex, TransposeVertex, UnaryOp, UnaryVertex,
    VectorVertex,
};

const TYPES: [ElementType; 2] = [ElementType::F16, ElementType::F32];
const PAIRS: [(ElementType, ElementType); 4] = [
    (ElementType::F16, ElementType::F16),
    (ElementType::F16, ElementType::F32),
    (ElementType::F32, ElementType::F16),
    (ElementType::F32, ElementType::F32),
];
const EITHER: [bool; 2] = [false, true];

/// Every choice of one of the first and one of the second.
fn product<A: Copy, B: Copy>(first: &[A], second: &[B]) -> Vec<(A, B)> {
    first
        .iter()
        .flat_map(|a| second.iter().map(|b| (*a, *b)))
        .collect()
}

/// Sizes that a vertex has at most.
type Drawn = [u64; 6];

/// One vertex of every kernel, in a fixed order, with the given sizes.
fn vertices(sizes: Drawn) -> Vec<Vertex> {
    let mut all: Vec<Vertex> = convolutions(sizes).map(Vertex::Convolution).collect();
    all.extend(reductions_of_partials(sizes).map(Vertex::ReduceAdd));
    let families = [
        elementwise(sizes),
        broadcasts(sizes),
        movements(sizes),
        reductions(sizes),
        others(sizes),
    ];
    all.extend(families.into_iter().flatten().map(Vertex::Vector));
    all
}

fn convolutions([a, b, c, d, e, f]: Drawn) -> impl Iterator<Item = ConvolutionVertex> {
    let kernels = [
        ConvolutionKernel::Amp1x1 { conv_units: 8 },
        ConvolutionKernel::Amp1x1 { conv_units: 16 },
        ConvolutionKernel::AmpNx1 { conv_units: 8 },
        ConvolutionKernel::AmpNx1 { conv_units: 16 },
        ConvolutionKernel::Slic { conv_chains: 2 },
        ConvolutionKernel::Slic { conv_chains: 4 },
        ConvolutionKernel::VerticalMac,
        ConvolutionKernel::HorizontalMac,
        ConvolutionKernel::OuterProduct,
    ];
    let all = product(&kernels, &PAIRS).into_iter();
    all.map(move |(kernel, (input_type, partials_type))| ConvolutionVertex {
        kernel,
        input_type,
        partials_type,
        grouping: ChannelGrouping {
            conv_groups: a,
            in_channels: b,
            out_channels: c,
        },
        batch: d,
        conv_groups: e,
        in_channels: f,
        out_channels: a,
        output: smallvec![b, c],
        kernel_size: smallvec![d, e],
        stride: smallvec![f, a],
        input_dilation: smallvec![b, c],
    })
}

fn reductions_of_partials([outputs, depth, ..]: Drawn) -> impl Iterator<Item = ReduceAddVertex> {
    let all = product(&PAIRS, &product(&EITHER, &EITHER)).into_iter();
    all.map(
        move |((partials_type, output_type), (single_input, interleaved))| ReduceAddVertex {
            partials_type,
            output_type,
            outputs,
            depth,
            single_input,
            interleaved,
        },
    )
}

fn elementwise([elements, ..]: Drawn) -> Vec<VectorVertex> {
    let mut all = Vec::new();
    for (element_type, in_place) in product(&TYPES, &EITHER) {
        all.extend([UnaryOp::Exponent, UnaryOp::Square].map(|op| {
            VectorVertex::Unary(UnaryVertex {
                op,
                element_type,
                in_place,
                elements,
            })
        }));
        all.extend([BinaryOp::Add, BinaryOp::Multiply].map(|op| {
            VectorVertex::Binary(BinaryVertex {
                op,
                element_type,
                in_place,
                elements,
            })
        }));
        all.extend([NonLinearity::Swish, NonLinearity::Gelu].map(|non_linearity| {
            VectorVertex::NonLinearity(NonLinearityVertex {
                non_linearity,
                element_type,
                in_place,
                elements,
            })
        }));
    }
    for element_type in TYPES {
        all.extend([NonLinearity::Swish, NonLinearity::Gelu].map(|non_linearity| {
            VectorVertex::NonLinearityGradient(NonLinearityGradientVertex {
                non_linearity,
                element_type,
                elements,
            })
        }));
        all.push(VectorVertex::Select(SelectVertex {
            element_type,
            elements,
        }));
    }
    for (from, to) in PAIRS {
        all.push(VectorVertex::Cast(CastVertex { from, to, elements }));
    }
    let kinds = [
        ScaledAddKind::Add,
        ScaledAddKind::Subtract,
        ScaledAddKind::ScaleBoth,
    ];
    for ((kind, memory_constrained), ((a_type, b_type), scale_type)) in
        product(&product(&kinds, &EITHER), &product(&PAIRS, &TYPES))
    {
        all.push(VectorVertex::ScaledAdd(ScaledAddVertex {
            kind,
            a_type,
            b_type,
            scale_type,
            memory_constrained,
            elements,
        }));
    }
    all
}

fn broadcasts([a, b, c, ..]: Drawn) -> Vec<VectorVertex> {
    let mut all = Vec::new();
    for (element_type, in_place) in product(&TYPES, &EITHER) {
        let scalar_ops = [
            ScalarOp::Binary(BinaryOp::Add),
            ScalarOp::Binary(BinaryOp::Multiply),
            ScalarOp::VarianceToInverseStandardDeviation,
        ];
        all.extend(scalar_ops.map(|op| {
            VectorVertex::BroadcastScalar(BroadcastScalarVertex {
                op,
                element_type,
                in_place,
                elements: a,
                regions: 1,
            })
        }));
        for op in [BinaryOp::Add, BinaryOp::Multiply] {
            all.push(VectorVertex::BroadcastVectorInner(BroadcastVectorInnerVertex {
                op,
                element_type,
                in_place,
                slice_length: a,
                broadcast_factor: b,
                slices: c,
            }));
            all.extend(
                product(&EITHER, &EITHER)
                    .into_iter()
                    .map(|(by_row, allow_misaligned)| {
                        VectorVertex::BroadcastVectorOuter(BroadcastVectorOuterVertex {
                            op,
                            element_type,
                            in_place,
                            by_row,
                            allow_misaligned,
                            rows: a,
                            columns: b,
                        })
                    }),
            );
        }
    }
    all
}

fn movements([a, b, c, ..]: Drawn) -> Vec<VectorVertex> {
    let mut all = vec![VectorVertex::Copy(CopyVertex {
        bytes: a,
        piece_bytes: b,
    })];
    for element_type in TYPES {
        all.extend([
            VectorVertex::DynamicSlice(DynamicSliceVertex {
                element_type,
                region_elements: a,
                sub_elements: b,
            }),
            VectorVertex::MultiSlice(MultiSliceVertex {
                element_type,
                row_elements: a,
                offsets: b,
            }),
            VectorVertex::Transpose(TransposeVertex {
                element_type,
                matrices: a,
                rows: b,
                columns: c,
            }),
        ]);
    }
    all
}

fn reductions([outputs, partials, stride, ..]: Drawn) -> Vec<VectorVertex> {
    let ops = [ReduceOp::Add, ReduceOp::SquareAdd, ReduceOp::Maximum];
    let forms = [
        ReduceForm::Strided { stride },
        ReduceForm::Contiguous,
        ReduceForm::General,
    ];
    let all = product(&product(&ops, &forms), &product(&PAIRS, &EITHER)).into_iter();
    all.map(|((op, form), ((partials_type, out_type), update))| {
        VectorVertex::Reduce(ReduceVertex {
            op,
            form,
            partials_type,
            out_type,
            update,
            outputs,
            partials,
        })
    })
    .collect()
}

fn others([a, b, c, d, e, f]: Drawn) -> Vec<VectorVertex> {
    let mut all = Vec::new();
    for element_type in TYPES {
        let kinds = [
            PoolingKind::Sum,
            PoolingKind::Maximum,
            PoolingKind::MaximumGradient,
        ];
        all.extend(kinds.map(|kind| {
            VectorVertex::Pooling(PoolingVertex {
                kind,
                element_type,
                initial_elements: a,
                channel_vectors: b,
                channel_groups: c,
                rows_per_worker: d,
                items_per_row: e,
                elements_per_item: f,
            })
        }));
        all.extend([
            VectorVertex::Fill(FillVertex {
                element_type,
                elements: a,
            }),
            VectorVertex::CrossEntropy(CrossEntropyVertex {
                element_type,
                elements: a,
            }),
            VectorVertex::RandomMask(RandomMaskVertex {
                element_type,
                elements: a,
            }),
        ]);
    }
    for ((mean_type, power_type), (out_type, stable)) in product(&PAIRS, &product(&TYPES, &EITHER)) {
        all.push(VectorVertex::InverseStandardDeviation(
            InverseStandardDeviationVertex {
                mean_type,
                power_type,
                out_type,
                stable,
                elements: a,
            },
        ));
    }
    all
}

#[test]
fn vertices_of_other_types_operations_and_forms_run_other_code() {
    let mut kernels: BTreeMap<String, Vertex> = BTreeMap::new();
    for vertex in vertices([3, 5, 7, 11, 13, 17]) {
        let kernel = vertex.kernel();
        let other = kernels.insert(format!("{kernel:?}"), vertex.clone());
        assert!(other.is_none(), "{vertex:?} is taken for {other:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The code does not depend on sizes, and the kernel's kernel is itself.
    #[test]
    fn vertices_that_differ_in_sizes_run_the_same_code(
        some in proptest::array::uniform6(1_u64..1000), others in proptest::array::uniform6(1_u64..1000),
    ) {
        for (left, right) in vertices(some).into_iter().zip(vertices(others)) {
            prop_assert_eq!(left.kernel(), right.kernel(), "{:?} and {:?}", left, right);
            prop_assert_eq!(left.kernel().kernel(), left.kernel());
        }
    }
}
