//! Values of the parameters of a network.

use std::path::Path;

use tilesim_exec::{Tensor, Tensors};
use tilesim_graph::Graph;
use tilesim_onnx::{Bindings, OnnxFile, Weights};

use crate::{Error, Network, network::Definition};

/// Values of the parameters of a network's graph, norms not folded: those of its file, or drawn from a seed.
pub(crate) fn weights(
    network: &Network,
    graph: &Graph,
    batch: u64,
    seed: Option<u64>,
) -> Result<Tensors, Error> {
    match network.definition() {
        Definition::Spec(_) | Definition::Code(_) => {
            Ok(tilesim_exec::seeded_weights(graph, seed.unwrap_or(0)))
        }
        Definition::Onnx { path, file, shapes } => {
            let bindings = Bindings {
                batch: Some(batch),
                shapes: shapes.clone(),
            };
            let model = file.import_bound(&bindings).map_err(Error::onnx(path))?;
            tensors(path, graph, &model.weights, seed)
        }
    }
}

/// Values of the parameters of a graph from an ONNX file whose network has the same structure.
///
/// Where the norms of the graph are folded, so are those of the file. Beside them a remark, where the file's network computes something
/// else with its weights.
pub(crate) fn weights_of_file(
    path: &Path,
    graph: &Graph,
    folded: bool,
    batch: u64,
) -> Result<(Tensors, Option<String>), Error> {
    let file = OnnxFile::open(path).map_err(Error::onnx(path))?;
    // Weights do not depend on shapes: those of the graph's inputs bind what the file leaves open.
    let given = graph.inputs.iter().map(|&id| graph.tensor(id).shape.clone());
    let names = file.inputs().into_iter().map(str::to_owned);
    let bindings = Bindings {
        batch: Some(batch),
        shapes: names.zip(given).collect(),
    };
    let model = file
        .import(batch)
        .or_else(|_| file.import_bound(&bindings))
        .map_err(Error::onnx(path))?;
    let mut weights = tensors(path, &model.graph, &model.weights, None)?;
    let mut other = model.graph;
    if folded {
        let unfolded = other;
        other = tilesim_graph::fold_batch_norm(&unfolded);
        weights = tilesim_exec::fold_batch_norm(&unfolded, &other, &weights);
    }
    let matched = tilesim_exec::match_weights(graph, &other, &weights);
    let matched = matched.map_err(|source| Error::Weights {
        path: path.to_owned(),
        source: Box::new(source),
    })?;
    let remark = matched.differing.first().map(|(mine, theirs)| {
        format!(
            "{}: its weights fit, but are trained for another network: {} operators differ from theirs in padding, stride or \
             epsilon, first `{mine}` from `{theirs}`",
            path.display(),
            matched.differing.len(),
        )
    });
    Ok((matched.weights, remark))
}

/// The values of a file's tensors. Those that the file has no data for are drawn from a seed, if there is one.
fn tensors(path: &Path, graph: &Graph, weights: &Weights, seed: Option<u64>) -> Result<Tensors, Error> {
    let missing = weights.iter().find_map(|(_, weight)| weight.missing());
    let seeded = match (missing, seed) {
        (None, _) => Tensors::new(),
        (Some(_), Some(seed)) => tilesim_exec::seeded_weights(graph, seed),
        (Some(tensor), None) => {
            return Err(Error::argument(
                &path.display().to_string(),
                format!("tensor `{tensor}` has no data: its file is not there, or holds nothing for it"),
                "a file with the weights, or `--seed N` to make up those that are missing",
            ));
        }
    };
    weights
        .iter()
        .map(|(name, weight)| {
            let made_up = seeded.get(name).filter(|_| weight.missing().is_some());
            let tensor = match made_up {
                Some(tensor) => tensor.clone(),
                None => Tensor {
                    shape: weight.shape().to_vec(),
                    values: weight.to_f32().map_err(Error::onnx(path))?,
                },
            };
            Ok((name.to_owned(), tensor))
        })
        .collect()
}
