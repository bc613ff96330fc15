//! The answer of `validate silicon`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilesim_report::SiliconGroup;

use super::{Measurement, Subject};

/// A measurement and what is predicted of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SiliconRow {
    /// Name of the row.
    pub id: String,
    /// What is measured, with precision and whose data: one of the groups.
    pub group: String,
    /// What is predicted: cycles, images per second, or of a capacity the largest batch that is found; `None` where it is not.
    pub predicted: Option<f64>,
    /// The same as measured.
    pub measured: f64,
    /// Predicted over measured, less 1, in percent.
    pub error_percent: Option<f64>,
    /// Whether it fits into memory; of a capacity, whether the batch does that was run. `None` of a kernel, and where it is not known.
    pub fits: Option<bool>,
    /// Why it is not predicted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsupported: Option<String>,
    /// In what the prediction is of something else than what was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

/// The answer of `validate silicon`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SiliconValidation {
    /// Version of this format.
    pub schema: String,
    /// Errors of all rows of a kind, and where they differ in precision or in whose data they read, of each.
    pub groups: Vec<SiliconGroup>,
    /// The rows, in the order of the files.
    pub rows: Vec<SiliconRow>,
}

/// What is measured, in the order of the answer.
const KINDS: [&str; 5] = ["kernels", "matrix_products", "inference", "training", "capacity"];

impl SiliconRow {
    /// The row of a measurement of which nothing is predicted yet.
    pub fn new(measurement: &Measurement) -> Self {
        Self {
            id: measurement.id.clone(),
            group: group(&measurement.subject),
            predicted: None,
            measured: measurement.measured,
            error_percent: None,
            fits: None,
            unsupported: None,
            remark: None,
        }
    }

    /// With this prediction.
    #[must_use]
    pub fn predicted(self, predicted: f64, fits: Option<bool>) -> Self {
        Self {
            predicted: Some(predicted),
            error_percent: Some(100.0 * (predicted / self.measured - 1.0)),
            fits,
            ..self
        }
    }

    /// Without a prediction, for this reason.
    #[must_use]
    pub fn unsupported(self, reason: String) -> Self {
        Self {
            unsupported: Some(reason),
            ..self
        }
    }

    /// With this remark.
    #[must_use]
    pub fn with_remark(self, remark: String) -> Self {
        Self {
            remark: Some(remark),
            ..self
        }
    }

    /// Predicted over measured, less 1.
    fn error(&self) -> Option<f64> {
        self.error_percent.map(|percent| percent / 100.0)
    }
}

impl SiliconValidation {
    /// How far all rows together are off.
    pub fn of(rows: Vec<SiliconRow>) -> Self {
        Self {
            schema: "tilesim-silicon-validation/1".to_owned(),
            groups: groups(&rows),
            rows,
        }
    }

    /// The rows that are off by more than `within`, a relative error, are not predicted, or hold a batch that does not fit.
    pub fn failures(&self, within: f64) -> Vec<String> {
        let of_row = |row: &SiliconRow| match (row.error(), &row.unsupported) {
            (None, reason) => Some(format!(
                "{} is not predicted: {}",
                row.id,
                reason.as_deref().unwrap_or_default()
            )),
            (Some(error), _) if error.abs() > within => {
                Some(format!("{} is off by {:+.1} %", row.id, 100.0 * error))
            }
            _ if row.fits == Some(false) => Some(format!("{} does not fit", row.id)),
            _ => None,
        };
        self.rows.iter().filter_map(of_row).collect()
    }
}

/// The group of a measurement: its kind, and of products and inference precision and host.
fn group(subject: &Subject) -> String {
    match subject {
        Subject::Kernel(_) => "kernels".to_owned(),
        Subject::Product(product) => format!("matrix_products {}", product.precision),
        Subject::Inference(inference) => format!("inference {} {}", inference.host, inference.precision),
        Subject::Training(_) => "training".to_owned(),
        Subject::Capacity(_) => "capacity".to_owned(),
    }
}

fn groups(rows: &[SiliconRow]) -> Vec<SiliconGroup> {
    let mut groups = Vec::new();
    for kind in KINDS {
        let of_kind = rows
            .iter()
            .filter(|row| row.group.split(' ').next() == Some(kind));
        let mut all = Vec::new();
        let mut parts: BTreeMap<&str, Vec<Option<f64>>> = BTreeMap::new();
        for row in of_kind {
            all.push(row.error());
            parts.entry(&row.group).or_default().push(row.error());
        }
        groups.extend(SiliconGroup::of(kind, &all));
        let parts = parts.into_iter().filter(|(group, _)| *group != kind);
        groups.extend(parts.filter_map(|(group, errors)| SiliconGroup::of(group, &errors)));
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::silicon::ProductMeasurement;

    fn product(precision: &str, measured: f64) -> SiliconRow {
        SiliconRow::new(&Measurement {
            id: precision.to_owned(),
            measured,
            subject: Subject::Product(ProductMeasurement {
                machine: "bow".to_owned(),
                precision: precision.to_owned(),
                rows: 16,
                inner: 16,
                columns: 16,
            }),
        })
    }

    #[test]
    fn a_kind_is_summed_up_as_a_whole_and_by_precision() {
        let rows = vec![
            product("16.16", 100.0).predicted(104.0, Some(true)),
            product("32.32", 100.0).predicted(90.0, Some(true)),
            product("8.16", 100.0).unsupported("no such precision".to_owned()),
        ];
        let validation = SiliconValidation::of(rows);
        let groups: Vec<(&str, u64)> = validation
            .groups
            .iter()
            .map(|group| (group.group.as_str(), group.rows))
            .collect();
        assert_eq!(
            groups,
            [
                ("matrix_products", 3),
                ("matrix_products 16.16", 1),
                ("matrix_products 32.32", 1),
                ("matrix_products 8.16", 1),
            ]
        );
        assert!((validation.groups[0].median_abs_error_percent - 10.0).abs() < 1e-9);
        assert_eq!(validation.failures(0.05).len(), 2);
    }
}
