//! Vector kernels: elementwise, reductions, copies, pooling.

/// Placeholder until the kernels are written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum VectorVertex {}
