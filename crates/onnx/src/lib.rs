//! Networks from ONNX files.
//!
//! ```text
//! file ──prost──► nodes in topological order ──translate──► network ──emit──► graph + weights
//!                       constants folded, shapes inferred, patterns recognised │ layers named
//! ```
//!
//! Imported are inference graphs of opsets 7 to 24 as `PyTorch`'s exporters (`TorchScript` and dynamo) and others write them.
//! Shapes are inferred here, not read from the file: once the batch is bound everything is static. What is computed from
//! constants and shapes alone is folded; activations and norms that exporters spell out in several nodes become one operator;
//! padding moves into the convolution or pool after it. A batch norm stays a norm, which
//! [`fold_batch_norm`](tilesim_graph::fold_batch_norm) folds.
//!
//! A file may be hostile: nothing that it says is trusted, recursion and sizes are bounded, and every mistake is an
//! [`OnnxError`] that names where it is.

#![expect(
    clippy::float_cmp,
    clippy::cast_possible_wrap,
    reason = "patterns are recognised by the exact constants that exporters write; sizes are checked against limits far below 2^63"
)]

mod binding;
mod constant;
mod data;
mod deferral;
mod emit;
mod error;
mod external;
mod file;
mod fold;
mod layers;
mod limits;
mod network;
mod node;
mod order;
mod proto;
mod rebatch;
mod translate;
mod weights;

#[cfg(test)]
mod tests;

use std::path::Path;

pub use binding::Bindings;
pub use data::NumberFormat;
pub use error::OnnxError;
pub use file::{OPSETS, OnnxFile, OnnxModel};
pub use translate::{OnnxOperator, OnnxSupport, operators};
pub use weights::{Weight, Weights};

/// Imports a file for a number of images at a time. To import it more than once, keep an [`OnnxFile`].
///
/// # Errors
///
/// Where the file cannot be read, is not sound, or asks for what is not imported.
pub fn import(path: impl AsRef<Path>, batch: u64) -> Result<OnnxModel, OnnxError> {
    OnnxFile::open(path.as_ref())?.import(batch)
}
