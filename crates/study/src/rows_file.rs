//! Rows as Parquet, and back.

use std::{fs::File, sync::Arc};

use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as PhysicalType},
    data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type},
    file::{
        metadata::KeyValue,
        properties::WriterProperties,
        reader::{FileReader, SerializedFileReader},
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    record::{Field, Row as Record},
    schema::types::Type,
};

use crate::{Digest, Evaluation, Manifest, Points, Row, STUDY_SCHEMA, Study, SweepError, Value};

/// Rows of a row group: what a reader takes at once.
const GROUP_ROWS: usize = 1 << 16;

/// Columns of a study's table: `point`, one for each key that varies, `outcome`, `reason`, and one for each metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    keys: Vec<(String, Column)>,
    metrics: Vec<String>,
    /// The study as JSON, for the metadata of the file.
    study: String,
    /// Digest of everything that the rows depend on, for the metadata too.
    digest: String,
}

/// Names of what the metadata of a file hold: the format, the study, the digest of what the rows depend on, and that of the rows.
const SCHEMA: &str = "tilesim.schema";
const STUDY_TEXT: &str = "tilesim.study";
const SWEEP_DIGEST: &str = "tilesim.digest";
const ROWS_DIGEST: &str = "tilesim.rows";

/// A column of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Column {
    kind: Kind,
    /// Whether the key is not set at some points.
    optional: bool,
}

/// Type of a column of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Boolean,
    Integer,
    Real,
    Text,
}

/// Texts of the column `outcome`.
const DONE: &str = "done";
const DOES_NOT_FIT: &str = "does_not_fit";
const FAILED: &str = "failed";

impl Layout {
    /// The columns of a study with these points, for the files of the sweep of a manifest.
    ///
    /// # Errors
    /// Where the study cannot be written as JSON.
    pub fn new(study: &Study, points: &Points, manifest: &Manifest) -> Result<Self, serde_json::Error> {
        Ok(Self {
            keys: points
                .keys()
                .iter()
                .enumerate()
                .map(|(index, key)| (key.clone(), column(points.values_of(index))))
                .collect(),
            metrics: study.metrics.clone(),
            study: serde_json::to_string(study)?,
            digest: manifest.digest.clone(),
        })
    }

    fn schema(&self) -> Result<Type, SweepError> {
        let column = |name: &str, physical, logical, repetition| {
            Type::primitive_type_builder(name, physical)
                .with_logical_type(logical)
                .with_repetition(repetition)
                .build()
                .map(Arc::new)
        };
        let text = (PhysicalType::BYTE_ARRAY, Some(LogicalType::String));
        let mut fields = vec![column("point", PhysicalType::INT64, None, Repetition::REQUIRED)?];
        for (key, of_key) in &self.keys {
            let (physical, logical) = match of_key.kind {
                Kind::Boolean => (PhysicalType::BOOLEAN, None),
                Kind::Integer => (PhysicalType::INT64, None),
                Kind::Real => (PhysicalType::DOUBLE, None),
                Kind::Text => text.clone(),
            };
            let repetition = if of_key.optional {
                Repetition::OPTIONAL
            } else {
                Repetition::REQUIRED
            };
            fields.push(column(key, physical, logical, repetition)?);
        }
        fields.push(column("outcome", text.0, text.1.clone(), Repetition::REQUIRED)?);
        fields.push(column("reason", text.0, text.1, Repetition::OPTIONAL)?);
        for metric in &self.metrics {
            fields.push(column(metric, PhysicalType::DOUBLE, None, Repetition::OPTIONAL)?);
        }
        Ok(Type::group_type_builder("rows").with_fields(fields).build()?)
    }
}

/// The column of these values.
fn column(mut values: Vec<&Value>) -> Column {
    let all = values.len();
    values.retain(|value| **value != Value::Nothing);
    Column {
        kind: kind(&values),
        optional: values.len() < all,
    }
}

/// The narrowest type that holds all values.
fn kind(values: &[&Value]) -> Kind {
    let all = |holds: fn(&Value) -> bool| values.iter().all(|value| holds(value));
    if all(|value| matches!(value, Value::Boolean(_))) {
        Kind::Boolean
    } else if all(|value| matches!(value, Value::Integer(_))) {
        Kind::Integer
    } else if all(|value| matches!(value, Value::Integer(_) | Value::Real(_))) {
        Kind::Real
    } else {
        Kind::Text
    }
}

/// The rows as a Parquet file.
///
/// # Errors
/// Where the writer fails.
pub fn rows_file(layout: &Layout, rows: &[Row]) -> Result<Vec<u8>, SweepError> {
    let properties = WriterProperties::builder()
        .set_created_by(concat!("tilesim ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata(Some(vec![
            KeyValue::new(SCHEMA.to_owned(), STUDY_SCHEMA.to_owned()),
            KeyValue::new(STUDY_TEXT.to_owned(), layout.study.clone()),
            KeyValue::new(SWEEP_DIGEST.to_owned(), layout.digest.clone()),
            KeyValue::new(ROWS_DIGEST.to_owned(), rows_digest(rows).to_string()),
        ]))
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(layout.schema()?), Arc::new(properties))?;
    for rows in rows.chunks(GROUP_ROWS) {
        let mut group = writer.next_row_group()?;
        let mut index = 0;
        while let Some(mut place) = group.next_column()? {
            write_column(layout, rows, index, &mut place)?;
            place.close()?;
            index += 1;
        }
        group.close()?;
    }
    Ok(writer.into_inner()?)
}

fn write_column(
    layout: &Layout,
    rows: &[Row],
    column: usize,
    place: &mut SerializedColumnWriter<'_>,
) -> Result<(), SweepError> {
    let keys = layout.keys.len();
    match column.checked_sub(1) {
        None => {
            let points: Vec<i64> = rows.iter().map(|row| row.point.cast_signed()).collect();
            place.typed::<Int64Type>().write_batch(&points, None, None)?;
        }
        Some(key) if key < keys => write_setting(layout.keys[key].1, rows, key, place)?,
        Some(other) if other == keys => {
            let outcomes: Vec<ByteArray> = rows.iter().map(|row| outcome(&row.evaluation).into()).collect();
            place
                .typed::<ByteArrayType>()
                .write_batch(&outcomes, None, None)?;
        }
        Some(other) if other == keys + 1 => {
            let reasons = rows.iter().map(|row| match &row.evaluation {
                Evaluation::Failed { reason } => Some(ByteArray::from(reason.as_str())),
                Evaluation::Done { .. } => None,
            });
            let (levels, reasons) = defined(reasons);
            place
                .typed::<ByteArrayType>()
                .write_batch(&reasons, Some(&levels), None)?;
        }
        Some(other) => {
            let metric = other - keys - 2;
            let figures = rows.iter().map(|row| match &row.evaluation {
                Evaluation::Done { metrics, .. } => metrics.get(metric).copied().flatten(),
                Evaluation::Failed { .. } => None,
            });
            let (levels, figures) = defined(figures);
            place
                .typed::<DoubleType>()
                .write_batch(&figures, Some(&levels), None)?;
        }
    }
    Ok(())
}

/// Levels of definition, and what is defined.
fn defined<T>(values: impl Iterator<Item = Option<T>>) -> (Vec<i16>, Vec<T>) {
    let mut levels = Vec::new();
    let mut present = Vec::new();
    for value in values {
        levels.push(i16::from(value.is_some()));
        present.extend(value);
    }
    (levels, present)
}

fn write_setting(
    column: Column,
    rows: &[Row],
    key: usize,
    place: &mut SerializedColumnWriter<'_>,
) -> Result<(), SweepError> {
    let (levels, values) = defined(rows.iter().map(|row| match &row.values[key] {
        Value::Nothing => None,
        value => Some(value),
    }));
    let levels = column.optional.then_some(levels.as_slice());
    match column.kind {
        Kind::Boolean => {
            let values: Vec<bool> = values
                .iter()
                .map(|value| **value == Value::Boolean(true))
                .collect();
            place.typed::<BoolType>().write_batch(&values, levels, None)?;
        }
        Kind::Integer => {
            let values: Vec<i64> = values
                .iter()
                .map(|value| match value {
                    Value::Integer(value) => *value,
                    _ => 0,
                })
                .collect();
            place.typed::<Int64Type>().write_batch(&values, levels, None)?;
        }
        Kind::Real => {
            let values: Vec<f64> = values
                .iter()
                .map(|value| value.number().unwrap_or(f64::NAN))
                .collect();
            place.typed::<DoubleType>().write_batch(&values, levels, None)?;
        }
        Kind::Text => {
            let values: Vec<ByteArray> = values
                .iter()
                .map(|value| value.to_string().as_str().into())
                .collect();
            place
                .typed::<ByteArrayType>()
                .write_batch(&values, levels, None)?;
        }
    }
    Ok(())
}

const fn outcome(evaluation: &Evaluation) -> &'static str {
    match evaluation {
        Evaluation::Done { fits: true, .. } => DONE,
        Evaluation::Done { fits: false, .. } => DOES_NOT_FIT,
        Evaluation::Failed { .. } => FAILED,
    }
}

/// What a file of rows has instead of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowsError {
    /// It cannot be read, or does not hold what was written.
    Unreadable(String),
    /// It is a file of another sweep.
    Other {
        /// The digest of that.
        found: String,
        /// The digest of this one.
        expected: String,
    },
}

impl From<parquet::errors::ParquetError> for RowsError {
    fn from(error: parquet::errors::ParquetError) -> Self {
        Self::Unreadable(error.to_string())
    }
}

/// The rows of a Parquet file that [`rows_file`] has written for the same sweep.
pub(crate) fn read_rows(points: &Points, layout: &Layout, file: File) -> Result<Vec<Row>, RowsError> {
    let reader = SerializedFileReader::new(file)?;
    let stated = |name: &str| {
        let metadata = reader.metadata().file_metadata().key_value_metadata();
        let pair = metadata?.iter().find(|pair| pair.key == name)?;
        pair.value.clone()
    };
    let lacks = |name: &str| RowsError::Unreadable(format!("has no `{name}` in its metadata"));
    let found = stated(SWEEP_DIGEST).ok_or_else(|| lacks(SWEEP_DIGEST))?;
    if found != layout.digest {
        return Err(RowsError::Other {
            found,
            expected: layout.digest.clone(),
        });
    }
    let rows = reader
        .get_row_iter(None)?
        .map(|record| {
            let none = || RowsError::Unreadable("a row is none of this study".to_owned());
            row(points, &record?).ok_or_else(none)
        })
        .collect::<Result<Vec<Row>, RowsError>>()?;
    if stated(ROWS_DIGEST).ok_or_else(|| lacks(ROWS_DIGEST))? != rows_digest(&rows).to_string() {
        return Err(RowsError::Unreadable(
            "its rows are not those that were written".to_owned(),
        ));
    }
    Ok(rows)
}

/// The digest of what rows say; the settings of a point follow from its number.
fn rows_digest(rows: &[Row]) -> Digest {
    rows.iter().fold(Digest::default(), |digest, row| {
        let digest = digest
            .with(&row.point.to_le_bytes())
            .with(outcome(&row.evaluation).as_bytes());
        match &row.evaluation {
            Evaluation::Failed { reason } => digest.with(reason.as_bytes()),
            Evaluation::Done { metrics, .. } => metrics.iter().fold(digest, |digest, figure| match figure {
                Some(figure) => digest.with(&figure.to_bits().to_le_bytes()),
                None => digest.with(&[]),
            }),
        }
    })
}

fn row(points: &Points, record: &Record) -> Option<Row> {
    let fields: Vec<&Field> = record.get_column_iter().map(|(_, field)| field).collect();
    let point = match fields.first()? {
        Field::Long(point) => u64::try_from(*point).ok()?,
        _ => return None,
    };
    let rest = fields.get(1 + points.keys().len()..)?;
    let (outcome, reason, metrics) = match rest {
        [Field::Str(outcome), reason, metrics @ ..] => (outcome.as_str(), *reason, metrics),
        _ => return None,
    };
    let evaluation = match (outcome, reason) {
        (FAILED, Field::Str(reason)) => Evaluation::Failed {
            reason: reason.clone(),
        },
        (DONE | DOES_NOT_FIT, _) => Evaluation::Done {
            fits: outcome == DONE,
            metrics: metrics
                .iter()
                .map(|field| match field {
                    Field::Double(figure) => Some(*figure),
                    _ => None,
                })
                .collect(),
        },
        _ => return None,
    };
    Some(Row {
        point,
        // The study says what the settings of a point are.
        values: points.get(point)?.values,
        evaluation,
    })
}
