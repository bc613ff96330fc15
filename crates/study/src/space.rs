//! The space of a search: every combination of its axes, none of them written down.

use crate::{Axis, Points, Search, Study, StudyError, Value};

/// Combinations of a study's axes by number, and which of them are wanted.
#[derive(Debug, Clone)]
pub struct Space<'a> {
    study: &'a Study,
    /// The grid, of which nothing is left out.
    grid: Points,
    search: Search,
}

impl<'a> Space<'a> {
    /// The space of a study that has a `search`.
    ///
    /// # Errors
    /// Where it has none, or its axes or conditions make no sense.
    pub fn of(study: &'a Study) -> Result<Self, StudyError> {
        let Some(search) = study.search else {
            return Err(StudyError::field(
                "search",
                "is missing",
                "how many points are run at most, such as {\"points\": 2000}",
            ));
        };
        if study.objectives.is_empty() {
            return Err(StudyError::field("objectives", "are none", "what is better"));
        }
        Ok(Self {
            study,
            grid: study.points()?,
            search,
        })
    }

    /// How it is searched.
    pub const fn search(&self) -> Search {
        self.search
    }

    /// How many combinations there are, conditions aside.
    pub fn len(&self) -> u64 {
        self.grid.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.grid.is_empty()
    }

    /// Places of every axis.
    pub(crate) fn lengths(&self) -> Vec<u64> {
        self.grid.lengths()
    }

    /// Whether the conditions hold at a combination.
    pub(crate) fn is_wanted(&self, place: u64) -> bool {
        self.grid.get(place).is_some_and(|point| {
            self.study
                .conditions
                .iter()
                .all(|condition| condition.holds(|key| self.grid.value(&point, key)))
        })
    }

    /// The study of all combinations at which the conditions hold.
    pub fn whole(&self) -> Study {
        Study {
            search: None,
            ..self.study.clone()
        }
    }

    /// The study of some combinations, in this order.
    pub fn study_of(&self, places: &[u64]) -> Study {
        let points = places.iter().filter_map(|place| self.grid.get(*place));
        let rows: Vec<Vec<Value>> = points.map(|point| point.values).collect();
        Study {
            axes: vec![Axis {
                keys: Some(self.grid.keys().to_vec()),
                rows: Some(rows),
                ..Axis::default()
            }],
            search: None,
            ..self.study.clone()
        }
    }
}
