//! Rows of vendor tables of kernels that a tile's share is dealt for, most of which give the cycles of one worker.

use tilesim_codelets::vector::{
    self, IllegalVectorKernel, NonLinearityRegions, WorkerCycles, cross_entropy_worker,
    inverse_standard_deviation_worker,
};
use tilesim_codelets::{Count, VertexCost};
use tilesim_machine::Machine;
use tilesim_program::vertex::vector::{
    NonLinearity, NonLinearityGradientVertex, PoolingKind, PoolingVertex, VectorVertex,
};

use super::reduce;
use crate::row::{Row, RowError};
use crate::vertices::predicted::Predicted;

/// Predicts a row of one of these tables, or `None` where `name` is not the name of one.
pub(super) fn predict(
    machine: &Machine,
    name: &str,
    row: &Row<'_>,
    count: Count,
) -> Option<Result<Predicted, RowError>> {
    let (column, predicted) = match name {
        "Reduce" => ("cycles_worker", reduce::worker_cycles(machine, row, count)),
        "InverseStdDeviation" => ("cycles_worker", inverse_standard_deviation(row)),
        "LossCrossEntropyTransform" => ("cycles_worker", cross_entropy(row)),
        "NonLinearity2D" => ("cycles_worker", non_linearity_regions(machine, row)),
        "NonLinearityGrad1D" => ("cycles", non_linearity_gradient(machine, row, count)),
        "Pooling" => ("cycles", pooling(machine, row, count)),
        _ => return None,
    };
    Some(predicted.and_then(|predicted| {
        Ok(Predicted {
            predicted,
            given: row.u64(column)?,
        })
    }))
}

/// The total, or the error that `column` does not hold what the kernel takes.
fn total(row: &Row<'_>, column: &str, cycles: Option<WorkerCycles>) -> Result<u64, RowError> {
    cycles
        .and_then(WorkerCycles::total)
        .ok_or_else(|| row.unexpected(column, "what a half or float kernel takes and a counter holds"))
}

/// The tile cycles, or the error that `column` does not hold what the kernel takes.
fn tile_total(
    row: &Row<'_>,
    column: &str,
    cost: &Result<VertexCost, IllegalVectorKernel>,
) -> Result<u64, RowError> {
    match cost {
        Ok(cost) => Ok(cost.cycles.total()),
        Err(IllegalVectorKernel::NoKernel { expected, .. }) => Err(row.unexpected(column, expected)),
        Err(IllegalVectorKernel::Overflow { .. }) => {
            Err(row.unexpected(column, "elements whose cycles and bytes fit a counter"))
        }
    }
}

fn inverse_standard_deviation(row: &Row<'_>) -> Result<u64, RowError> {
    const ELEMENTS: &str = "elements_per_region";
    let cycles = inverse_standard_deviation_worker(row.positive("regions")?, row.positive(ELEMENTS)?);
    total(row, ELEMENTS, cycles)
}

fn cross_entropy(row: &Row<'_>) -> Result<u64, RowError> {
    let cycles = cross_entropy_worker(row.element_type("type")?, row.positive("elements")?);
    total(row, "type", cycles)
}

fn non_linearity(row: &Row<'_>) -> Result<NonLinearity, RowError> {
    match row.text("nl")? {
        "SWISH" => Ok(NonLinearity::Swish),
        "GELU" => Ok(NonLinearity::Gelu),
        "RELU" => Ok(NonLinearity::Relu),
        "SIGMOID" => Ok(NonLinearity::Sigmoid),
        "TANH" => Ok(NonLinearity::Tanh),
        _ => Err(row.unexpected("nl", "SWISH, GELU, RELU, SIGMOID or TANH")),
    }
}

fn non_linearity_regions(machine: &Machine, row: &Row<'_>) -> Result<u64, RowError> {
    let regions = NonLinearityRegions {
        non_linearity: non_linearity(row)?,
        element_type: row.element_type("type")?,
        in_place: row.flag("in_place")?,
        gradient: row.flag("is_grad")?,
        regions: row.positive("regions")?,
        elements: row.positive("elements_per_region")?,
    };
    total(row, "nl", regions.cycles(machine))
}

fn non_linearity_gradient(machine: &Machine, row: &Row<'_>, count: Count) -> Result<u64, RowError> {
    let vertex = VectorVertex::NonLinearityGradient(NonLinearityGradientVertex {
        non_linearity: non_linearity(row)?,
        element_type: row.element_type("type")?,
        elements: row.positive("elements")?,
    });
    tile_total(row, "elements", &vector::cost(machine, &vertex, count))
}

fn pooling(machine: &Machine, row: &Row<'_>, count: Count) -> Result<u64, RowError> {
    let kind = match row.text("kind")? {
        "SumPooling" => PoolingKind::Sum,
        "MaxPooling" => PoolingKind::Maximum,
        "MaxPoolingGrad" => PoolingKind::MaximumGradient,
        _ => return Err(row.unexpected("kind", "SumPooling, MaxPooling or MaxPoolingGrad")),
    };
    let vertex = VectorVertex::Pooling(PoolingVertex {
        kind,
        element_type: row.element_type("type")?,
        initial_elements: row.u64("init_info")?,
        channel_vectors: row.positive("chans_per_group_d")?,
        channel_groups: row.positive("num_chan_groups")?,
        rows_per_worker: row.u64("rows_per_worker")?,
        items_per_row: row.positive("items_per_row")?,
        elements_per_item: row.u64("elements_per_item_minus1")?.saturating_add(1),
    });
    tile_total(row, "init_info", &vector::cost(machine, &vertex, count))
}
