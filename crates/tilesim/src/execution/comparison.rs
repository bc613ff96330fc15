//! Outputs against references.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use tilesim_exec::{Comparison, Tensor};

use super::given::GivenArray;
use crate::{Error, Precision};

/// An output of the network.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Output {
    /// Its name, that of the file where the network is of one.
    pub name: String,
    /// Its shape.
    pub shape: Vec<u64>,
}

/// How far an output is from its reference.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OutputError {
    /// Name of the output.
    pub output: String,
    /// Whether the largest difference is within the tolerance.
    pub agrees: bool,
    /// Largest difference that is taken, relative to the largest magnitude of the reference.
    pub tolerance: f64,
    /// The largest difference.
    pub max: f64,
    /// The largest, relative to the largest magnitude of the reference.
    pub relative: f64,
    /// Their mean.
    pub mean: f64,
    /// Cosine of the angle between both.
    pub cosine: f64,
    /// Of a classifier: share of samples whose largest element is the same.
    pub top1: Option<f64>,
    /// Of a classifier: share of the reference's five largest elements of each sample that are among the output's five.
    pub top5: Option<f64>,
}

impl OutputError {
    /// What is wrong, if something is.
    pub(super) fn complaint(&self) -> Option<String> {
        (!self.agrees).then(|| {
            format!(
                "output `{}` differs from its reference by {:.3e} of the largest, more than {:.1e}",
                self.output, self.relative, self.tolerance
            )
        })
    }
}

/// Largest difference of an operator from its plain evaluation that a check takes, relative to the largest magnitude of the tensor.
pub(super) const fn check_tolerance(precision: Precision) -> f64 {
    match precision {
        Precision::F32F32 => 1e-4,
        // Errors of halves, 2⁻¹¹ each, add up along the network.
        Precision::F16F16 | Precision::F16F32 => 0.1,
    }
}

/// Largest difference of an output from its reference, relative to the largest magnitude of that. Of floats a few roundings of 2⁻²⁴ a
/// layer; of halves those of some hundred layers, 2⁻¹¹ each and of either sign, which partial sums of halves double.
pub(super) const fn reference_tolerance(precision: Precision) -> f64 {
    match precision {
        Precision::F32F32 => 1e-4,
        Precision::F16F32 => 0.02,
        Precision::F16F16 => 0.04,
    }
}

/// Compares every output that has a reference.
///
/// # Errors
/// Where one has another shape than its reference, or no elements.
pub(super) fn compare(
    outputs: &[(String, Tensor)],
    references: &BTreeMap<String, GivenArray<'_>>,
    tolerance: f64,
    is_classifier: bool,
) -> Result<Vec<OutputError>, Error> {
    let mut errors = Vec::new();
    for (name, output) in outputs {
        let Some(reference) = references.get(name) else {
            continue;
        };
        let misfit = || Error::Array {
            path: reference.origin.to_owned(),
            reason: format!("the array is {:?}", reference.shape),
            expected: format!("{:?}, as output `{name}` is", output.shape),
        };
        if output.shape != reference.shape {
            return Err(misfit());
        }
        let comparison = Comparison::of(output, reference.tensor()?).ok_or_else(misfit)?;
        errors.push(OutputError {
            output: name.clone(),
            // What is no number is not within anything.
            agrees: comparison.relative <= tolerance,
            tolerance,
            max: comparison.largest,
            relative: comparison.relative,
            mean: comparison.mean,
            cosine: comparison.cosine,
            top1: is_classifier.then_some(comparison.top1),
            top5: is_classifier.then_some(comparison.top5),
        });
    }
    Ok(errors)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn tensor(shape: &[u64], values: &[f32]) -> Tensor {
        Tensor {
            shape: shape.to_vec(),
            values: values.to_vec(),
        }
    }

    fn compared(output: Tensor, reference: &Tensor) -> Result<Vec<OutputError>, Error> {
        let reference = GivenArray::held(Path::new("reference.npy"), reference);
        let references = BTreeMap::from([("y".to_owned(), reference)]);
        let outputs = [("y".to_owned(), output.clone()), ("z".to_owned(), output)];
        compare(&outputs, &references, 1e-4, false)
    }

    #[test]
    fn an_output_agrees_or_is_complained_of() {
        let reference = || tensor(&[2], &[1.0, -2.0]);
        let errors = compared(reference(), &reference()).expect("equal shapes");
        assert_eq!(errors.len(), 1);
        assert!(errors[0].agrees && errors[0].complaint().is_none());
        for wrong in [[1.0, -2.1], [f32::NAN, -2.0], [f32::INFINITY, -2.0]] {
            let errors = compared(tensor(&[2], &wrong), &reference()).expect("equal shapes");
            let complaint = errors[0].complaint().expect("a difference");
            assert!(complaint.contains("`y`"), "{complaint}");
        }
    }

    #[test]
    fn another_shape_is_an_error_that_says_both() {
        let error = compared(tensor(&[2, 1], &[1.0, 2.0]), &tensor(&[2], &[1.0, 2.0]));
        let message = error.expect_err("another shape").to_string();
        assert!(message.contains("[2]") && message.contains("[2, 1]"), "{message}");
    }
}
