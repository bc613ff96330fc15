//! Vertices: the work that one tile does in one compute set, one struct per kernel.

pub mod convolution;
pub mod reduce_add;
pub mod vector;

/// One tile's share of a compute set: kernel and per-tile shape.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Vertex {
    /// Partial convolution by one of the six kernels.
    Convolution(convolution::ConvolutionVertex),
    /// Sum of a convolution's partial sums.
    ReduceAdd(reduce_add::ReduceAddVertex),
    /// Every other kernel.
    Vector(vector::VectorVertex),
}

impl Vertex {
    /// The kernel: a vertex of it without sizes. Vertices of one kernel run the same code.
    #[must_use]
    pub fn kernel(&self) -> Self {
        match self {
            Self::Convolution(vertex) => Self::Convolution(vertex.kernel()),
            Self::ReduceAdd(vertex) => Self::ReduceAdd(vertex.kernel()),
            Self::Vector(vertex) => Self::Vector(vertex.kernel()),
        }
    }
}
