//! What a recomputation gives: a stage's forward pass is a function, which has results of its own.

use std::collections::BTreeMap;

use tilesim_graph::{OpKind, TensorId};
use tilesim_program::VariableId;
use tilesim_terms::FunctionCopies;

use crate::{call, context::Context, layout::Value};

/// Copies what a recomputation gives once its last operator is lowered; `since` is its first.
///
/// Forward pass and recomputation of a stage are two calls of one function, out of whose variables all that the gradients read is
/// copied (TensorFlow for the IPU; PopLibs `GraphFunction.cpp`). Where such copies are removed there is one variable of each.
pub(super) fn keep_results(context: &mut Context, since: usize) {
    let copies = context.options.framework.function_copies;
    if matches!(copies, FunctionCopies::Elided | FunctionCopies::Interfering) {
        return;
    }
    let mut copied: BTreeMap<VariableId, VariableId> = BTreeMap::new();
    let graph = context.graph;
    for op in &graph.ops[since..=context.op] {
        let Some(value) = result(context, op.output) else {
            continue;
        };
        context.enter(op);
        // A view of what was there before the recomputation is no result.
        let is_view = matches!(op.kind, OpKind::Reshape | OpKind::Slice { .. });
        if !is_view && !copied.contains_key(&value.variable) {
            let copy = call::copy(context, &format!("{}/result copy", op.name), &value);
            copied.insert(value.variable, copy.variable);
        }
        let Some(&variable) = copied.get(&value.variable) else {
            continue;
        };
        context.stand_in(op.output, Value { variable, ..value });
    }
    if copies == FunctionCopies::Held {
        // All of them are there until the last has been copied.
        context.emitter.works_in(copied.into_keys());
    }
}

/// The value of a tensor, if somebody reads it later.
fn result(context: &Context, tensor: TensorId) -> Option<Value> {
    if context.analysis.is_read_last_by(tensor, context.op) {
        return None;
    }
    context.laid_out(tensor)
}
