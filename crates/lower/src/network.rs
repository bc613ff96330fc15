//! The convolutions of a network as the planner is asked for them.

use tilesim_graph::{Graph, LayerId, OpKind};

use crate::LowerOptions;
use crate::convolution::{ConvolutionPass, computed, planner_pass};
use crate::planner::PlanRequest;

/// A convolution of a network, with the layers that have it.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkConvolution {
    /// Names of the layers, in the order of the network.
    pub layers: Vec<String>,
    /// What the planner is asked, as lowering asks it.
    pub request: PlanRequest,
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
        let Some(computed) = computed(graph, op) else {
            continue;
        };
        let request = PlanRequest {
            convolution: pass.convolution(&computed.forward),
            options: options.plan_options(planner_pass(&computed.forward, pass, trains)),
        };
        let name = layer_name(graph, op.layer).unwrap_or(&op.name).to_owned();
        match distinct.iter_mut().find(|found| found.request == request) {
            Some(found) => found.layers.push(name),
            None => distinct.push(NetworkConvolution {
                layers: vec![name],
                request,
            }),
        }
    }
    distinct
}

fn layer_name(graph: &Graph, layer: LayerId) -> Option<&str> {
    graph
        .layers
        .get(layer.0 as usize)
        .map(|layer| layer.name.as_str())
}
