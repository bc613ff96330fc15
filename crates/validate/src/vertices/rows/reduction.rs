//! Rows of vendor tables of reductions and casts of partial sums.

use tilesim_codelets::reduction::{
    ConvolutionReduce, cast_cycles, convolution_reduce_cycles, reduce_add_cycles,
};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::reduce_add::ReduceAddVertex;

use crate::row::{Row, RowError};
use crate::vertices::predicted::Predicted;

/// Predicts a row of a reduction's or cast's table, or `None` where `name` is not the name of one.
///
/// Both counts are the same.
pub(super) fn predict(machine: &Machine, name: &str, row: &Row<'_>) -> Option<Result<Predicted, RowError>> {
    let predicted = match name {
        "ReduceAdd" => reduce_add(row).map(|vertex| reduce_add_cycles(machine, &vertex)),
        "PlannerConvReduce" => {
            convolution_reduce(row).map(|reduce| convolution_reduce_cycles(machine, &reduce))
        }
        "PlannerCast" => cast(machine, row),
        _ => return None,
    };
    Some(predicted.and_then(|predicted| {
        Ok(Predicted {
            predicted,
            given: row.u64("cycles")?,
        })
    }))
}

/// A positive size that fits 32 bits, so that products of two do not overflow.
fn size(row: &Row<'_>, column: &str) -> Result<u64, RowError> {
    row.positive_u32(column).map(u64::from)
}

/// Outputs and depth, whose partial sums fit a tile many times over.
fn outputs_and_depth(row: &Row<'_>, outputs: &str, depth: &str) -> Result<(u64, u64), RowError> {
    let (size_of_outputs, size_of_depth) = (size(row, outputs)?, size(row, depth)?);
    if size_of_outputs * size_of_depth > 1 << 50 {
        return Err(row.unexpected(outputs, "fewer than 2^50 partial sums on a tile"));
    }
    Ok((size_of_outputs, size_of_depth))
}

fn reduce_add(row: &Row<'_>) -> Result<ReduceAddVertex, RowError> {
    let single_input = row.flag("single_input")?;
    let (outputs, partials) = outputs_and_depth(row, "out_elements", "num_partials")?;
    Ok(ReduceAddVertex {
        partials_type: row.element_type("partials_type")?,
        output_type: row.element_type("out_type")?,
        outputs,
        // With a single input the column counts the received partial sums only.
        depth: partials + u64::from(single_input),
        single_input,
        interleaved: row.flag("constrain_partials")?,
    })
}

fn convolution_reduce(row: &Row<'_>) -> Result<ConvolutionReduce, RowError> {
    let (outputs_per_tile, depth) = outputs_and_depth(row, "outputs_per_tile", "reduction_depth")?;
    Ok(ConvolutionReduce {
        partials_type: row.element_type("partials_type")?,
        output_type: row.element_type("out_type")?,
        outputs_per_tile,
        depth,
        multi_stage: row.flag("multi_stage")?,
        fast: row.flag("fast_reduce")?,
        accumulated_in_loop: row.positive("in_chan_serial_split")? > 1,
    })
}

fn cast(machine: &Machine, row: &Row<'_>) -> Result<u64, RowError> {
    let element_type = |column| {
        let width = row.positive(column)?;
        [ElementType::F16, ElementType::F32]
            .into_iter()
            .find(|&element_type| machine.vector_width(element_type) == width)
            .ok_or_else(|| row.unexpected(column, "the vector width of halves or floats"))
    };
    let from = element_type("from_vector_width")?;
    let to = element_type("to_vector_width")?;
    Ok(cast_cycles(machine, from, to, size(row, "elements")?))
}
