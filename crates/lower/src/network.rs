//! The convolutions of a network as the planner is asked for them.

use tilesim_graph::{Convolution, Graph, LayerId, Op, OpKind};

use crate::LowerOptions;
use crate::convolution::{convolution_task, is_matrix_product, purpose};
use tilesim_planner::{PlanRequest, is_joinable};
use tilesim_terms::ConvolutionPass;

/// A convolution of a network, with the layers that have it.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkConvolution {
    /// Names of the layers, in the order of the network.
    pub layers: Vec<String>,
    /// What the planner is asked, as lowering asks it.
    pub request: PlanRequest,
    /// The forward pass of a fully connected layer that is trained, whose passes may be planned as one.
    pub joint: Option<Convolution>,
}

/// The distinct convolutions of one pass over `graph`, a graph of the forward pass, in the order of their first layer; fully
/// connected layers are among them.
pub fn convolutions(graph: &Graph, pass: ConvolutionPass, options: &LowerOptions) -> Vec<NetworkConvolution> {
    let trains = pass != ConvolutionPass::Forward;
    let mut distinct: Vec<NetworkConvolution> = Vec::new();
    for op in &graph.ops {
        if !matches!(op.kind, OpKind::Convolution(_) | OpKind::FullyConnected) {
            continue;
        }
        let Some(task) = convolution_task(graph, op) else {
            continue;
        };
        let request = PlanRequest {
            convolution: task.forward.of_pass(pass),
            options: options.plan_options(purpose(&task.forward, pass, trains)),
        };
        let joint = Some(task.forward).filter(|forward| {
            trains && is_matrix_product(forward) && is_joinable(forward) && !reads_input(graph, op)
        });
        let name = layer_name(graph, op.layer).unwrap_or(&op.name).to_owned();
        match distinct
            .iter_mut()
            .find(|found| found.request == request && found.joint == joint)
        {
            Some(found) => found.layers.push(name),
            None => distinct.push(NetworkConvolution {
                layers: vec![name],
                request,
                joint,
            }),
        }
    }
    distinct
}

/// Whether an operator reads what the graph starts from: nobody wants the gradient of that.
fn reads_input(graph: &Graph, op: &Op) -> bool {
    let mut read = op.inputs.first().copied();
    while let Some(producer) = graph.ops.iter().find(|op| Some(op.output) == read) {
        if !matches!(producer.kind, OpKind::Reshape) {
            return false;
        }
        read = producer.inputs.first().copied();
    }
    true
}

fn layer_name(graph: &Graph, layer: LayerId) -> Option<&str> {
    graph
        .layers
        .get(layer.0 as usize)
        .map(|layer| layer.name.as_str())
}
