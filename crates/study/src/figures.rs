//! Figures of rows by name: metrics, and keys whose values are numbers.

use crate::{Condition, Evaluation, Points, Row, Study, Unfit, Value};

/// Conditions that all hold; none hold everywhere.
pub type Filter = [Condition];

/// The rows of a study, and what their figures are called.
#[derive(Debug, Clone, Copy)]
pub struct Figures<'a> {
    study: &'a Study,
    points: &'a Points,
    rows: &'a [Row],
}

impl<'a> Figures<'a> {
    /// The figures of `rows`, which are of these points of this study.
    pub const fn new(study: &'a Study, points: &'a Points, rows: &'a [Row]) -> Self {
        Self { study, points, rows }
    }

    /// The study.
    pub const fn study(&self) -> &'a Study {
        self.study
    }

    /// The points.
    pub const fn points(&self) -> &'a Points {
        self.points
    }

    /// All rows in order.
    pub const fn rows(&self) -> &'a [Row] {
        self.rows
    }

    /// Rows at which these conditions hold.
    pub fn rows_where<'b>(&'b self, filter: &'b Filter) -> impl Iterator<Item = &'a Row> + use<'a, 'b> {
        self.rows.iter().filter(move |row| self.holds(row, filter))
    }

    /// The value of a key at a row.
    pub fn value<'b>(&self, row: &'b Row, key: &str) -> Option<&'b Value>
    where
        'a: 'b,
    {
        match self.points.keys().iter().position(|known| known == key) {
            Some(index) => row.values.get(index),
            None => self.points.fixed().get(key),
        }
    }

    /// A metric by name, or a key whose value is a number; nothing where the point takes no part or lacks it.
    pub fn at(&self, row: &Row, name: &str) -> Option<f64> {
        let Evaluation::Done { fits, metrics } = &row.evaluation else {
            return None;
        };
        if !fits && self.study.unfit == Unfit::Excluded || self.excess(row) > 0.0 {
            return None;
        }
        match self.study.metrics.iter().position(|metric| metric == name) {
            Some(metric) => metrics.get(metric).copied().flatten(),
            None => self.value(row, name)?.number(),
        }
    }

    /// How far a row is from keeping to the constraints of the study, as a sum of shares; 0 where it does.
    pub(crate) fn excess(&self, row: &Row) -> f64 {
        if self.study.constraints.is_empty() {
            return 0.0;
        }
        let Evaluation::Done { metrics, .. } = &row.evaluation else {
            return f64::INFINITY;
        };
        let figures: Vec<Option<Value>> = metrics.iter().map(|figure| figure.map(Value::Real)).collect();
        let value = |name: &str| match self.study.metrics.iter().position(|metric| metric == name) {
            Some(metric) => figures.get(metric)?.as_ref(),
            None => self.value(row, name),
        };
        let constraints = self.study.constraints.iter();
        constraints.map(|constraint| constraint.excess(value)).sum()
    }

    fn holds(&self, row: &Row, filter: &Filter) -> bool {
        filter
            .iter()
            .all(|condition| condition.holds(|key| self.value(row, key)))
    }
}
