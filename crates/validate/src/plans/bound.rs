//! What is asked of a table of plans.

/// What is asked of every table: a relative error, and the share of rows that must not exceed it; both as fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PlansBound {
    /// Relative error.
    pub(super) within: f64,
    /// Share of rows.
    pub(super) share: f64,
}

impl PlansBound {
    /// The bound of two shares in percent, where both are given.
    pub(super) fn of_percent(within: Option<f64>, share: Option<f64>) -> Option<Self> {
        within.zip(share).map(|(within, share)| Self {
            within: within / 100.0,
            share: share / 100.0,
        })
    }
}
