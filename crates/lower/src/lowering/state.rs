//! What an update changes comes to rest where it was before.

use tilesim_graph::{Graph, TensorId};
use tilesim_program::{
    Work,
    work::{CopyPositions, VectorKernel, VectorWork},
};

use crate::{
    context::{Context, cast},
    layout::Value,
};

/// Puts new values that lie elsewhere to where what they take the place of rests.
pub(super) fn keep_state(context: &mut Context) {
    for change in &context.graph.state {
        let Some(after) = context.laid_out(change.after) else {
            continue;
        };
        let before = match context.laid_out(change.before) {
            Some(before) => before,
            None if context.analysis.producer(change.before).is_none() => {
                context.parameter(change.before, after.layout.clone())
            }
            None => continue,
        };
        // An accumulator that starts anew was emptied in its place.
        if after.variable == before.variable || is_emptied(context.graph, change.before, change.after) {
            continue;
        }
        if let Some(index) = context.analysis.producer(change.after) {
            context.enter(&context.graph.ops[index]);
        }
        copy_to(context, change.after, &after, &before);
    }
}

/// Whether a tensor takes another value in a later phase.
fn is_emptied(graph: &Graph, before: TensorId, after: TensorId) -> bool {
    let last = graph.state.iter().rev().find(|change| change.before == before);
    last.is_some_and(|change| change.after != after)
}

fn copy_to(context: &mut Context, tensor: TensorId, from: &Value, to: &Value) {
    let name = &context.graph.tensor(tensor).name;
    let from = if from.element_type == to.element_type {
        from.clone()
    } else {
        cast(context, name, from, to.element_type)
    };
    let mut gathering = context.gather(format!("{name} put in place"));
    let arrived = gathering.bring(&format!("{name}/in place"), &from, &to.layout);
    gathering.finish();
    context.emitter.compute(
        format!("{name} keep"),
        Work::Vector(VectorWork {
            over: to.placement().clone(),
            kernel: VectorKernel::Copy {
                element_bytes: to.element_type.bytes(),
                piece_bytes: u64::MAX,
                positions: CopyPositions::Same,
            },
        }),
        vec![arrived],
        vec![to.variable],
    );
}
