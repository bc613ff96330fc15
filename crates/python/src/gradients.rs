//! Gradients of a training step, or of a backward pass.

use pyo3::{
    prelude::*,
    types::{PyDict, PyMapping},
};
use tilesim::execution::{
    Archive, Tensor,
    gradients::{self, BatchStatistics, GradientRequest, LossReduction},
};

use crate::{
    arrays::{array, tensor},
    error::raised,
};

/// What a training step or a backward pass came to: arrays of float32 by name.
#[pyclass(frozen, module = "tilesim")]
pub(crate) struct Gradients {
    pub(crate) computed: gradients::Gradients,
}

#[pymethods]
impl Gradients {
    /// `logits` and `loss` of a training step; `y`, and statistics of proxies, of a backward pass.
    #[getter]
    fn outputs<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        arrays(python, &self.computed.outputs)
    }

    /// Gradients of the inputs and of every parameter, by the names that the network has for them.
    #[getter]
    fn gradients<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        arrays(python, &self.computed.gradients)
    }

    /// What a reader should know of how they came about: how the loss is worked out, which statistics batch norms take.
    #[getter]
    fn remarks(&self) -> Vec<String> {
        self.computed.remarks.clone()
    }

    fn __repr__(&self) -> String {
        let names: Vec<&str> = self
            .computed
            .outputs
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        format!(
            "<tilesim.Gradients {}, of {} tensors>",
            names.join(", "),
            self.computed.gradients.len()
        )
    }
}

fn arrays<'py>(python: Python<'py>, tensors: &[(String, Tensor)]) -> PyResult<Bound<'py, PyDict>> {
    let arrays = PyDict::new(python);
    for (name, tensor) in tensors {
        arrays.set_item(name, array(python, tensor)?)?;
    }
    Ok(arrays)
}

/// What a step starts from.
pub(crate) fn given(
    inputs: &Bound<'_, PyAny>,
    labels: Option<&Bound<'_, PyAny>>,
    output_gradient: Option<&Bound<'_, PyAny>>,
    parameters: Option<&Bound<'_, PyMapping>>,
) -> PyResult<Archive> {
    let end = match (labels, output_gradient) {
        (Some(labels), None) => ("labels", labels),
        (None, Some(gradient)) => ("dy", gradient),
        _ => {
            return Err(wrong(
                inputs.py(),
                "labels",
                "a step starts from one end",
                "`labels`, or `output_gradient`",
            ));
        }
    };
    let mut arrays = vec![
        ("input".to_owned(), tensor(inputs)?),
        (end.0.to_owned(), tensor(end.1)?),
    ];
    if let Some(parameters) = parameters {
        for entry in parameters.items()?.iter() {
            let (name, value): (String, Bound<'_, PyAny>) = entry.extract()?;
            arrays.push((name, tensor(&value)?));
        }
    }
    Ok(Archive::new("given arrays", arrays))
}

/// How the step is executed.
pub(crate) fn request(
    python: Python<'_>,
    weights: Option<std::path::PathBuf>,
    seed: Option<u64>,
    label_smoothing: Option<f64>,
    loss_reduction: Option<&str>,
    batch_statistics: Option<&str>,
) -> PyResult<GradientRequest> {
    if label_smoothing.is_some_and(|share| !(0.0..1.0).contains(&share)) {
        let expected = "a number from 0 on, below 1";
        return Err(wrong(python, "label_smoothing", "is no share", expected));
    }
    Ok(GradientRequest {
        weights,
        seed,
        label_smoothing,
        loss_reduction: match loss_reduction {
            None => None,
            Some("mean") => Some(LossReduction::Mean),
            Some("sum") => Some(LossReduction::Sum),
            Some(_) => return Err(wrong(python, "loss_reduction", "is none", "mean or sum")),
        },
        batch_statistics: match batch_statistics {
            None => None,
            Some("current") => Some(BatchStatistics::Current),
            Some("stored") => Some(BatchStatistics::Stored),
            Some(_) => return Err(wrong(python, "batch_statistics", "are none", "current or stored")),
        },
        ..GradientRequest::default()
    })
}

fn wrong(python: Python<'_>, argument: &str, reason: &str, expected: &str) -> PyErr {
    raised(python, &tilesim::Error::argument(argument, reason, expected))
}
