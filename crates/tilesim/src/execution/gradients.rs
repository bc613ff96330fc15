//! A training step with real numbers, against a reference.

mod answer;
mod backward;
mod comparison;
mod computed;
mod experiment;
mod loss;
mod request;
mod shape;
mod training;

pub use answer::{Compared, GradientComparison, MatchedBy};
pub use computed::Gradients;
pub use request::{GradientRequest, LossReduction};

use tilesim_graph::Graph;

pub use tilesim_graph::autodiff::BatchStatistics;

use self::{
    computed::Computed,
    request::TOLERANCE,
    shape::{INPUT, shaped},
};
use super::{Archive, memory::MemoryLimit, weights};
use crate::{Error, InputShape, Precision, Simulation, Simulator};

impl Simulation {
    /// Executes one training step, or a backward pass from a given gradient, in single precision whatever types the machine would use,
    /// and compares it with a reference. Beside the comparison: what a reader should know.
    ///
    /// Nothing is dropped at random. The reference holds `input` and `labels`, or `x` and `dy`, and as many as it likes of the results.
    ///
    /// # Errors
    /// Where an array is missing or does not fit the network, or the network cannot be trained or takes more memory than it may.
    pub fn compare_gradients(
        &self,
        reference: &Archive,
        request: &GradientRequest,
        simulator: &Simulator,
    ) -> Result<(GradientComparison, Vec<String>), Error> {
        let Computed {
            experiment,
            values,
            remark,
        } = self.computed(reference, request, simulator)?;
        let tolerance = request.tolerance.unwrap_or(TOLERANCE);
        let comparison = comparison::compare(tolerance, reference, &experiment, &values)?;
        Ok((comparison, remark.into_iter().collect()))
    }

    /// Executes one training step from `input` and `labels`, or a backward pass from `x` and `dy`, as
    /// [`Simulation::compare_gradients`] does: its outputs, and the gradients of all inputs and parameters. Parameters may be given under their
    /// names.
    ///
    /// # Errors
    /// As [`Simulation::compare_gradients`].
    pub fn gradients(
        &self,
        given: &Archive,
        request: &GradientRequest,
        simulator: &Simulator,
    ) -> Result<Gradients, Error> {
        Ok(Gradients::new(self.computed(given, request, simulator)?))
    }

    /// Executes what a reference asks for.
    fn computed(
        &self,
        reference: &Archive,
        request: &GradientRequest,
        simulator: &Simulator,
    ) -> Result<Computed, Error> {
        let (name, shape) = input(reference)?;
        let mut simulation = self.clone().batch(shape.first().copied().unwrap_or(1));
        if let Some([only]) = self.network().input_names().as_deref() {
            simulation = simulation.bound(&InputShape {
                name: Some(only.clone()),
                sizes: shape.to_vec(),
            })?;
        }
        simulation.check()?;
        let batch = simulation.batch_size()?;
        let network = simulation.network().graph(batch)?;
        fits(reference, &network, name, shape)?;
        let limit = MemoryLimit::new(request.memory_limit, false);
        limit.check_graph(&network)?;
        let Some(input) = reference.get(name)? else {
            return Err(no_input(reference));
        };
        let (mut weights, remark) = match &request.weights {
            Some(path) => weights::weights_of_file(path, &network, false, batch)?,
            None => (
                weights::weights(simulation.network(), &network, batch, request.seed)?,
                None,
            ),
        };
        let mut experiment = match (reference.get("labels")?, reference.get("dy")?) {
            (Some(labels), _) => {
                let cancellation = simulator.cancellation();
                training::step(
                    request,
                    reference,
                    &network,
                    input,
                    labels,
                    &mut weights,
                    cancellation,
                )?
            }
            (None, Some(gradient)) => backward::pass(reference, &network, input, gradient, &mut weights)?,
            (None, None) => {
                return Err(reference.failed(
                    "there is neither an array `labels` nor `dy`".to_owned(),
                    "`labels`, from which a training step starts, or `dy`, the gradient of the output",
                ));
            }
        };
        limit.check_graph(&experiment.graph)?;
        // A graph that trains says itself of which types its tensors are: halves, as networks are built.
        if simulation.number_formats() == Precision::F32F32 {
            experiment.in_single_precision();
        }
        let program = simulation.program(&experiment.graph, simulator)?;
        limit.check_program(&experiment.graph, &program)?;
        let values = experiment.execute(&program, simulator.cancellation())?;
        Ok(Computed {
            experiment,
            values,
            remark,
        })
    }
}

/// The name of the network's input, and its shape.
fn input(archive: &Archive) -> Result<(&'static str, &[u64]), Error> {
    for name in INPUT {
        if let Some(shape) = archive.shape(name)? {
            return Ok((name, shape));
        }
    }
    Err(no_input(archive))
}

fn no_input(archive: &Archive) -> Error {
    archive.failed(
        "there is no array `input`".to_owned(),
        "`input`, whose first dimension is the batch",
    )
}

/// Checks that the input is one of the network.
fn fits(archive: &Archive, network: &Graph, name: &str, shape: &[u64]) -> Result<(), Error> {
    let &[id] = network.inputs.as_slice() else {
        return Err(archive.failed(
            format!("the network has {} inputs", network.inputs.len()),
            "a network of one input",
        ));
    };
    let wanted = &network.tensor(id).shape;
    shaped(archive, name, shape, wanted)
}
