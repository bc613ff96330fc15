//! What users write, and what is said of mistakes in it.
//!
//! Invariant: the words of mistakes are chosen here, what a file means is not known.

mod json;
mod mistake;
mod names;
mod place;
mod wording;

pub use json::parse;
pub use mistake::{Mistake, Mistakes};
pub use names::{Known, nearest};
pub use wording::reason;

// The code in the README runs as a doctest.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
