//! Descriptions of many-tile processors, and of systems of them.
//!
//! Invariant: this crate knows chips and how they are joined, not networks.

mod descriptions;
mod error;
mod key;
mod load;
mod machine;
pub mod software;
pub mod system;

pub use descriptions::{BundledOnly, Descriptions};
pub use error::MachineError;
pub use key::{FLAGS, Flag, KEYS, Key};
pub use load::{Entry, ExplainedValue, LoadedMachine, MachineFile, bundled_names, load, parse, parse_with};
pub use machine::{ConvUnits, FlopEnergy, Machine};
pub use tilesim_terms::{ElementType, KernelLibrary};

/// The code of the README, run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
