//! Parts of tensors whose rows lie apart.

use tilesim_graph::Op;

use super::channel_slice::{ChannelSlice, Direction};
use crate::{
    LowerError,
    context::Context,
    error::unsupported,
    layout::{self, Value},
};

/// Rows, dimension 0.
const ROWS: usize = 0;
/// Channels, dimension 1.
const CHANNELS: usize = 1;

/// A row is there, and nothing moves; channels are brought to where those of their own layer lie.
pub(crate) fn lower(
    context: &mut Context,
    op: &Op,
    (axis, start, size): (usize, u64, u64),
) -> Result<(), LowerError> {
    let rows = op.inputs.first().and_then(|input| context.kept.rows.get(input));
    match (rows.cloned(), axis, size) {
        (Some(rows), ROWS, 1) if start < rows.len() as u64 => {
            context.define(op.output, rows[start as usize].clone());
        }
        (Some(rows), CHANNELS, _) => {
            let slices = channels(context, &op.name, &rows, ChannelSlice { start, size });
            context.kept.rows.insert(op.output, slices);
        }
        _ => {
            return Err(unsupported(
                op,
                format!("{size} elements of dimension {axis} from {start} on"),
                "rows and channels of statistics of proxy-normalised activations and of their gradients",
            ));
        }
    }
    Ok(())
}

/// The same channels of every row.
fn channels(context: &mut Context, name: &str, rows: &[Value], slice: ChannelSlice) -> Vec<Value> {
    let layout = layout::channels_apart(&[1, slice.size], context.tiles());
    let mut gathering = context.gather(format!("{name} gather"));
    let arrived: Vec<_> = rows
        .iter()
        .enumerate()
        .map(|(row, value)| {
            let need = slice.where_slice_lies(&layout, value.shape()[CHANNELS]);
            gathering.bring(&format!("{name}/{row}"), value, &need)
        })
        .collect();
    gathering.finish();
    let mut slices = Vec::new();
    for (row, (value, arrived)) in rows.iter().zip(arrived).enumerate() {
        let element_type = value.element_type;
        let variable = context.emitter.temporary(
            format!("{name}/{row} taken"),
            &layout.placement,
            element_type.bytes(),
        );
        let part = Value {
            variable,
            layout: layout.clone(),
            element_type,
        };
        let step = format!("{name} take row {row}");
        slice.copy(context, step, Direction::Take, &part, arrived, variable);
        slices.push(part);
    }
    slices
}
