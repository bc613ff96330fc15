//! Exit codes: 0 the answer is positive, 1 it is negative, 2 the input is bad, 3 the time limit has passed.

/// The answer of a command that worked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// As asked.
    Positive,
    /// Not as asked, and why.
    Negative(Vec<String>),
}

impl Outcome {
    /// Negative where there are reasons.
    pub(crate) fn unless(reasons: Vec<String>) -> Self {
        if reasons.is_empty() {
            Self::Positive
        } else {
            Self::Negative(reasons)
        }
    }

    /// The exit code.
    pub(crate) const fn code(&self) -> u8 {
        match self {
            Self::Positive => 0,
            Self::Negative(_) => 1,
        }
    }
}

/// The exit code of bad input.
pub(crate) const BAD_INPUT: u8 = 2;

/// The exit code of a command that would take longer than it may.
pub(crate) const TIME_LIMIT: u8 = 3;
