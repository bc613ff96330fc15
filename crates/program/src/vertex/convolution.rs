//! Partial convolutions.

/// Placeholder until the kernels are written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ConvolutionVertex {}
