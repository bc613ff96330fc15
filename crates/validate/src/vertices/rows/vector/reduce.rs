//! Rows of the vendor table of reductions: the cycles of one worker.

use tilesim_codelets::Count;
use tilesim_codelets::vector::{ContiguousReduce, GeneralReduce, ScalarReduce, StridedReduce, WorkerCycles};
use tilesim_machine::Machine;
use tilesim_program::vertex::vector::ReduceOp;

use crate::row::{Row, RowError};

/// Worker cycles of a row.
pub(super) fn worker_cycles(machine: &Machine, row: &Row<'_>, count: Count) -> Result<u64, RowError> {
    let op = match row.text("op")? {
        "ADD" => ReduceOp::Add,
        "SQUARE_ADD" => ReduceOp::SquareAdd,
        "MAX" => ReduceOp::Maximum,
        _ => return Err(row.unexpected("op", "ADD, SQUARE_ADD or MAX")),
    };
    let partials_type = row.element_type("partials_type")?;
    let out_type = row.element_type("out_type")?;
    let update = row.flag("update")?;
    let reductions = row.positive("num_reductions")?;
    let outputs = row.positive("outputs_per_reduction")?;
    let partials = row.positive("partials_per_output")?;
    let cycles = match row.text("specialisation")? {
        "DEFAULT" => GeneralReduce {
            op,
            partials_type,
            out_type,
            update,
            reductions,
            outputs,
            partials,
            regions: row.positive("edges_per_reduction")?,
        }
        .cycles(machine),
        "STRIDED_REDUCE" => StridedReduce {
            op,
            partials_type,
            out_type,
            update,
            outputs,
            partials,
            stride: row.positive("stride")?,
            stretches: row.positive("outer_strides")?,
        }
        .cycles(machine),
        "ALL_REGIONS_CONTINUOUS" => ContiguousReduce {
            partials_type,
            update,
            outputs,
            partials,
        }
        .cycles(machine, count),
        "SCALAR_OUTPUT_SINGLE_INPUT" => ScalarReduce {
            op,
            partials_type,
            out_type,
            partials,
        }
        .cycles(machine),
        _ => return Err(row.unexpected("specialisation", "the name of a kernel for reductions")),
    };
    cycles.and_then(WorkerCycles::total).ok_or_else(|| {
        row.unexpected(
            "specialisation",
            "a kernel for these types, with partials that fit a counter",
        )
    })
}
