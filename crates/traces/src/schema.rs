//! What the tables hold, as data: for `tilesim schema traces` and for the files' own metadata.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::{Table, TracedRun, Values, system_tables, tables};

/// Version of the format of the tables.
pub const TABLES_SCHEMA: &str = "tilesim-traces/2";

/// The columns of every table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TraceSchema {
    /// Version of the format.
    pub schema: &'static str,
    /// The tables, in the order in which they are written.
    pub tables: Vec<TableSchema>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableSchema {
    /// Name, which its file has too.
    pub name: &'static str,
    /// What a row is.
    pub row: &'static str,
    /// Its columns, in order.
    pub columns: Vec<ColumnSchema>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnSchema {
    /// Name; it ends in the unit where there is one.
    pub name: &'static str,
    /// `text`, `integer` (64 bits), `real` (64 bits) or `boolean`; never null.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What it says.
    pub meaning: &'static str,
}

impl TraceSchema {
    /// The schema of the tables that this version writes.
    pub fn published() -> Self {
        Self {
            schema: TABLES_SCHEMA,
            tables: tables(&[])
                .iter()
                .chain(&system_tables(&[]))
                .map(|table| TableSchema {
                    name: table.name,
                    row: table.meaning,
                    columns: columns(table),
                })
                .collect(),
        }
    }
}

pub(crate) fn columns(table: &Table) -> Vec<ColumnSchema> {
    table
        .columns
        .iter()
        .map(|column| ColumnSchema {
            name: column.name,
            kind: match column.values {
                Values::Text(_) => "text",
                Values::Integer(_) => "integer",
                Values::Real(_) => "real",
                Values::Boolean(_) => "boolean",
            },
            meaning: column.meaning,
        })
        .collect()
}

/// The input of every run with the figures that plots divide by, by the run's name. Parquet files hold it as metadata.
pub fn inputs(runs: &[TracedRun]) -> BTreeMap<&str, Value> {
    runs.iter()
        .map(|run| {
            let result = &run.result;
            let input = json!({
                "input": run.input,
                "model": result.model,
                "machine": result.machine,
                "run": result.run,
                "theoretical": result.theoretical,
                "time": result.time,
                "memory": {
                    "tile_bytes": result.memory.tile_bytes,
                    "peak_bytes": result.memory.peak_bytes,
                    "gap_bytes": result.memory.gap_bytes,
                    "peak_tile": result.memory.peak_tile,
                    "peak_step": run.profile.memory.peak_step,
                },
            });
            (run.name.as_str(), input)
        })
        .collect()
}
