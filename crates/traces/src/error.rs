//! What can go wrong when traces are written.

/// A trace that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// A number is beyond the integers of the format.
    #[error("column `{column}`: {value} is beyond 64 bits with a sign")]
    Range {
        /// Name of the column.
        column: &'static str,
        /// The number.
        value: u64,
    },
    /// Parquet cannot be written.
    #[cfg(feature = "parquet")]
    #[error("a table cannot be written as Parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// CSV cannot be written.
    #[error("a table cannot be written as CSV: {0}")]
    Csv(#[from] csv::Error),
    /// The input cannot be written as JSON.
    #[error("the input of the runs cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}
