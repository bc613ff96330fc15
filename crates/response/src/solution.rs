//! The answer of `tilesim solve`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Figures, Subject, solution_text::reading};

/// Version of this format, in its field `schema`.
pub const SOLUTION_SCHEMA: &str = "tilesim-solution/1";

/// The smallest change of some numbers that reaches a goal, or the largest that keeps to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Solution {
    /// Version of this format: `tilesim-solution/1`.
    pub schema: String,
    /// What it says, in sentences.
    pub reading: Vec<String>,
    /// What is run.
    #[serde(flatten)]
    pub subject: Subject,
    /// What is to hold, the goal first.
    pub goals: Vec<GoalText>,
    /// What varies; the first decides which values there are.
    pub vary: Vec<VariedNumber>,
    /// What became of it.
    pub outcome: Outcome,
    /// The run as it is.
    pub base: Try,
    /// The run that answers, where there is one.
    pub answer: Option<Try>,
    /// Its neighbour that misses: the next legal value towards the run as it is, or, of the farthest that keeps to a goal, the next one beyond it.
    pub neighbour: Option<Try>,
    /// Whether the figure of the goal only rises, or only falls, over all values that were tried. Where it does not, a smaller change may do.
    pub monotone: bool,
    /// Where the goal was not reached: the run that comes nearest.
    pub nearest: Option<Try>,
    /// Where the goal was not reached: what forbids it, as far as it is known.
    pub bound: Option<Bound>,
    /// Everything that was tried, from small to large.
    pub tried: Vec<Try>,
}

/// Something that is to hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GoalText {
    /// As it was asked.
    pub asked: String,
    /// The claim about a result, with the figure of a network that it names.
    pub claim: String,
}

/// A number that varies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VariedNumber {
    /// The number, as `--set` takes it.
    pub key: String,
    /// As it is.
    pub value: f64,
    /// Power of the common factor with which it goes.
    pub exponent: f64,
}

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The run as it is reaches the goal.
    Already,
    /// The answer reaches it, or is the farthest that keeps to it.
    Reached,
    /// Nothing that was tried reaches it.
    NotReached,
    /// Everything up to the limit keeps to it.
    UpToLimit,
}

/// A run that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Try {
    /// Settings, as `--set` takes them.
    pub set: Vec<String>,
    /// Value of the first number that varies.
    pub value: f64,
    /// Times that it is what it was.
    pub factor: f64,
    /// The figure of the goal; 1 and 0 of a truth value; null where there is no result.
    pub figure: Option<f64>,
    /// Whether everything that is to hold does.
    pub reaches: bool,
    /// What does not, with the figure as it is.
    pub missed: Vec<String>,
    /// What the run takes; null where it could not be run.
    pub figures: Option<Figures>,
    /// Why it could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What does not change along the numbers that vary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bound {
    /// Cycles of the nearest run that are, cause by cause and layer by layer, within 1 % those of the run as it is.
    pub independent_cycles: u64,
    /// All cycles of the nearest run.
    pub cycles: u64,
    /// Images per second if these alone were left.
    pub images_per_second: f64,
    /// Bytes of its fullest tile that live through the whole run.
    pub always_live_bytes: u64,
    /// Whether one of these two alone rules the goal out.
    pub forbids: bool,
}

impl Solution {
    /// The solution with what it says.
    #[must_use]
    pub fn told(mut self) -> Self {
        self.reading = reading(&self);
        self
    }
}
