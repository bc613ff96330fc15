//! Numbers that vary together, and the runs that have other ones.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tilesim_report::RunResult;
use tilesim_response::{Figures, Line, Number, Try, VariedNumber};

use super::{goal::Goal, places::Places};
use crate::{
    Error, Precision, Progress, Simulation, Simulator,
    numbers::{RunNumber, number_of},
    progress,
};

/// A side of the run as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Larger numbers.
    Above,
    /// Smaller ones.
    Below,
}

/// Numbers that vary together: each is what it was times a power of the common factor. There is at least one.
pub(super) struct Varied(Vec<(RunNumber, f64)>);

impl Varied {
    /// The numbers of some texts, `KEY` or `KEY:EXPONENT`.
    pub(super) fn all(texts: &[String], known: &[RunNumber], formats: Precision) -> Result<Self, Error> {
        let mut varied: Vec<(RunNumber, f64)> = Vec::new();
        for text in texts {
            let (key, exponent) = match text.split_once(':') {
                None => (text.as_str(), 1.0),
                Some((key, exponent)) => {
                    let power = exponent.parse::<f64>().ok();
                    let power = power.filter(|power| power.is_finite() && *power != 0.0);
                    let power = power.ok_or_else(|| {
                        Error::argument(
                            text,
                            format!("`{exponent}` is no exponent"),
                            "KEY or KEY:EXPONENT, such as width:0.5",
                        )
                    })?;
                    (key, power)
                }
            };
            let number = number_of(key, known, formats)?.clone();
            if varied.iter().any(|(other, _)| other.key == number.key) {
                return Err(Error::argument(text, "varies already", "each number once"));
            }
            varied.push((number, exponent));
        }
        match varied.first() {
            Some((_, 1.0)) => Ok(Self(varied)),
            Some((first, _)) => Err(Error::argument(
                &first.key,
                "comes first, and the factor is its own",
                "no exponent",
            )),
            None => Err(Error::argument("vary", "nothing varies", "at least one number")),
        }
    }

    /// The number whose values are tried.
    pub(super) fn first(&self) -> Number {
        self.0.first().map_or(Number::Whole(1), |(first, _)| first.number)
    }

    /// As the answer states them.
    pub(super) fn described(&self) -> Vec<VariedNumber> {
        let described = self.0.iter().map(|(number, exponent)| VariedNumber {
            key: number.key.clone(),
            value: number.number.value(),
            exponent: *exponent,
        });
        described.collect()
    }

    /// Their values where the first has this one.
    fn at(&self, first: Number, factor: f64) -> Vec<(String, Number)> {
        let others = self.0.iter().skip(1).map(|(number, exponent)| {
            let factor = factor.powf(*exponent);
            let value = match number.number {
                Number::Whole(whole) => Number::Whole(((whole as f64 * factor).round() as u64).max(1)),
                Number::Decimal(decimal) => Number::Decimal(decimal * factor),
            };
            (number.key.clone(), value)
        });
        let first = self
            .0
            .iter()
            .take(1)
            .map(|(number, _)| (number.key.clone(), first));
        first.chain(others).collect()
    }

    fn are_of_machine(&self) -> bool {
        self.0.iter().all(|(number, _)| number.is_of_machine())
    }
}

/// A run that was tried.
#[derive(Clone)]
pub(super) struct Tried {
    /// As the answer states it.
    pub(super) told: Try,
    /// How far it is from all goals: at most 1 where it reaches them.
    pub(super) distance: f64,
    /// Its result, where there is one.
    pub(super) result: Option<Arc<RunResult>>,
}

/// A run as it is, and what is asked about it.
pub(super) struct Asked<'a> {
    pub(super) simulation: &'a Simulation,
    pub(super) varied: &'a Varied,
    pub(super) places: &'a Places,
    pub(super) goals: &'a [Goal],
    pub(super) simulator: &'a Simulator,
    pub(super) progress: &'a dyn Progress,
}

/// Runs that differ in the numbers that vary. Each is made once.
pub(super) struct Runs<'a> {
    asked: Asked<'a>,
    base: Try,
    result: RunResult,
    tried: Mutex<BTreeMap<u64, Tried>>,
}

impl<'a> Runs<'a> {
    /// The run as it is, and none yet of the others.
    pub(super) fn new(asked: Asked<'a>) -> Result<Self, Error> {
        let result = asked.simulation.result(asked.simulator)?;
        let first = asked.varied.first();
        let (base, _) = asked.told(&asked.varied.at(first, 1.0), first, &result)?;
        Ok(Self {
            asked,
            base,
            result,
            tried: Mutex::default(),
        })
    }

    /// The run as it is.
    pub(super) const fn base(&self) -> &Try {
        &self.base
    }

    /// Its result.
    pub(super) const fn result(&self) -> &RunResult {
        &self.result
    }

    /// The values that can be tried.
    pub(super) const fn places(&self) -> &Places {
        self.asked.places
    }

    /// The run at a place that was tried; that as it is elsewhere.
    pub(super) fn told(&self, place: u64) -> Try {
        let tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        tried
            .get(&place)
            .map_or_else(|| self.base.clone(), |tried| tried.told.clone())
    }

    /// Everything that was tried, the run as it is among it, from small to large.
    pub(super) fn all(&self) -> Vec<Try> {
        let tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let others = tried.values().map(|tried| tried.told.clone());
        let mut all: Vec<Try> = others.filter(|tried| tried.set != self.base.set).collect();
        all.push(self.base.clone());
        all.sort_by(|one, other| one.value.total_cmp(&other.value));
        all
    }

    /// The run that comes nearest to the goals, of equal ones that of the smallest number.
    pub(super) fn nearest(&self) -> Option<Tried> {
        let tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let nearest = tried
            .values()
            .filter(|tried| tried.result.is_some())
            .min_by(|one, other| one.distance.total_cmp(&other.distance));
        nearest.cloned()
    }

    /// The run at a place, which may have been tried before.
    fn tried(&self, place: u64) -> Result<f64, Error> {
        let known = |tried: &BTreeMap<u64, Tried>| tried.get(&place).map(|tried| tried.distance);
        if let Some(distance) = known(&self.tried.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(distance);
        }
        let tried = self.asked.run(place)?;
        let distance = tried.distance;
        let mut all = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(place, tried);
        Ok(distance)
    }
}

impl Asked<'_> {
    fn set(&self, place: u64) -> Vec<(String, Number)> {
        let first = self.places.number(place);
        self.varied.at(first, self.places.factor(place))
    }

    /// The run with other numbers, where it can be had and its network can be built.
    fn changed(&self, numbers: &[(String, Number)]) -> Result<Simulation, Error> {
        let mut changed = self.simulation.clone();
        for (key, number) in numbers {
            changed = changed.set(key, number)?;
        }
        changed.check()?;
        if !self.varied.are_of_machine() {
            changed.graph()?;
        }
        Ok(changed)
    }

    fn run(&self, place: u64) -> Result<Tried, Error> {
        progress::check(self.progress)?;
        let (set, first) = (self.set(place), self.places.number(place));
        self.progress.doing(&texts(&set).join(" "));
        let result = self
            .changed(&set)
            .and_then(|changed| changed.result(self.simulator));
        self.progress.advance();
        match result {
            Ok(result) => {
                let (told, distance) = self.told(&set, first, &result)?;
                Ok(Tried {
                    told,
                    distance,
                    result: Some(Arc::new(result)),
                })
            }
            Err(Error::Cancelled) => Err(Error::Cancelled),
            Err(error) => Ok(Tried {
                told: Try {
                    set: texts(&set),
                    value: first.value(),
                    factor: self.places.factor(place),
                    figure: None,
                    reaches: false,
                    missed: Vec::new(),
                    figures: None,
                    refused: Some(error.to_string()),
                },
                distance: f64::INFINITY,
                result: None,
            }),
        }
    }

    /// A result held to all goals, and how far it is from that which it is furthest from.
    fn told(&self, set: &[(String, Number)], first: Number, result: &RunResult) -> Result<(Try, f64), Error> {
        let json = serde_json::to_value(result)?;
        let held = self.goals.iter().map(|goal| goal.held(&json));
        let held = held.collect::<Result<Vec<_>, Error>>()?;
        let distance = held.iter().map(|held| held.distance).fold(0.0, f64::max);
        let told = Try {
            set: texts(set),
            value: first.value(),
            factor: first.value() / self.varied.first().value(),
            figure: held.first().map(|held| held.figure),
            reaches: distance <= 1.0,
            missed: held.into_iter().filter_map(|held| held.missed).collect(),
            figures: Some(Figures::from(result)),
            refused: None,
        };
        Ok((told, distance))
    }
}

fn texts(set: &[(String, Number)]) -> Vec<String> {
    set.iter()
        .map(|(key, number)| format!("{key}={number}"))
        .collect()
}

/// Towards what reaches the goals.
impl Line for Runs<'_> {
    type Error = Error;

    fn is_legal(&self, place: u64) -> bool {
        self.asked.changed(&self.asked.set(place)).is_ok()
    }

    fn distance(&self, place: u64) -> Result<f64, Error> {
        self.tried(place)
    }
}

/// Towards what no longer reaches them.
pub(super) struct Away<'a, 'b>(pub(super) &'a Runs<'b>);

impl Line for Away<'_, '_> {
    type Error = Error;

    fn is_legal(&self, place: u64) -> bool {
        self.0.is_legal(place)
    }

    fn distance(&self, place: u64) -> Result<f64, Error> {
        let reaches = self.0.tried(place)? <= 1.0;
        Ok(if reaches { f64::INFINITY } else { 1.0 })
    }
}
