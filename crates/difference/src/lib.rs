//! Why two runs take different times: their layers aligned, and the difference of their cycles taken apart by cause, kind of layer, layer
//! and the decision that differs.
//!
//! Invariant: everything here is a function of results, runs and files of runs alike. The parts of a difference are whole cycles that
//! sum to it exactly.

mod account;
mod answer;
mod decision;
mod difference;
mod error;
mod node_kind;
mod plan_line;
mod reading;
mod render;
mod sequence;
mod settings;
mod structure;
mod tree;

pub use account::{Account, Part, PartKind};
pub use answer::{Changed, Counterfactual, NotSimulated, WHY_SCHEMA, Why};
pub use decision::Decision;
pub use difference::{Alignment, Difference, Side, TimeDifference, compared, difference};
pub use error::DifferenceError;
pub use node_kind::NodeKind;
pub use plan_line::PlanLine;
pub use render::render;
pub use sequence::{Aligned, align};
pub use settings::{SettingDifference, Settings, differing, of_run, of_update};
pub use structure::align_parts;
pub use tree::Node;
