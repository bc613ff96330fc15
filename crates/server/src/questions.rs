//! What can be asked: a tool a file.

mod compare;
mod cost;
mod explain;
mod listings;
mod plan;
mod run;
mod sensitivity;
mod simulate;
mod solve;
mod train;
mod why;

use crate::tool::Tool;

/// All tools.
pub(crate) fn tools() -> Vec<Tool> {
    vec![
        Tool::of::<simulate::Simulate>(),
        Tool::of::<compare::Compare>(),
        Tool::of::<explain::Explain>(),
        Tool::of::<why::WhyTwo>(),
        Tool::of::<sensitivity::Sensitivity>(),
        Tool::of::<solve::Solve>(),
        Tool::of::<plan::Plan>(),
        Tool::of::<cost::Cost>(),
        Tool::of::<train::Train>(),
        Tool::of::<listings::Models>(),
        Tool::of::<listings::Machines>(),
    ]
}
