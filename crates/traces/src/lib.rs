//! Traces of simulated runs: tables for data frames, timelines for Perfetto.
//!
//! Invariant: this crate lays out what a profile holds. It computes no figures of its own, and neither prints nor touches files:
//! it hands out bytes.

mod csv_file;
mod error;
#[cfg(feature = "parquet")]
mod parquet_file;
mod perfetto;
mod run;
mod schema;
mod table;
mod tables;

pub use csv_file::csv;
pub use error::TraceError;
#[cfg(feature = "parquet")]
pub use parquet_file::parquet;
pub use perfetto::{perfetto, system_perfetto};
pub use run::{ChosenTile, PlanRow, TraceInput, TracedRun, TracedSystem};
pub use schema::{TABLES_SCHEMA, TraceSchema, inputs};
pub use table::{Column, Table, Values};
pub use tables::{system_tables, tables};
