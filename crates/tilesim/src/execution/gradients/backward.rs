//! A backward pass alone, from a given gradient of the output.

use tilesim_exec::{Tensor, Tensors};
use tilesim_graph::{
    Graph, TensorId, TensorKind,
    autodiff::{VectorJacobian, vector_jacobian_through_proxies},
};

use super::{
    experiment::{Expected, Experiment, given},
    shape::{INPUT, shaped},
};
use crate::{Error, execution::Archive};

/// The forward pass of a network and its backward pass from `dy`, on through the statistics of proxies.
pub(super) fn pass(
    archive: &Archive,
    network: &Graph,
    input: &Tensor,
    gradient: &Tensor,
    weights: &mut Tensors,
) -> Result<Experiment, Error> {
    let pass = vector_jacobian_through_proxies(network)?;
    let graph = &pass.graph;
    shaped(
        archive,
        "dy",
        &gradient.shape,
        &graph.tensor(pass.output_gradient).shape,
    )?;
    // Parameters of proxy distributions are the backward pass's own.
    for (of, _) in &pass.gradients {
        let tensor = graph.tensor(*of);
        if tensor.kind == TensorKind::Parameter {
            weights
                .entry(tensor.name.clone())
                .or_insert_with(|| Tensor::zeros(&tensor.shape));
        }
    }
    given(archive, weights)?;
    for (name, weight) in weights.iter_mut() {
        if let Some(shape) = archive.shape(&short(name))? {
            shaped(archive, &short(name), shape, &weight.shape)?;
            if let Some(array) = archive.get(&short(name))? {
                weight.clone_from(array);
            }
        }
    }
    let name = |id: &TensorId| graph.tensor(*id).name.clone();
    let inputs = network.inputs.iter().map(|id| (name(id), input.clone()));
    let inputs = inputs.chain([(name(&pass.output_gradient), gradient.clone())]);
    Ok(Experiment {
        inputs: inputs.collect(),
        weights: weights.clone(),
        results: results(network, &pass),
        gradients: gradients(&pass),
        graph: pass.graph,
        remarks: Vec::new(),
    })
}

/// What a reference of one layer calls a tensor: without the path, and with the proxy's behind (`beta_proxy`).
fn short(name: &str) -> String {
    let role = name.rsplit('/').next().unwrap_or(name);
    match role.strip_prefix("proxy_") {
        Some(role @ ("beta" | "gamma")) => format!("{role}_proxy"),
        _ => role.to_owned(),
    }
}

fn results(network: &Graph, pass: &VectorJacobian) -> Vec<Expected> {
    let graph = &pass.graph;
    let named = |names: Vec<String>, tensor| Expected {
        names,
        tensor,
        factor: 1.0,
    };
    let output = network
        .outputs
        .iter()
        .map(|id| named(vec!["y".to_owned(), network.tensor(*id).name.clone()], *id));
    let statistics = pass.statistics.iter().map(|(given, computed)| {
        let name = &graph.tensor(*given).name;
        named(vec![name.clone(), short(name)], *computed)
    });
    let inputs = pass
        .gradients
        .iter()
        .filter(|(of, _)| network.inputs.contains(of));
    let inputs = inputs.map(|(of, gradient)| {
        let names = INPUT.into_iter().chain([network.tensor(*of).name.as_str()]);
        named(names.map(|name| format!("grad/{name}")).collect(), *gradient)
    });
    output.chain(statistics).chain(inputs).collect()
}

fn gradients(pass: &VectorJacobian) -> Vec<Expected> {
    let graph = &pass.graph;
    let parameters = pass.gradients.iter();
    let parameters = parameters.filter(|(of, _)| graph.tensor(*of).kind == TensorKind::Parameter);
    parameters
        .map(|(of, gradient)| {
            let name = &graph.tensor(*of).name;
            Expected {
                names: vec![format!("grad/{name}"), format!("grad/{}", short(name))],
                tensor: *gradient,
                factor: 1.0,
            }
        })
        .collect()
}
