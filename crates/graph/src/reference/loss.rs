//! Softmax and its cross entropy.

use super::{ReferenceError, tensor::Tensor};

/// Softmax over the channels, which need not be the last dimension.
pub(super) fn softmax(x: &Tensor) -> Tensor {
    let channels = x.shape.get(1).copied().unwrap_or(1).max(1) as usize;
    let positions = x.shape.iter().skip(2).product::<u64>().max(1) as usize;
    let mut result = x.clone();
    for sample in result.values.chunks_mut(channels * positions) {
        for position in 0..positions {
            let at = |channel: usize| channel * positions + position;
            let largest =
                (0..channels).fold(f64::NEG_INFINITY, |most, channel| most.max(sample[at(channel)]));
            let sum: f64 = (0..channels)
                .map(|channel| (sample[at(channel)] - largest).exp())
                .sum();
            for channel in 0..channels {
                sample[at(channel)] = (sample[at(channel)] - largest).exp() / sum;
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
    Ok(softmax(logits).zip(&targets, |probability, target| factor * (probability - target)))
}
