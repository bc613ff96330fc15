//! What a training step or a backward pass comes to.

use std::collections::BTreeMap;

use tilesim_exec::Tensor;
use tilesim_graph::TensorId;

use super::experiment::{Expected, Experiment};

/// What was executed.
pub(super) struct Computed {
    pub(super) experiment: Experiment,
    /// Values of what a reference may hold.
    pub(super) values: BTreeMap<TensorId, Tensor>,
    /// What a reader should know of the weights.
    pub(super) remark: Option<String>,
}

/// What a training step or a backward pass comes to.
#[derive(Debug, Clone)]
pub struct Gradients {
    /// `logits` and `loss` of a training step; `y`, and statistics of proxies, of a backward pass.
    pub outputs: Vec<(String, Tensor)>,
    /// Gradients by what they are of: inputs, then parameters in the order of the network, under its own names for them.
    pub gradients: Vec<(String, Tensor)>,
    /// What a reader should know of how they came about.
    pub remarks: Vec<String>,
}

/// How a reference marks gradients.
const GRADIENT: &str = "grad/";

impl Gradients {
    pub(super) fn new(computed: Computed) -> Self {
        let Computed {
            experiment,
            mut values,
            remark,
        } = computed;
        let (mut outputs, mut gradients) = (Vec::new(), Vec::new());
        for expected in &experiment.results {
            // Of several names of an input the last is the network's own.
            if let Some((name, value)) = of_input(expected).zip(values.get(&expected.tensor)) {
                gradients.push((name.to_owned(), value.clone()));
            } else if let Some((name, value)) = expected.names.first().zip(values.remove(&expected.tensor)) {
                outputs.push((name.clone(), value));
            }
        }
        for expected in &experiment.gradients {
            let name = expected
                .names
                .first()
                .and_then(|name| name.strip_prefix(GRADIENT));
            if let Some((name, value)) = name.zip(values.remove(&expected.tensor)) {
                gradients.push((name.to_owned(), value));
            }
        }
        Self {
            outputs,
            gradients,
            remarks: remark.into_iter().chain(experiment.remarks).collect(),
        }
    }
}

/// The network's name for an input, of whose gradient this is.
fn of_input(expected: &Expected) -> Option<&str> {
    expected.names.last()?.strip_prefix(GRADIENT)
}
