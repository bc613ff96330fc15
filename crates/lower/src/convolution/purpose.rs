//! What the planner is told of a convolution beside its shape.

use tilesim_graph::Convolution;
use tilesim_planner::Purpose;
use tilesim_terms::ConvolutionPass;

/// Whether a convolution is a matrix product.
pub(crate) fn is_matrix_product(forward: &Convolution) -> bool {
    forward.input.as_slice() == [1] && forward.kernel.as_slice() == [1]
}

/// What the planner is told that a convolution is for; one over a single position of one dimension is a matrix product.
pub(crate) fn purpose(forward: &Convolution, pass: ConvolutionPass, trained: bool) -> Purpose {
    Purpose {
        pass,
        trained: trained || pass != ConvolutionPass::Forward,
        fully_connected: is_matrix_product(forward),
    }
}
