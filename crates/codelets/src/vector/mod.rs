//! Vector kernels.
