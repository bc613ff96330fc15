//! The loss of given logits.

use crate::Tensor;

/// Cross entropy of logits `[samples, classes]` with labels, summed over the samples; a share of the target is spread evenly over all
/// classes. `None` where a label is no class or there are no samples.
pub fn cross_entropy(logits: &Tensor, labels: &Tensor, label_smoothing: f64) -> Option<f64> {
    let classes = logits.values.len().checked_div(labels.values.len())?;
    if classes == 0 {
        return None;
    }
    let of_sample = |row: &[f32], label: f32| {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exponents = row.iter().map(|logit| f64::from(logit - largest).exp());
        let normaliser = exponents.sum::<f64>().ln() + f64::from(largest);
        let of_class = |logit: f32| normaliser - f64::from(logit);
        let own = of_class(*row.get(label as usize)?);
        let even = row.iter().map(|logit| of_class(*logit)).sum::<f64>() / classes as f64;
        Some((1.0 - label_smoothing) * own + label_smoothing * even)
    };
    let samples = logits.values.chunks(classes).zip(&labels.values);
    samples.map(|(row, label)| of_sample(row, *label)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(shape: &[u64], values: &[f32]) -> Tensor {
        Tensor {
            shape: shape.to_vec(),
            values: values.to_vec(),
        }
    }

    #[test]
    fn labels_are_smoothed() {
        let logits = tensor(&[2, 2], &[0.0, 0.0, 3.0, 1.0]);
        let labels = tensor(&[2], &[1.0, 0.0]);
        let loss = |label_smoothing| cross_entropy(&logits, &labels, label_smoothing).expect("a loss");
        let plain = std::f64::consts::LN_2 + (1.0 + (-2.0_f64).exp()).ln();
        assert!((loss(0.0) - plain).abs() < 1e-12);
        // A tenth spread evenly: the other class of the second sample takes a twentieth, and costs 2 more.
        assert!((loss(0.1) - plain - 0.05 * 2.0).abs() < 1e-12);
        assert_eq!(cross_entropy(&logits, &tensor(&[2], &[1.0, 7.0]), 0.1), None);
        assert_eq!(cross_entropy(&logits, &tensor(&[0], &[]), 0.1), None);
    }
}
