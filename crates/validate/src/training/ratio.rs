//! Ratios between configurations whose names differ in one thing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TrainingRow;

/// What two configurations differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Variant {
    /// Groups of 16 over groups of 1.
    #[serde(rename = "G16/G1")]
    GroupSize,
    /// Layer norm and proxy-normalised activations over group norm.
    #[serde(rename = "LN_PN/GN")]
    Norm,
    /// Half over native resolution.
    #[serde(rename = "Half/Native")]
    Resolution,
}

impl Variant {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::GroupSize, Self::Norm, Self::Resolution];

    /// The name in JSON and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GroupSize => "G16/G1",
            Self::Norm => "LN_PN/GN",
            Self::Resolution => "Half/Native",
        }
    }

    /// Which part of a configuration's name says it, and what is there of the numerator and the denominator.
    const fn parts(self) -> (usize, [&'static str; 2]) {
        match self {
            Self::GroupSize => (1, ["G16", "G1"]),
            Self::Norm => (2, ["LN_PN", "GN"]),
            Self::Resolution => (3, ["Half", "Native"]),
        }
    }
}

/// How much faster one variant is than another, everything else alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VariantRatio {
    /// What differs.
    pub variant: Variant,
    /// What the two have in common, such as `B0 GN-Native`.
    pub configs: String,
    /// Predicted throughput of one over that of the other.
    pub predicted: f64,
    /// The same as measured.
    pub measured: f64,
    /// Predicted over measured, less 1.
    pub error: f64,
}

/// All ratios among some rows.
pub(super) fn ratios(rows: &[TrainingRow]) -> Vec<VariantRatio> {
    let of_variant = |variant: Variant| {
        let (index, [upper, lower]) = variant.parts();
        rows.iter().filter_map(move |denominator| {
            let parts = parts(&denominator.config)?;
            let mut wanted = parts;
            wanted[index] = upper;
            let of_upper = |row: &&TrainingRow| self::parts(&row.config) == Some(wanted);
            let numerator = rows.iter().find(|row| parts[index] == lower && of_upper(row))?;
            let predicted = numerator.predicted / denominator.predicted;
            let measured = numerator.measured / denominator.measured;
            let mut common: Vec<&str> = parts.to_vec();
            common.remove(index);
            Some(VariantRatio {
                variant,
                configs: format!("{} {}", common[0], common[1..].join("-")),
                predicted,
                measured,
                error: predicted / measured - 1.0,
            })
        })
    };
    Variant::ALL.into_iter().flat_map(of_variant).collect()
}

/// `B0-G1-GN-Native_16IPU_2x8` as model, group size, norm and resolution, without the system, which may differ.
fn parts(config: &str) -> Option<[&str; 4]> {
    let name = config.rsplitn(3, '_').last()?;
    let mut parts = name.split('-');
    let found = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::{super::tests::row, *};

    #[test]
    fn variants_are_compared_where_all_else_is_alike() {
        let rows = [
            row("B0-G1-GN-Native_16IPU_2x8", 100.0, 100.0),
            row("B1-G1-GN-Native_16IPU_4x4", 50.0, 60.0),
            row("B1-G16-GN-Native_16IPU_2x8", 75.0, 60.0),
            row("B1-G16-LN_PN-Native_16IPU_2x8", 60.0, 54.0),
            row("B1-G16-GN-Half_16IPU_2x8", 150.0, 120.0),
            row("mlperf10-resnet50-pod16", 1.0, 1.0),
        ];
        let ratios = ratios(&rows);
        let named: Vec<(&str, &str)> = ratios
            .iter()
            .map(|ratio| (ratio.variant.name(), ratio.configs.as_str()))
            .collect();
        assert_eq!(
            named,
            [
                ("G16/G1", "B1 GN-Native"),
                ("LN_PN/GN", "B1 G16-Native"),
                ("Half/Native", "B1 G16-GN"),
            ]
        );
        assert!((ratios[0].error - 0.5).abs() < 1e-12);
        assert!((ratios[1].predicted - 0.8).abs() < 1e-12 && (ratios[1].measured - 0.9).abs() < 1e-12);
    }
}
