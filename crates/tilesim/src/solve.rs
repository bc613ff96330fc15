//! The question turned round: not what a run takes, but which numbers make it take no more than that.

mod bound;
mod goal;
mod places;
mod varied;

use rayon::join;
use tilesim_response::{GoalText, Outcome, SOLUTION_SCHEMA, Solution, Subject, Try, border};

use self::{
    bound::bound,
    goal::Goal,
    places::Places,
    varied::{Asked, Away, Runs, Side, Varied},
};
use crate::{Error, Progress, Simulation, Simulator, numbers::numbers};

/// What is to be solved.
#[derive(Debug, Clone, PartialEq)]
pub struct SolveQuestion {
    /// Numbers that vary, as [`Simulation::set`] takes them, or `dot_product_length`, `sram`, `exchange_rate`: `KEY`, or `KEY:EXPONENT` for one that
    /// goes with that power of the common factor. The first decides which values there are.
    pub vary: Vec<String>,
    /// What is to hold: `PATH OPERATOR NUMBER`, `PATH OPERATOR MODEL` for the same figure of another network or machine, or `fits`.
    pub goal: String,
    /// What is to hold besides, alike. That the run fits its memory always is.
    pub constraints: Vec<String>,
    /// Where the run keeps to the goal: how far it can go.
    pub extreme: Option<Extreme>,
    /// Values of the first number are multiples of this; of 1 where left out, or of about a hundredth where it is no whole number.
    pub multiple: Option<f64>,
    /// Factor up to which is tried, above 1 and at most 1024.
    pub limit: f64,
}

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extreme {
    /// The largest value that keeps to the goal.
    Largest,
    /// The smallest.
    Smallest,
}

/// Most of a limit.
const LARGEST_LIMIT: f64 = 1024.0;

impl SolveQuestion {
    /// Factor up to which is tried where nothing is said.
    pub const LIMIT: f64 = 16.0;

    /// The smallest change of `vary` that reaches `goal`, up to 16 times and a 16th.
    pub fn new(vary: &str, goal: &str) -> Self {
        Self {
            vary: vec![vary.to_owned()],
            goal: goal.to_owned(),
            constraints: Vec::new(),
            extreme: None,
            multiple: None,
            limit: Self::LIMIT,
        }
    }
}

/// The smallest change of some numbers of a run that reaches a goal; or, where the run keeps to it and an extreme is asked for, how far it can go.
/// The answer and its neighbour that misses are runs, and so is all between that is named.
///
/// ```
/// use tilesim::{Simulation, Simulator, SolveQuestion, solve};
///
/// let run = Simulation::of("mobilenet-v1@:resolution=32,machine.tiles=64")?;
/// let question = SolveQuestion::new("exchange_bytes_per_cycle", "cycles <= 212000");
/// let solution = solve(&run, &question, &Simulator::new(), &())?;
/// let (answer, neighbour) = (solution.answer.as_ref(), solution.neighbour.as_ref());
/// assert!(answer.is_none_or(|answer| answer.reaches) && neighbour.is_none_or(|neighbour| !neighbour.reaches));
/// # Ok::<(), tilesim::Error>(())
/// ```
///
/// # Errors
/// Where the run itself, or a network that a goal names, has no result; keys and goals that are none; [`Error::Cancelled`] where `progress` says so.
/// That a changed run has no result is part of the answer.
pub fn solve(
    simulation: &Simulation,
    question: &SolveQuestion,
    simulator: &Simulator,
    progress: &dyn Progress,
) -> Result<Solution, Error> {
    if !(question.limit > 1.0 && question.limit <= LARGEST_LIMIT) {
        return Err(Error::argument(
            "limit",
            format!("is {}", question.limit),
            format!("a factor above 1, at most {LARGEST_LIMIT}"),
        ));
    }
    simulation.check()?;
    let goals = goals(simulation, question, simulator)?;
    let (known, _) = numbers(simulation)?;
    let varied = Varied::all(&question.vary, &known, simulation.number_formats())?;
    let places = Places::new(varied.first(), question.multiple, question.limit)?;
    let runs = Runs::new(Asked {
        simulation,
        varied: &varied,
        places: &places,
        goals: &goals,
        simulator,
        progress,
    })?;
    let base = runs.base();
    let (outcome, answer, neighbour) = match (base.reaches, question.extreme) {
        (true, None) => (Outcome::Already, None, None),
        (true, Some(extreme)) => farthest(&runs, extreme)?,
        (false, extreme) => nearest_change(&runs, extreme)?,
    };
    let tried = runs.all();
    let is_open = outcome == Outcome::NotReached;
    let nearest = is_open.then(|| runs.nearest()).flatten();
    let bound = match nearest.as_ref().and_then(|nearest| nearest.result.as_deref()) {
        Some(nearest) => Some(bound(runs.result(), nearest, &goals)?),
        None => None,
    };
    let result = runs.result();
    let solution = Solution {
        schema: SOLUTION_SCHEMA.to_owned(),
        reading: Vec::new(),
        subject: Subject {
            model: result.model.name.clone(),
            machine: result.machine.name.clone(),
            overrides: [&result.machine.overrides[..], &result.model.overrides[..]].concat(),
            batch: result.run.batch,
        },
        goals: goals
            .iter()
            .map(|goal| GoalText {
                asked: goal.asked.clone(),
                claim: goal.claim.to_string(),
            })
            .collect(),
        vary: varied.described(),
        outcome,
        base: base.clone(),
        answer,
        neighbour,
        monotone: is_monotone(&tried),
        nearest: nearest.map(|nearest| nearest.told),
        bound,
        tried,
    };
    Ok(solution.told())
}

/// The goal that is always there.
const FITS: &str = "fits";

/// What is to hold: the goal first, that it fits last.
fn goals(
    simulation: &Simulation,
    question: &SolveQuestion,
    simulator: &Simulator,
) -> Result<Vec<Goal>, Error> {
    let asked = std::iter::once(&question.goal).chain(&question.constraints);
    let mut goals = asked
        .map(|text| Goal::of(text, simulation, simulator))
        .collect::<Result<Vec<Goal>, Error>>()?;
    if goals.iter().all(|goal| goal.asked.trim() != FITS) {
        goals.push(Goal::of(FITS, simulation, simulator)?);
    }
    Ok(goals)
}

/// What became of a question, its answer and the neighbour that misses.
type Found = (Outcome, Option<Try>, Option<Try>);

/// The smallest change that reaches the goal, on either side or on that of an extreme: the largest value that keeps to what the run does not keep
/// to lies below it.
fn nearest_change(runs: &Runs<'_>, extreme: Option<Extreme>) -> Result<Found, Error> {
    let on = |side: Side, is_asked: bool| {
        let (from, targets) = runs.places().line(side);
        if is_asked {
            border(runs, from, &targets, true)
        } else {
            Ok(None)
        }
    };
    let (above, below) = join(
        || on(Side::Above, extreme != Some(Extreme::Largest)),
        || on(Side::Below, extreme != Some(Extreme::Smallest)),
    );
    let change = |place: u64| runs.places().factor(place).ln().abs();
    // Of equal changes the smaller number.
    let nearest = [below?, above?]
        .into_iter()
        .flatten()
        .min_by(|one, other| change(one.reaches).total_cmp(&change(other.reaches)));
    Ok(match nearest {
        None => (Outcome::NotReached, None, None),
        Some(found) => {
            let neighbour = found
                .misses
                .map_or_else(|| runs.base().clone(), |place| runs.told(place));
            (Outcome::Reached, Some(runs.told(found.reaches)), Some(neighbour))
        }
    })
}

/// How far the run can go and keep to the goal.
fn farthest(runs: &Runs<'_>, extreme: Extreme) -> Result<Found, Error> {
    let side = match extreme {
        Extreme::Largest => Side::Above,
        Extreme::Smallest => Side::Below,
    };
    let (from, targets) = runs.places().line(side);
    let found = border(&Away(runs), from, &targets, false)?;
    if let Some(found) = found {
        let answer = found
            .misses
            .map_or_else(|| runs.base().clone(), |place| runs.told(place));
        return Ok((Outcome::Reached, Some(answer), Some(runs.told(found.reaches))));
    }
    let mut all = runs.all().into_iter();
    let last = match extreme {
        Extreme::Largest => all.next_back(),
        Extreme::Smallest => all.next(),
    };
    Ok((Outcome::UpToLimit, last, None))
}

/// Whether the figure of the goal only rises or only falls.
fn is_monotone(tried: &[Try]) -> bool {
    let figures: Vec<f64> = tried.iter().filter_map(|tried| tried.figure).collect();
    figures.is_sorted() || figures.is_sorted_by(|one, other| one >= other)
}
