//! Results beside those of the reference.

use std::collections::{BTreeMap, BTreeSet};

use tilesim_exec::{Tensor, same_shape};
use tilesim_graph::TensorId;

use super::{
    answer::{Compared, GradientComparison, MatchedBy},
    experiment::{Expected, Experiment},
};
use crate::{Error, execution::Archive};

/// Compares all that both have.
///
/// Gradients belong to the parameter whose name they have. Exporters rename parameters: what is left then belongs to the parameter whose
/// gradient it equals, and what is left after that to the parameters that are left in the same order, if all their shapes agree.
pub(super) fn compare(
    tolerance: f64,
    archive: &Archive,
    experiment: &Experiment,
    values: &BTreeMap<TensorId, Tensor>,
) -> Result<GradientComparison, Error> {
    let mut pairs: Vec<Pair> = Vec::new();
    let mut unnamed = Vec::new();
    for expected in &experiment.results {
        pairs.extend(known(archive, expected).map(|name| Pair::new(name, expected, MatchedBy::Name)));
    }
    for expected in &experiment.gradients {
        match known(archive, expected).next() {
            Some(name) => pairs.push(Pair::new(name, expected, MatchedBy::Name)),
            None => unnamed.push(expected),
        }
    }
    let taken: BTreeSet<&str> = pairs.iter().map(|pair| pair.name).collect();
    let mut left = Vec::new();
    for name in archive.names() {
        if !name.starts_with("grad/") || taken.contains(name) {
            continue;
        }
        match equal(tolerance, archive, name, &unnamed, values)? {
            Some(place) => pairs.push(Pair::new(name, unnamed.remove(place), MatchedBy::Values)),
            None => left.push(name),
        }
    }
    if !left.is_empty() && in_order(archive, experiment, &unnamed, &left)? {
        let in_turn = left.drain(..).zip(unnamed.drain(..));
        pairs.extend(in_turn.map(|(name, expected)| Pair::new(name, expected, MatchedBy::Place)));
    }
    if pairs.is_empty() {
        return Err(archive.failed(
            "there is nothing that the network has too".to_owned(),
            "`logits`, `loss`, `grad/input` or `grad/<parameter>`; `y` and `grad/x` with `dy`",
        ));
    }
    let mut compared = Vec::with_capacity(pairs.len());
    for Pair {
        name,
        expected,
        matched_by,
    } in pairs
    {
        if let (Some(reference), Some(value)) = (archive.get(name)?, values.get(&expected.tensor)) {
            let value = oriented(value, reference).ok_or_else(|| {
                archive.failed(
                    format!("`{name}` is {:?}", reference.shape),
                    format!("{:?}", value.shape),
                )
            })?;
            let relative = value.relative_error(reference);
            compared.push(Compared {
                name: name.to_owned(),
                parameter: expected.names.first().cloned(),
                matched_by,
                elements: reference.values.len(),
                relative,
                agrees: relative <= tolerance,
            });
        }
    }
    let missing = unnamed.iter().filter_map(|expected| expected.names.first());
    Ok(GradientComparison::new(
        tolerance,
        compared,
        left.into_iter().map(str::to_owned).collect(),
        missing.cloned().collect(),
        experiment.remarks.clone(),
    ))
}

/// An array of the reference and what it is compared with.
struct Pair<'a> {
    name: &'a str,
    expected: &'a Expected,
    matched_by: MatchedBy,
}

impl<'a> Pair<'a> {
    const fn new(name: &'a str, expected: &'a Expected, matched_by: MatchedBy) -> Self {
        Self {
            name,
            expected,
            matched_by,
        }
    }
}

/// The names of a tensor that the archive knows.
fn known<'a>(archive: &'a Archive, expected: &'a Expected) -> impl Iterator<Item = &'a str> {
    archive
        .names()
        .filter(|name| expected.names.iter().any(|known| known == name))
}

/// The place of the gradient that an array equals, where there is one.
fn equal(
    tolerance: f64,
    archive: &Archive,
    name: &str,
    unnamed: &[&Expected],
    values: &BTreeMap<TensorId, Tensor>,
) -> Result<Option<usize>, Error> {
    let Some(reference) = archive.get(name)? else {
        return Ok(None);
    };
    let error = |expected: &Expected| {
        let value = oriented(values.get(&expected.tensor)?, reference)?;
        Some(value.relative_error(reference))
    };
    let errors = unnamed.iter().enumerate();
    let errors = errors.filter_map(|(place, expected)| Some((place, error(expected)?)));
    let nearest = errors.min_by(|(_, one), (_, other)| one.total_cmp(other));
    Ok(nearest
        .filter(|(_, error)| *error <= tolerance)
        .map(|(place, _)| place))
}

/// Whether what is left on both sides has the same shapes in the same order.
fn in_order(
    archive: &Archive,
    experiment: &Experiment,
    unnamed: &[&Expected],
    left: &[&str],
) -> Result<bool, Error> {
    if unnamed.len() != left.len() {
        return Ok(false);
    }
    for (expected, name) in unnamed.iter().zip(left) {
        let shape = &experiment.graph.tensor(expected.tensor).shape;
        if !archive.shape(name)?.is_some_and(|array| same_shape(shape, array)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A value as the reference has it, which may hold matrices the other way round; `None` where it has another shape.
fn oriented(value: &Tensor, reference: &Tensor) -> Option<Tensor> {
    if same_shape(&value.shape, &reference.shape) {
        return Some(value.clone());
    }
    match (value.shape.as_slice(), reference.shape.as_slice()) {
        (&[rows, columns], &[other_rows, other_columns])
            if (rows, columns) == (other_columns, other_rows) =>
        {
            Some(value.transposed(rows, columns))
        }
        _ => None,
    }
}
