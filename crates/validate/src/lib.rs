//! Predictions against what others give: the vendor's tables of vertices, plans and layers, and published throughputs of training.
//!
//! Every subject reads the rows of a vendor table, predicts each, and sums up how far the predictions are off; the answers hold
//! figures alone, and whoever asks shows them. A *table* is a vendor table here, and nothing else.
//!
//! Invariant: no answer changes a prediction. Files are read and named, with the line and the column of what is wrong in them; nothing
//! is printed. The one clock is that of the time that planning takes, which is an answer itself.

mod cells;
mod chips;
mod error;
pub mod layers;
pub mod plans;
pub mod row;
pub mod silicon;
pub mod summary;
pub mod training;
pub mod vendor_table;
pub mod vertices;

pub use error::ValidateError;
