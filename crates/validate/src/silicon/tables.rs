//! Tables of measurements, told apart by their columns.

use std::path::{Path, PathBuf};

use super::{
    CapacityMeasurement, InferenceMeasurement, KernelMeasurement, MeasuredKernel, Measurement,
    ProductMeasurement, Subject, TrainingMeasurement,
};
use crate::{
    cells::{leading_count, optional_number, positive_number, settings, text},
    error::ValidateError,
    row::{Row, RowError},
    vendor_table::{self, PlacedRow},
};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TableKind {
    Kernels,
    Products,
    Inference,
    Capacity,
    Training,
    Configurations,
}

/// The columns that no other table has, and that a row of the table cannot do without.
const KINDS: [(TableKind, &[&str]); 6] = [
    (TableKind::Kernels, &["kernel", "cycles"]),
    (TableKind::Products, &["rows", "inner", "columns", "cycles"]),
    (
        TableKind::Inference,
        &["model", "batch", "host", "images_per_second"],
    ),
    (TableKind::Capacity, &["model", "batch", "mode"]),
    (
        TableKind::Training,
        &["configuration", "chips", "images_per_second"],
    ),
    (
        TableKind::Configurations,
        &["configuration", "stages", "optimiser"],
    ),
];

const EXPECTED: &str = "columns of measured kernels (`kernel`, `cycles`), matrix products (`rows`, `inner`, `columns`, `cycles`), \
                        inference (`model`, `batch`, `host`, `images_per_second`), capacity (`model`, `batch`, `mode`), training \
                        (`configuration`, `chips`, `images_per_second`) or configurations (`configuration`, `stages`, `optimiser`)";

/// Reads tables of measurements; of a folder, its CSV files. Tables of configurations among them say what the bundled systems that rows
/// of training name were made of, and hold no measurement.
///
/// # Errors
/// Where a file cannot be read, holds no such table, or a cell holds something unexpected.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Measurement>, ValidateError> {
    let mut rows = Vec::new();
    for file in vendor_table::files(paths)? {
        let of_file = vendor_table::read(&file, |placed| {
            let kind = kind(&file, &placed.row)?;
            of_kind(kind, &placed.row).map_err(|source| PlacedRow::wrong(placed, source))
        })?;
        if of_file.is_empty() {
            return Err(ValidateError::no_rows(&file));
        }
        rows.extend(of_file.into_iter().flatten());
    }
    Ok(rows)
}

fn kind(file: &Path, row: &Row<'_>) -> Result<TableKind, ValidateError> {
    KINDS
        .iter()
        .find(|(_, columns)| columns.iter().all(|column| row.has(column)))
        .map(|(kind, _)| *kind)
        .ok_or_else(|| ValidateError::Table {
            path: file.to_owned(),
            reason: "no table of measurements has these columns".to_owned(),
            expected: EXPECTED,
        })
}

/// The measurement of a row; `None` where the table has none.
fn of_kind(kind: TableKind, row: &Row<'_>) -> Result<Option<Measurement>, RowError> {
    let (measured, subject) = match kind {
        TableKind::Kernels => kernel(row)?,
        TableKind::Products => product(row)?,
        TableKind::Inference => inference(row)?,
        TableKind::Capacity => capacity(row)?,
        TableKind::Training => training(row)?,
        TableKind::Configurations => return Ok(None),
    };
    Ok(Some(Measurement {
        id: text(row, "id")?,
        measured,
        subject,
    }))
}

fn kernel(row: &Row<'_>) -> Result<(f64, Subject), RowError> {
    let of_kernel = KernelMeasurement {
        machine: text(row, "machine")?,
        kernel: MeasuredKernel::parse(row.text("kernel")?),
    };
    Ok((positive_number(row, "cycles")?, Subject::Kernel(of_kernel)))
}

fn product(row: &Row<'_>) -> Result<(f64, Subject), RowError> {
    let of_product = ProductMeasurement {
        machine: text(row, "machine")?,
        precision: text(row, "precision")?,
        rows: row.positive("rows")?,
        inner: row.positive("inner")?,
        columns: row.positive("columns")?,
    };
    Ok((positive_number(row, "cycles")?, Subject::Product(of_product)))
}

fn inference(row: &Row<'_>) -> Result<(f64, Subject), RowError> {
    let of_inference = InferenceMeasurement {
        model: text(row, "model")?,
        settings: settings(row, "set")?,
        machine: text(row, "machine")?,
        batch: row.positive("batch")?,
        precision: text(row, "precision")?,
        host: text(row, "host")?,
        io_tiles: row.get("io_tiles").map_or(Ok(0), |_| row.u64("io_tiles"))?,
    };
    Ok((
        positive_number(row, "images_per_second")?,
        Subject::Inference(of_inference),
    ))
}

fn capacity(row: &Row<'_>) -> Result<(f64, Subject), RowError> {
    let of_capacity = CapacityMeasurement {
        model: text(row, "model")?,
        settings: settings(row, "set")?,
        machine: text(row, "machine")?,
        mode: text(row, "mode")?,
        precision: text(row, "precision")?,
        batch: row.positive("batch")?,
    };
    Ok((of_capacity.batch as f64, Subject::Capacity(of_capacity)))
}

fn training(row: &Row<'_>) -> Result<(f64, Subject), RowError> {
    let throughput = optional_number(row, "images_per_second")?;
    let of_training = TrainingMeasurement {
        configuration: text(row, "configuration")?,
        machine: text(row, "machine")?,
        chips: row.positive("chips")?,
        micro_batch: leading_count(row, "micro_batch")?,
        accumulation: leading_count(row, "accumulation")?,
        in_cycles: throughput.is_none(),
    };
    let measured = match throughput {
        Some(throughput) => throughput,
        None => optional_number(row, "cycles_per_update")?.ok_or_else(|| {
            row.unexpected(
                "images_per_second",
                "a number above 0, here or in `cycles_per_update`",
            )
        })?,
    };
    Ok((measured, Subject::Training(of_training)))
}
