//! The planner against the vendor's own plans.
#![allow(clippy::print_stdout, reason = "what is not exact is said")]

mod joint;
mod planned_rows;
mod search;
mod tables;
