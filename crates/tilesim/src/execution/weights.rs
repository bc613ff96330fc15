//! Values of the parameters of a network.

use std::path::Path;

use tilesim_exec::{Tensor, Tensors};
use tilesim_graph::Graph;
use tilesim_models::onnx::{Bindings, OnnxFile, Weight, Weights};

use crate::{Error, Network, network::Definition};

/// Values of the parameters of a network's graph, norms not folded: those of its file, or drawn from a seed.
pub(crate) fn weights(network: &Network, graph: &Graph, batch: u64, seed: u64) -> Result<Tensors, Error> {
    match network.definition() {
        Definition::Spec(_) | Definition::Code(_) => Ok(tilesim_exec::seeded_weights(graph, seed)),
        Definition::Onnx { path, file, shapes } => {
            let bindings = Bindings {
                batch: Some(batch),
                shapes: shapes.clone(),
            };
            let model = file.import_bound(&bindings).map_err(Error::onnx(path))?;
            Ok(tensors(&model.weights))
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
    let (mut other, mut weights) = (model.graph, tensors(&model.weights));
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

fn tensors(weights: &Weights) -> Tensors {
    let tensor = |weight: &Weight| Tensor {
        shape: weight.shape().to_vec(),
        values: weight.to_f32(),
    };
    weights
        .iter()
        .map(|(name, weight)| (name.to_owned(), tensor(weight)))
        .collect()
}
