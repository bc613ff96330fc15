//! Softmax and its cross entropy.

use std::ops::Range;

use super::{ReferenceError, tensor::Tensor};

/// The channels, over which a loss takes softmax.
const CHANNELS: Range<usize> = 1..2;

/// Softmax over some dimensions taken together, which need not be the last.
pub(super) fn softmax(x: &Tensor, axes: &Range<usize>) -> Tensor {
    let elements = |shape: &[u64]| shape.iter().product::<u64>().max(1) as usize;
    let together = elements(&x.shape[axes.clone()]);
    let inner = elements(&x.shape[axes.end..]);
    let mut result = x.clone();
    for outer in result.values.chunks_mut(together * inner) {
        for position in 0..inner {
            let at = |index: usize| index * inner + position;
            let largest = (0..together).fold(f64::NEG_INFINITY, |most, index| most.max(outer[at(index)]));
            let sum: f64 = (0..together)
                .map(|index| (outer[at(index)] - largest).exp())
                .sum();
            for index in 0..together {
                outer[at(index)] = (outer[at(index)] - largest).exp() / sum;
            }
        }
    }
    result
}

/// The target distribution: the class of the label, smoothed.
fn targets(op: &str, logits: &Tensor, labels: &Tensor, smoothing: f64) -> Result<Tensor, ReferenceError> {
    let classes = logits.shape.get(1).copied().unwrap_or(1) as usize;
    let mut targets = Tensor::filled(&logits.shape, smoothing / classes as f64);
    for (row, &label) in targets.values.chunks_mut(classes).zip(&labels.values) {
        let target = if label.fract() == 0.0 && label >= 0.0 {
            row.get_mut(label as usize)
        } else {
            None
        };
        match target {
            Some(target) => *target += 1.0 - smoothing,
            None => {
                return Err(ReferenceError::Label {
                    op: op.to_owned(),
                    label,
                    classes,
                });
            }
        }
    }
    Ok(targets)
}

fn batch(logits: &Tensor) -> f64 {
    logits.shape.first().copied().unwrap_or(1) as f64
}

/// Mean over the batch of −Σ target · log softmax.
pub(super) fn cross_entropy(
    op: &str,
    logits: &Tensor,
    labels: &Tensor,
    smoothing: f64,
) -> Result<Tensor, ReferenceError> {
    let targets = targets(op, logits, labels, smoothing)?;
    let classes = logits.shape.get(1).copied().unwrap_or(1) as usize;
    let rows = logits.values.chunks(classes).zip(targets.values.chunks(classes));
    let sum: f64 = rows
        .map(|(logits, targets)| {
            let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let log_sum = largest
                + logits
                    .iter()
                    .map(|logit| (logit - largest).exp())
                    .sum::<f64>()
                    .ln();
            logits
                .iter()
                .zip(targets)
                .map(|(logit, target)| target * (log_sum - logit))
                .sum::<f64>()
        })
        .sum();
    Ok(Tensor {
        shape: vec![1],
        values: vec![sum / batch(logits)],
    })
}

pub(super) fn cross_entropy_gradient(
    op: &str,
    logits: &Tensor,
    labels: &Tensor,
    smoothing: f64,
    scale: f64,
) -> Result<Tensor, ReferenceError> {
    let targets = targets(op, logits, labels, smoothing)?;
    let factor = scale / batch(logits);
    Ok(softmax(logits, &CHANNELS).zip(&targets, |probability, target| factor * (probability - target)))
}
