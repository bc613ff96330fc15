//! The points of a study: every combination of its axes at which its conditions hold.

use std::collections::BTreeMap;

use crate::{Condition, Sample, StudyError, Value, axis::ExpandedAxis};

/// How keys begin that set nothing: they say what is known of a point otherwise.
pub(crate) const LABEL: &str = "label.";

/// One combination of settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Its number, from 0.
    pub index: u64,
    /// Values of the keys that vary, in the order of [`Points::keys`].
    pub values: Vec<Value>,
}

/// All points of a study, in order: the last axis varies fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    axes: Vec<ExpandedAxis>,
    keys: Vec<String>,
    fixed: BTreeMap<String, Value>,
    /// Places in the grid of the points, where conditions or a sample leave some out.
    kept: Option<Vec<u64>>,
    grid: u64,
}

impl Points {
    pub(crate) fn new(
        axes: Vec<ExpandedAxis>,
        fixed: BTreeMap<String, Value>,
        conditions: &[Condition],
        sample: Option<Sample>,
    ) -> Result<Self, StudyError> {
        let mut points = Self {
            keys: axes.iter().flat_map(|axis| axis.keys.iter().cloned()).collect(),
            grid: axes.iter().map(|axis| axis.places.len() as u64).product(),
            axes,
            fixed,
            kept: None,
        };
        points.check(conditions, "conditions")?;
        let is_wanted = |place: u64| {
            let values = points.at(place);
            let value_of = |key: &str| points.value_in(&values, key);
            conditions.iter().all(|condition| condition.holds(value_of))
        };
        points.kept = match sample {
            Some(sample) => {
                let places = sample.places(points.grid, |place| conditions.is_empty() || is_wanted(place));
                Some(places.ok_or_else(|| {
                    StudyError::field(
                        "sample.points",
                        format!(
                            "is {}, and conditions hold at too few points to draw as many",
                            sample.points
                        ),
                        "fewer points, or axes that conditions leave more of",
                    )
                })?)
            }
            None if conditions.is_empty() => None,
            None => Some((0..points.grid).filter(|place| is_wanted(*place)).collect()),
        };
        Ok(points)
    }

    /// An error where a condition says nothing of these points; `field` is where they stand.
    pub(crate) fn check(&self, conditions: &[Condition], field: &str) -> Result<(), StudyError> {
        let values = self.at(0);
        for (index, condition) in conditions.iter().enumerate() {
            if let Some(reason) = condition.mistake(|key| self.value_in(&values, key)) {
                let known: Vec<&str> = self
                    .keys
                    .iter()
                    .chain(self.fixed.keys())
                    .map(String::as_str)
                    .collect();
                return Err(StudyError::field(
                    &format!("{field}[{index}]"),
                    reason,
                    format!("one of {}", known.join(", ")),
                ));
            }
        }
        Ok(())
    }

    /// All combinations of a grid of which none is left out.
    pub(crate) fn grid(
        axes: Vec<ExpandedAxis>,
        fixed: BTreeMap<String, Value>,
        conditions: &[Condition],
    ) -> Result<Self, StudyError> {
        let grid = Self::new(axes, fixed, &[], None)?;
        grid.check(conditions, "conditions")?;
        Ok(grid)
    }

    /// Places of every axis.
    pub(crate) fn lengths(&self) -> Vec<u64> {
        self.axes.iter().map(|axis| axis.places.len() as u64).collect()
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.kept.as_ref().map_or(self.grid, |kept| kept.len() as u64)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keys that vary.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// Settings of every point.
    pub const fn fixed(&self) -> &BTreeMap<String, Value> {
        &self.fixed
    }

    /// Keys of each axis: several where it is zipped.
    pub fn axis_keys(&self) -> impl Iterator<Item = &[String]> {
        self.axes.iter().map(|axis| axis.keys.as_slice())
    }

    /// All values that a key takes, by its index; some may be equal.
    pub fn values_of(&self, key: usize) -> Vec<&Value> {
        let mut before = 0;
        for axis in &self.axes {
            if key < before + axis.keys.len() {
                return axis.places.iter().map(|place| &place[key - before]).collect();
            }
            before += axis.keys.len();
        }
        Vec::new()
    }

    /// The point of a number below [`Points::len`].
    pub fn get(&self, index: u64) -> Option<Point> {
        let place = match &self.kept {
            Some(kept) => *kept.get(usize::try_from(index).ok()?)?,
            None => index,
        };
        (index < self.len()).then(|| Point {
            index,
            values: self.at(place),
        })
    }

    /// The points in order.
    pub fn iter(&self) -> impl Iterator<Item = Point> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// The value of a key at a point, whether it varies or not.
    pub fn value<'a>(&'a self, point: &'a Point, key: &str) -> Option<&'a Value> {
        self.value_in(&point.values, key)
    }

    /// Every key that is set at a point, with its value.
    pub fn settings<'a>(&'a self, point: &'a Point) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let fixed = self.fixed.iter().map(|(key, value)| (key.as_str(), value));
        fixed
            .chain(self.keys.iter().map(String::as_str).zip(&point.values))
            .filter(|(key, value)| !key.starts_with(LABEL) && **value != Value::Nothing)
    }

    fn value_in<'a>(&'a self, values: &'a [Value], key: &str) -> Option<&'a Value> {
        match self.keys.iter().position(|known| known == key) {
            Some(index) => values.get(index),
            None => self.fixed.get(key),
        }
    }

    /// The values at a place of the grid.
    fn at(&self, place: u64) -> Vec<Value> {
        let mut rest = place;
        let mut digits: Vec<usize> = self
            .axes
            .iter()
            .rev()
            .map(|axis| {
                let length = axis.places.len() as u64;
                let digit = rest % length;
                rest /= length;
                digit as usize
            })
            .collect();
        digits.reverse();
        self.axes
            .iter()
            .zip(digits)
            .flat_map(|(axis, digit)| axis.places[digit].iter().cloned())
            .collect()
    }
}
