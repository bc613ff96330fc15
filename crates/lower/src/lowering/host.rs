//! What the host sends before the first operator, and what it gets after the last.

use tilesim_graph::{Graph, TensorId};
use tilesim_program::{Action, HostDirection};
use tilesim_terms::{HostIo, NetworkInput};

use crate::{HostSteps, InputLayout, LowerError, context::Context, convolution::convolution_of, layout};

/// Bytes that a tile takes at least of a tensor that is spread element by element (PopLibs lib/poputil/TileMapping.cpp).
const LEAST_LINEAR_BYTES: u64 = 128;

/// Images lie over all tiles in the order in which the host sends them, unless a convolution says how it wants them.
pub(super) fn receive_inputs(context: &mut Context) {
    if let Some(op) = context.graph.ops.first() {
        context.enter(op);
    }
    for (index, &tensor) in context.graph.inputs.iter().enumerate() {
        if is_laid_out_by_its_reader(context, tensor) && is_convolved_first(context.graph, tensor) {
            continue;
        }
        let shape = &context.graph.tensor(tensor).shape;
        let layout = match context.options.inputs {
            InputLayout::Linear | InputLayout::AsNeeded => layout::linear_positions(shape, context.tiles()),
            InputLayout::RowMajor => {
                let (grain, tiles) = element_shares(context, shape);
                layout::row_major(shape, grain, tiles)
            }
            InputLayout::ChannelBlocks { first, others } => {
                let (grain, tiles) = element_shares(context, shape);
                let block = if index == 0 { first } else { others };
                layout::channel_blocks(shape, block, grain, tiles)
            }
        };
        context.receive(tensor, layout);
    }
}

/// Elements that stay together and tiles that take part where a tensor is spread element by element: whole data paths, and no
/// tile with less than [`LEAST_LINEAR_BYTES`].
fn element_shares(context: &Context, shape: &[u64]) -> (u64, u64) {
    let bytes = shape.iter().product::<u64>() * context.data().bytes();
    let tiles = (bytes / LEAST_LINEAR_BYTES).clamp(1, context.tiles());
    (context.machine.vector_width(context.data()), tiles)
}

/// Whether a convolution that reads an input first says where it lies. An exchange that brings it from the I/O tiles brings it there.
fn is_laid_out_by_its_reader(context: &Context, tensor: TensorId) -> bool {
    context.options.inputs == InputLayout::AsNeeded
        || context.options.framework.input == NetworkInput::AtRest
        || context.sent_beside(tensor).is_some()
}

/// Whether the first reader of a tensor is a convolution.
fn is_convolved_first(graph: &Graph, tensor: TensorId) -> bool {
    let first = graph.ops.iter().find(|op| op.inputs.contains(&tensor));
    first.is_some_and(|op| convolution_of(graph, op).is_some())
}

/// Results go to the host, where it takes part.
pub(super) fn send_outputs(context: &mut Context) -> Result<(), LowerError> {
    let Some(last) = context.graph.ops.last() else {
        return Ok(());
    };
    let mut sent = Vec::new();
    for &tensor in &context.graph.outputs {
        let value = context.value(last, tensor)?;
        let variable = match context.options.host.io {
            HostIo::None => continue,
            _ if !context.host.outputs.contains(&tensor) => continue,
            HostIo::Serial => value.variable,
            HostIo::Overlapped => context.hand_over(&context.graph.tensor(tensor).name, &value),
        };
        sent.push((tensor, value.element_type, variable));
    }
    if context.host.transfers == HostSteps::OfTheProgram {
        if let Some(first) = context.graph.ops.first() {
            context.enter(first);
            receive_beside(context);
        }
        context.enter(last);
        for (tensor, element_type, variable) in sent {
            let description = context.graph.tensor(tensor);
            context.emitter.step(
                format!("send {}", description.name),
                Action::Host {
                    direction: HostDirection::Out,
                    bytes: description.elements() * element_type.bytes(),
                },
                vec![variable],
                Vec::new(),
            );
        }
    }
    Ok(())
}

/// The next batch comes to the I/O tiles, whence this one has gone: beside all that computes, and stated where it ends at the latest.
fn receive_beside(context: &mut Context) {
    for (tensor, buffers) in context.host_buffers() {
        let description = context.graph.tensor(tensor);
        let sent_as = context.sent_beside(tensor).unwrap_or(context.data());
        context.emitter.step(
            format!("receive {}", description.name),
            Action::Host {
                direction: HostDirection::In,
                bytes: description.elements() * sent_as.bytes(),
            },
            Vec::new(),
            buffers,
        );
    }
}
