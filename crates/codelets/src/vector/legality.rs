//! Why a vector kernel has no cost.

use tilesim_machine::ElementType;
use tilesim_program::vertex::vector::{ReduceForm, VectorVertex};

use super::{
    broadcast_scalar, broadcast_vector_inner, broadcast_vector_outer, cast, non_linearity, scaled_add,
};

/// Why a vector kernel cannot compute a tile's share.
///
/// The vertex is boxed so that answers stay small.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IllegalVectorKernel {
    /// The machine has no variant of the kernel for these types or this function.
    #[error("the machine has no kernel for {vertex:?}; expected {expected}")]
    NoKernel {
        /// The tile's share, with its types and function.
        vertex: Box<VectorVertex>,
        /// What the kernel takes.
        expected: &'static str,
    },
    /// The kernel exists, but its cycles or bytes exceed what counters hold.
    #[error("the cycles or bytes of {vertex:?} exceed what counters hold")]
    Overflow {
        /// The tile's share, with its sizes.
        vertex: Box<VectorVertex>,
    },
}

impl IllegalVectorKernel {
    /// Why `vertex` has no cost, given that it has none.
    ///
    /// Kernels count first and are asked for the reason afterwards, so that a legal vertex pays for no check.
    #[cold]
    pub(super) fn of(vertex: &VectorVertex) -> Self {
        let (takes, expected) = takes(vertex);
        let vertex = Box::new(*vertex);
        if takes {
            Self::Overflow { vertex }
        } else {
            Self::NoKernel { vertex, expected }
        }
    }
}

/// Whether there is a kernel for the types and the function of `vertex`, whatever its sizes, and what the kernel takes.
fn takes(vertex: &VectorVertex) -> (bool, &'static str) {
    const FLOATING_POINT: &str = "half or float elements";
    const NO_BYTES: &str = "half, float or 32-bit integer elements";
    let floating_point = |element_type: ElementType| (element_type.is_floating_point(), FLOATING_POINT);
    let no_bytes = |element_type: ElementType| (element_type != ElementType::U8, NO_BYTES);
    match vertex {
        VectorVertex::Unary(vertex) => floating_point(vertex.element_type),
        VectorVertex::Binary(vertex) => floating_point(vertex.element_type),
        VectorVertex::NonLinearity(vertex) => (
            non_linearity::takes(vertex),
            "Swish or Gelu of half or float elements",
        ),
        VectorVertex::ScaledAdd(vertex) => (
            scaled_add::takes(vertex),
            "half or float operands and scales that the library sums together",
        ),
        VectorVertex::Select(vertex) => no_bytes(vertex.element_type),
        VectorVertex::BroadcastScalar(vertex) => (
            broadcast_scalar::takes(vertex),
            "half or float elements and a function other than Equal, GreaterThan and Power",
        ),
        VectorVertex::BroadcastVectorOuter(vertex) => (
            broadcast_vector_outer::takes(vertex),
            "Add, Subtract or Multiply of half or float elements",
        ),
        VectorVertex::Fill(vertex) => no_bytes(vertex.element_type),
        VectorVertex::DynamicSlice(vertex) => no_bytes(vertex.element_type),
        VectorVertex::MultiSlice(vertex) => no_bytes(vertex.element_type),
        VectorVertex::Transpose(vertex) => no_bytes(vertex.element_type),
        VectorVertex::BroadcastVectorInner(vertex) => (
            broadcast_vector_inner::takes(vertex),
            "Add, Subtract, Multiply or Divide of half or float elements",
        ),
        VectorVertex::Cast(vertex) => (
            cast::takes(vertex),
            "half to float, half to byte, float to half, byte to half or float, or 32-bit integer to float",
        ),
        // Copies move bytes, of whatever type.
        VectorVertex::Copy(_) => (true, "bytes"),
        VectorVertex::NonLinearityGradient(vertex) => floating_point(vertex.element_type),
        // The kernel for contiguous partials of several outputs does not look at the type of its results.
        VectorVertex::Reduce(vertex) => (
            vertex.partials_type.is_floating_point()
                && (vertex.out_type.is_floating_point()
                    || vertex.form == ReduceForm::Contiguous && vertex.outputs > 1),
            "half or float partials and results",
        ),
        VectorVertex::Pooling(vertex) => floating_point(vertex.element_type),
        VectorVertex::InverseStandardDeviation(vertex) => (
            [vertex.mean_type, vertex.power_type, vertex.out_type]
                .iter()
                .all(|element_type| element_type.is_floating_point()),
            "half or float means, powers and results",
        ),
        VectorVertex::CrossEntropy(vertex) => floating_point(vertex.element_type),
        VectorVertex::RandomMask(vertex) => floating_point(vertex.element_type),
    }
}
