//! The answer of `validate silicon`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilesim_report::{SiliconCurve, SiliconErrors, SiliconGroup, SiliconGroupKey, SiliconKind};

use super::{Measurement, Subject};

/// A measurement and what is predicted of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SiliconRow {
    /// Name of the row.
    pub id: String,
    /// Name of its group.
    pub group: String,
    /// What the rows of its group have in common.
    #[serde(flatten)]
    pub key: SiliconGroupKey,
    /// Name of the machine.
    pub machine: String,
    /// Name of the network, or of the configuration of a training whose network is not known; `None` of kernels and products.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
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
    /// The errors.
    #[serde(flatten)]
    pub errors: SiliconErrors,
    /// The rows, in the order of the files.
    pub rows: Vec<SiliconRow>,
}

impl SiliconRow {
    /// The row of a measurement of which nothing is predicted yet.
    pub fn new(measurement: &Measurement) -> Self {
        let key = key(&measurement.subject);
        let (machine, model) = machine_and_model(&measurement.subject);
        Self {
            id: measurement.id.clone(),
            group: key.name(),
            key,
            machine: machine.to_owned(),
            model: model.map(str::to_owned),
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
            errors: errors(&rows),
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

/// What the rows of a measurement's group have in common.
fn key(subject: &Subject) -> SiliconGroupKey {
    match subject {
        Subject::Kernel(_) => SiliconGroupKey::whole(SiliconKind::Kernels),
        Subject::Training(_) => SiliconGroupKey::whole(SiliconKind::Training),
        Subject::Capacity(_) => SiliconGroupKey::whole(SiliconKind::Capacity),
        Subject::Product(product) => SiliconGroupKey {
            precision: Some(product.precision.clone()),
            ..SiliconGroupKey::whole(SiliconKind::MatrixProducts)
        },
        Subject::Inference(inference) => SiliconGroupKey {
            host: Some(inference.host.clone()),
            precision: Some(inference.precision.clone()),
            ..SiliconGroupKey::whole(SiliconKind::Inference)
        },
    }
}

fn machine_and_model(subject: &Subject) -> (&str, Option<&str>) {
    match subject {
        Subject::Kernel(of) => (&of.machine, None),
        Subject::Product(of) => (&of.machine, None),
        Subject::Inference(of) => (&of.machine, Some(&of.model)),
        Subject::Training(of) => (&of.machine, Some(&of.configuration)),
        Subject::Capacity(of) => (&of.machine, Some(&of.model)),
    }
}

fn errors(rows: &[SiliconRow]) -> SiliconErrors {
    let mut errors = SiliconErrors::default();
    for kind in SiliconKind::ALL {
        let of_kind: Vec<&SiliconRow> = rows.iter().filter(|row| row.key.kind == kind).collect();
        let mut parts: BTreeMap<&SiliconGroupKey, Vec<&SiliconRow>> = BTreeMap::new();
        for row in &of_kind {
            parts.entry(&row.key).or_default().push(row);
        }
        let whole = SiliconGroupKey::whole(kind);
        if !parts.contains_key(&whole) {
            errors.groups.extend(group(&whole, &of_kind));
        }
        for (key, rows) in parts {
            errors.groups.extend(group(key, &rows));
            errors.curves.push(curve(key, &rows));
        }
    }
    errors
}

fn group(key: &SiliconGroupKey, rows: &[&SiliconRow]) -> Option<SiliconGroup> {
    let machines: BTreeSet<&String> = rows.iter().map(|row| &row.machine).collect();
    let models: BTreeSet<&String> = rows.iter().filter_map(|row| row.model.as_ref()).collect();
    let errors: Vec<Option<f64>> = rows.iter().map(|row| row.error()).collect();
    SiliconGroup::of(
        key.clone(),
        machines.into_iter().cloned().collect(),
        models.into_iter().cloned().collect(),
        &errors,
    )
}

/// Four decimals are more than any measurement has.
fn curve(key: &SiliconGroupKey, rows: &[&SiliconRow]) -> SiliconCurve {
    let predicted = rows.iter().filter_map(|row| Some(row.predicted? / row.measured));
    let mut ratios: Vec<f64> = predicted
        .map(|ratio| (ratio * 10_000.0).round() / 10_000.0)
        .collect();
    ratios.sort_by(f64::total_cmp);
    SiliconCurve {
        group: key.name(),
        predicted_over_measured: ratios,
    }
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
            .errors
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
        assert!((validation.errors.groups[0].median_abs_error_percent - 10.0).abs() < 1e-9);
        assert_eq!(validation.failures(0.05).len(), 2);
    }
}
