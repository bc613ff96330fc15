//! What the tests of several crates share; nothing that is shipped depends on it.
//!
//! It depends on `machine` and `geometry` alone, so that every crate's tests may use it. Those two may as well, in `tests/`, but not
//! in unit tests: there the crate under test is compiled a second time, and its `Machine` is another type than the one from here.

pub mod csv_table;
pub mod elements;
pub mod machines;
pub mod reference;

pub use elements::{Element, elements};
