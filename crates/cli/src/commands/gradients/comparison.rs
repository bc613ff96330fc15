//! Results beside those of the reference.

use std::collections::{BTreeMap, BTreeSet};

use tilesim_exec::{Tensor, same_shape};
use tilesim_graph::TensorId;

use super::{
    answer::{Answer, Compared},
    experiment::{Expected, Experiment},
};
use crate::{arrays::Archive, error::CliError};

/// Compares all that both have.
///
/// Gradients belong to the parameter whose name they have. Those that are left then, where exporters have renamed parameters, belong
/// to the parameters that are left in the same order, if all their shapes agree.
pub(super) fn compare(
    tolerance: f64,
    archive: &Archive,
    experiment: &Experiment,
    values: &BTreeMap<TensorId, Tensor>,
) -> Result<Answer, CliError> {
    let mut pairs: Vec<(String, &Expected)> = Vec::new();
    let mut unnamed = Vec::new();
    for expected in &experiment.results {
        pairs.extend(known(archive, expected).map(|name| (name.to_owned(), expected)));
    }
    for expected in &experiment.gradients {
        match known(archive, expected).next() {
            Some(name) => pairs.push((name.to_owned(), expected)),
            None => unnamed.push(expected),
        }
    }
    let taken: BTreeSet<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    let mut left: Vec<String> = archive
        .names()
        .filter(|name| name.starts_with("grad/") && !taken.contains(name))
        .map(str::to_owned)
        .collect();
    let mut by_order = 0;
    if !left.is_empty() && in_order(archive, experiment, &unnamed, &left)? {
        by_order = left.len();
        pairs.extend(left.drain(..).zip(unnamed.drain(..)));
    }
    if pairs.is_empty() {
        return Err(archive.failed(
            "there is nothing that the network has too".to_owned(),
            "`logits`, `loss`, `grad/input` or `grad/<parameter>`; `y` and `grad/x` with `dy`",
        ));
    }
    let mut compared = Vec::with_capacity(pairs.len());
    for (position, (name, expected)) in pairs.iter().enumerate() {
        if let (Some(reference), Some(value)) = (archive.get(name)?, values.get(&expected.tensor)) {
            let relative = oriented(archive, name, value, reference)?.relative_error(reference);
            let first = expected
                .names
                .first()
                .filter(|_| position >= pairs.len() - by_order);
            compared.push(Compared {
                name: name.clone(),
                matched_with: first.cloned(),
                elements: reference.values.len(),
                relative,
                agrees: relative <= tolerance,
            });
        }
    }
    let missing = unnamed.iter().filter_map(|expected| expected.names.first());
    Ok(Answer::new(
        tolerance,
        compared,
        left,
        missing.cloned().collect(),
        experiment.remarks.clone(),
    ))
}

/// The names of a tensor that the archive knows.
fn known<'a>(archive: &'a Archive, expected: &'a Expected) -> impl Iterator<Item = &'a str> {
    archive
        .names()
        .filter(|name| expected.names.iter().any(|known| known == name))
}

/// Whether what is left on both sides has the same shapes in the same order.
fn in_order(
    archive: &Archive,
    experiment: &Experiment,
    unnamed: &[&Expected],
    left: &[String],
) -> Result<bool, CliError> {
    if unnamed.len() != left.len() {
        return Ok(false);
    }
    for (expected, name) in unnamed.iter().zip(left) {
        let shape = &experiment.graph.tensor(expected.tensor).shape;
        if !archive
            .get(name)?
            .is_some_and(|array| same_shape(shape, &array.shape))
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A value as the reference has it, which may hold matrices the other way round.
fn oriented(archive: &Archive, name: &str, value: &Tensor, reference: &Tensor) -> Result<Tensor, CliError> {
    if same_shape(&value.shape, &reference.shape) {
        return Ok(value.clone());
    }
    if let (&[rows, columns], &[other_rows, other_columns]) =
        (value.shape.as_slice(), reference.shape.as_slice())
        && (rows, columns) == (other_columns, other_rows)
    {
        return Ok(value.transposed(rows, columns));
    }
    Err(archive.failed(
        format!("`{name}` is {:?}", reference.shape),
        format!("{:?}", value.shape),
    ))
}
