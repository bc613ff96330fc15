//! What all predictions of a software version are off by together, and each beyond that.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TrainingRow;

/// The common factor of some rows and the spread around it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommonFactor {
    /// Geometric mean of predicted over measured.
    pub common_factor: f64,
    /// Standard deviation of the logarithm of predicted over measured.
    pub spread: f64,
}

/// The common factor of the rows of one version of the vendor's software.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseFactor {
    /// The version.
    pub sdk: String,
    /// Rows.
    pub rows: u64,
    /// What they are off by.
    #[serde(flatten)]
    pub factor: CommonFactor,
}

impl CommonFactor {
    /// Of some rows; `None` where there are none.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a TrainingRow>) -> Option<Self> {
        let logarithms: Vec<f64> = rows
            .into_iter()
            .map(|row| (row.predicted / row.measured).ln())
            .collect();
        if logarithms.is_empty() {
            return None;
        }
        let count = logarithms.len() as f64;
        let mean = logarithms.iter().sum::<f64>() / count;
        let variance = logarithms
            .iter()
            .map(|logarithm| (logarithm - mean).powi(2))
            .sum::<f64>()
            / count;
        Some(Self {
            common_factor: mean.exp(),
            spread: variance.sqrt(),
        })
    }
}

/// By version, in the order in which versions come.
pub(super) fn by_release(rows: &[TrainingRow]) -> Vec<ReleaseFactor> {
    let mut versions: Vec<&str> = Vec::new();
    for row in rows {
        if !versions.contains(&row.sdk.as_str()) {
            versions.push(&row.sdk);
        }
    }
    versions
        .into_iter()
        .filter_map(|sdk| {
            let of_version: Vec<&TrainingRow> = rows.iter().filter(|row| row.sdk == sdk).collect();
            Some(ReleaseFactor {
                sdk: sdk.to_owned(),
                rows: of_version.len() as u64,
                factor: CommonFactor::of(of_version)?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::tests::row, *};

    #[test]
    fn a_factor_common_to_all_has_no_spread() {
        let rows = [row("a", 50.0, 100.0), row("b", 10.0, 20.0)];
        let factor = CommonFactor::of(&rows).expect("rows");
        assert!((factor.common_factor - 0.5).abs() < 1e-12 && factor.spread < 1e-12);
        let rows = [row("a", 200.0, 100.0), row("b", 10.0, 20.0)];
        let factor = CommonFactor::of(&rows).expect("rows");
        assert!((factor.common_factor - 1.0).abs() < 1e-12);
        assert!((factor.spread - 2.0_f64.ln()).abs() < 1e-12);
        assert_eq!(CommonFactor::of(&[]), None);
        assert_eq!(by_release(&rows).len(), 1);
    }
}
