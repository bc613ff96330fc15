//! Tables as Parquet: one row group, Snappy, the runs' input as metadata of the file.

use std::sync::Arc;

use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as PhysicalType},
    data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type},
    file::{
        metadata::KeyValue,
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::types::Type,
};

use crate::{Column, TABLES_SCHEMA, Table, TraceError, TracedRun, Values, schema};

/// The table as Parquet.
///
/// The metadata of the file hold `tilesim.schema`, the version of the tables' format; `tilesim.table`, what a row is;
/// `tilesim.columns`, what each column means; and `tilesim.runs`, the full input of every run.
///
/// # Errors
/// Where a number is beyond the format, or the writer fails.
pub fn parquet(table: &Table, runs: &[TracedRun]) -> Result<Vec<u8>, TraceError> {
    let fields = table
        .columns
        .iter()
        .map(|column| Ok(Arc::new(field(column)?)))
        .collect::<Result<Vec<_>, TraceError>>()?;
    let schema = Type::group_type_builder(table.name).with_fields(fields).build()?;
    let properties = WriterProperties::builder()
        .set_created_by(concat!("tilesim ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata(Some(metadata(table, runs)?))
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    for column in &table.columns {
        if let Some(mut place) = group.next_column()? {
            write(column, &mut place)?;
            place.close()?;
        }
    }
    group.close()?;
    Ok(writer.into_inner()?)
}

fn metadata(table: &Table, runs: &[TracedRun]) -> Result<Vec<KeyValue>, TraceError> {
    let pair = |key: &str, value: String| KeyValue::new(key.to_owned(), value);
    Ok(vec![
        pair("tilesim.schema", TABLES_SCHEMA.to_owned()),
        pair("tilesim.table", table.meaning.to_owned()),
        pair("tilesim.columns", serde_json::to_string(&schema::columns(table))?),
        pair("tilesim.runs", serde_json::to_string(&schema::inputs(runs))?),
    ])
}

fn field(column: &Column) -> Result<Type, TraceError> {
    let (physical, logical) = match column.values {
        Values::Text(_) => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
        Values::Integer(_) => (PhysicalType::INT64, None),
        Values::Real(_) => (PhysicalType::DOUBLE, None),
        Values::Boolean(_) => (PhysicalType::BOOLEAN, None),
    };
    Ok(Type::primitive_type_builder(column.name, physical)
        .with_logical_type(logical)
        .with_repetition(Repetition::REQUIRED)
        .build()?)
}

fn write(column: &Column, place: &mut SerializedColumnWriter<'_>) -> Result<(), TraceError> {
    match &column.values {
        Values::Text(values) => {
            let values: Vec<ByteArray> = values.iter().map(|text| text.as_str().into()).collect();
            place.typed::<ByteArrayType>().write_batch(&values, None, None)?;
        }
        Values::Integer(values) => {
            let values = values
                .iter()
                .map(|&value| {
                    i64::try_from(value).map_err(|_| TraceError::Range {
                        column: column.name,
                        value,
                    })
                })
                .collect::<Result<Vec<i64>, TraceError>>()?;
            place.typed::<Int64Type>().write_batch(&values, None, None)?;
        }
        Values::Real(values) => {
            place.typed::<DoubleType>().write_batch(values, None, None)?;
        }
        Values::Boolean(values) => {
            place.typed::<BoolType>().write_batch(values, None, None)?;
        }
    }
    Ok(())
}
