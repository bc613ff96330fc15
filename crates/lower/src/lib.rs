//! From a graph to the program of one chip: plans, layouts, steps.
//!
//! Invariant: this crate decides where data lie and which kernel runs where. It does not know how results are shown, and it
//! never decides by the name of a network or layer.

mod analysis;
mod call;
mod context;
mod convolution;
mod emitter;
mod error;
mod gathering;
mod host_tensors;
mod layout;
mod lowering;
mod network;
mod operators;
mod options;
mod placements;
mod plan_source;
pub mod system;
mod walk;

pub use convolution::{GraphPlans, alternatives, plan_requests};
pub use error::LowerError;
pub use host_tensors::{HostInput, HostSteps, HostTensors};
pub use lowering::{LiveLayouts, Lowering};
pub use network::{NetworkConvolution, convolutions};
pub use options::{BatchNorms, InputLayout, LowerOptions};
pub use placements::SharedPlacements;
pub use plan_source::PlanSource;
pub use walk::{LoweredProgram, computing_part, graph_plans, lower, lower_as_planned, lower_with_host};
