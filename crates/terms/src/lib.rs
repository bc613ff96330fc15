//! The words that networks, programs, plans and results share.
//!
//! Invariant: names and constants, and no behaviour but that work can be asked to stop and answers be kept. What a word means to one crate
//! alone is written there.

mod augmentation;
mod cancellation;
mod convolution_pass;
mod element_type;
mod framework;
mod host;
mod layer_kind;
mod memo;
mod phase;
mod planning;
mod scalar;
mod software;

pub use augmentation::Augmentation;
pub use cancellation::Cancellation;
pub use convolution_pass::ConvolutionPass;
pub use element_type::ElementType;
pub use framework::{Framework, FunctionCode, FunctionCopies, InferenceNorm, NetworkInput, Placing};
pub use host::{
    DEFAULT_IO_TILES, DEFAULT_PREFETCH_DEPTH, HostFault, HostIo, HostTransfers, MAX_PREFETCH_DEPTH,
};
pub use layer_kind::LayerKind;
pub use memo::Memo;
pub use phase::Phase;
pub use planning::{Planning, UnknownPlanning};
pub use scalar::Scalar;
pub use software::{
    KernelLibrary, ScalarDivision, Software, SwishKernel, Toolchain, TranspositionKernel, VerticalMacKernel,
};

// The code in the README runs as a doctest.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
