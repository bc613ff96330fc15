//! The lowered program: layouts over tiles, vertices, exchanges, steps and control.
//!
//! Invariant: types only. No costs, no graphs, no files.

mod identifier;
mod program;
mod source;
mod step;
pub mod system;
mod text;
mod variable;
pub mod vertex;
pub mod work;

pub use identifier::{StepId, VariableId};
pub use program::{Control, Precision, Program, ProgramLayer};
pub use source::{ProgramTensor, Source, TensorRole};
pub use step::{Action, HostDirection, Movement, Step};
pub use tilesim_terms::Scalar;
pub use variable::Variable;
pub use vertex::Vertex;
pub use work::{Work, WorkClass};
