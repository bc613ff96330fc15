//! Parts of tensors.

use tilesim_graph::Op;

use crate::{
    LowerError,
    lowering::{Lowering, unsupported},
};

/// A row of a tensor whose rows lie apart: nothing moves.
pub(crate) fn lower(
    lowering: &mut Lowering,
    op: &Op,
    (axis, start, size): (usize, u64, u64),
) -> Result<(), LowerError> {
    let rows = op.inputs.first().and_then(|input| lowering.kept.rows.get(input));
    let row = match rows {
        Some(rows) if (axis, size) == (0, 1) => rows.get(start as usize).cloned(),
        _ => None,
    };
    let row = row.ok_or_else(|| {
        unsupported(
            op,
            format!("{size} elements of dimension {axis} from {start} on"),
            "rows of statistics of proxy-normalised activations and of their gradients",
        )
    })?;
    lowering.define(op.output, row);
    Ok(())
}
