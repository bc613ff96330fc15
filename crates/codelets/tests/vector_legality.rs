//! What is said of vector kernels that have no cost.

use tilesim_codelets::Count;
use tilesim_codelets::vector::{IllegalVectorKernel, cost};
use tilesim_machine::ElementType;
use tilesim_program::vertex::vector::{
    BinaryOp, BinaryVertex, BroadcastScalarVertex, NonLinearity, NonLinearityVertex, RandomMaskVertex,
    ScalarOp, UnaryOp, UnaryVertex, VectorVertex,
};
use tilesim_test_support::machines::table_mk2;

fn refused(vertex: VectorVertex) -> IllegalVectorKernel {
    cost(&table_mk2(), &vertex, Count::Machine).expect_err("no cost")
}

fn unary(element_type: ElementType, elements: u64) -> VectorVertex {
    VectorVertex::Unary(UnaryVertex {
        op: UnaryOp::Tanh,
        element_type,
        in_place: false,
        elements,
    })
}

#[test]
fn a_missing_kernel_is_told_with_what_it_would_take() {
    let reason = refused(unary(ElementType::U8, 7)).to_string();
    assert_eq!(
        reason,
        "the machine has no kernel for Unary(UnaryVertex { op: Tanh, element_type: U8, in_place: false, \
         elements: 7 }); expected half or float elements"
    );
}

#[test]
fn an_overflow_is_told_apart_from_a_missing_kernel() {
    let vertex = unary(ElementType::F16, u64::MAX);
    let reason = refused(vertex);
    assert_eq!(
        reason,
        IllegalVectorKernel::Overflow {
            vertex: Box::new(vertex)
        }
    );
    assert!(
        reason.to_string().ends_with("exceed what counters hold"),
        "{reason}"
    );
}

/// A kernel that does not exist is missing at every size, even one that would overflow.
#[test]
fn functions_and_types_without_a_kernel_are_no_overflow() {
    let float = ElementType::F32;
    for elements in [1, u64::MAX] {
        for vertex in [
            unary(ElementType::I32, elements),
            VectorVertex::Binary(BinaryVertex {
                op: BinaryOp::Add,
                element_type: ElementType::I32,
                in_place: false,
                elements,
            }),
            VectorVertex::NonLinearity(NonLinearityVertex {
                non_linearity: NonLinearity::Relu,
                element_type: float,
                in_place: false,
                elements,
            }),
            VectorVertex::BroadcastScalar(BroadcastScalarVertex {
                op: ScalarOp::Binary(BinaryOp::Power),
                element_type: float,
                in_place: false,
                elements,
                regions: 1,
            }),
            VectorVertex::RandomMask(RandomMaskVertex {
                element_type: ElementType::U8,
                elements,
            }),
        ] {
            let reason = refused(vertex);
            assert!(matches!(reason, IllegalVectorKernel::NoKernel { .. }), "{reason}");
        }
    }
}
