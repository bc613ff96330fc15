//! Executes a program with real numbers, tile by tile, with the machine's number formats.
//!
//! Invariant: a tile reads only what it holds. Exchanges move elements from the tiles that hold them to those that need them, and
//! an element that is missing where a kernel or an exchange wants it is an error that names step, tile, tensor and index. So a
//! wrong layout is found where it is wrong. This crate knows nothing of time.

mod comparison;
mod error;
mod exchange;
mod executor;
mod footprint;
mod formats;
mod kernels;
mod loss;
mod matching;
mod reference;
mod regions;
mod schedule;
mod site;
mod store;
mod tensor;
mod weights;

pub use comparison::{Comparison, largest_of};
pub use error::ExecError;
pub use executor::{execute, execute_observed};
pub use footprint::Footprint;
pub use formats::Mode;
pub use loss::cross_entropy;
pub use matching::{Described, MatchError, MatchedWeights, match_tensors, match_weights, same_shape};
pub use reference::evaluate;
pub use tensor::{Tensor, Tensors};
pub use tilesim_graph::reference::ReferenceError;
pub use weights::{fold_batch_norm, seeded_inputs, seeded_weights};
