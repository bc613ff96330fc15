//! How the figures of a run respond to its numbers: elasticities, curves, what to buy next, the smallest change that reaches a goal.
//!
//! Invariant: nothing is run here. What was simulated comes as figures of results, and what is said of them is a function of those.

mod border;
mod curve;
mod elasticity;
mod figures;
mod number;
mod ranking;
mod render;
mod response;
mod sensitivity;
mod solution;
mod solution_text;

pub use border::{Border, Line, border};
pub use curve::{Curve, CurvePoint, Handover};
pub use elasticity::Elasticity;
pub use figures::Figures;
pub use number::{Number, on_curve, stepped};
pub use ranking::Purchase;
pub use render::render;
pub use response::{Response, Side};
pub use sensitivity::{NotVaried, NumberSensitivity, SENSITIVITY_SCHEMA, Sensitivity, Subject};
pub use solution::{Bound, GoalText, Outcome, SOLUTION_SCHEMA, Solution, Try, VariedNumber};
pub use solution_text::render_solution;
