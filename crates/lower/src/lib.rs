//! lower

pub mod planner;
