//! Vectors by channel, one after the other.

use tilesim_graph::Op;

use super::channel_slice::{ChannelSlice, Direction};
use crate::{
    LowerError,
    context::Context,
    error::unsupported,
    layout::{self, Value},
};

/// Channels of all operands spread over all tiles; each operand is brought to where its channels lie, and put in its place there.
pub(crate) fn lower(context: &mut Context, op: &Op, axis: usize) -> Result<(), LowerError> {
    let shape = &context.graph.tensor(op.output).shape;
    let &[total] = shape.as_slice() else {
        let found = format!("concatenation along dimension {axis} to {shape:?}");
        return Err(unsupported(op, found, "concatenation of vectors by channel"));
    };
    let element_type = context.element_type(op.output);
    let whole = layout::channels_apart(&[1, total], context.tiles());
    let variable = context.emitter.temporary(
        format!("{}/joined", op.name),
        &whole.placement,
        element_type.bytes(),
    );

    let mut slices = Vec::new();
    let mut values = Vec::new();
    let mut start = 0;
    for (index, &input) in op.inputs.iter().enumerate() {
        let size: u64 = context.graph.tensor(input).shape.iter().product();
        let rest = layout::channels_apart(&[1, size], context.tiles());
        let flat = rest.reshaped(&[size]).unwrap_or(rest);
        let mut value = context.resting(op, index, &flat)?;
        if let Some(layout) = value.layout.reshaped(&[1, size]) {
            value.layout = layout;
        }
        values.push(value);
        slices.push(ChannelSlice { start, size });
        start += size;
    }
    let mut gathering = context.gather(format!("{} gather", op.name));
    let arrived: Vec<Value> = (values.iter().zip(&slices).enumerate())
        .map(|(index, (value, slice))| {
            let layout = slice.where_whole_lies(&whole);
            Value {
                variable: gathering.bring(&format!("{}/{index}", op.name), value, &layout),
                layout,
                element_type: value.element_type,
            }
        })
        .collect();
    gathering.finish();
    for (slice, part) in slices.iter().zip(&arrived) {
        let name = format!("{} put from {}", op.name, slice.start);
        slice.copy(context, name, Direction::Put, part, part.variable, variable);
    }
    let joined = Value {
        variable,
        layout: whole,
        element_type,
    };
    let joined = Value {
        layout: joined.layout.reshaped(&[total]).unwrap_or(joined.layout),
        ..joined
    };
    context.define(op.output, joined);
    Ok(())
}
