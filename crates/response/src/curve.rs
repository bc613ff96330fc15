//! Curves: a number over several factors, with what limits the run at each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Side, elasticity::slope};

/// The figures of a run over a range of one of its numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Curve {
    /// The number.
    pub key: String,
    /// From small to large.
    pub points: Vec<CurvePoint>,
    /// Where the limit changes hands.
    pub handovers: Vec<Handover>,
}

/// One point of a curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CurvePoint {
    /// The run.
    #[serde(flatten)]
    pub run: Side,
    /// Elasticity of the time from the last point before it that was run.
    pub time_elasticity: Option<f64>,
}

/// Two neighbours on a curve that are limited by different causes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Handover {
    /// The smaller number.
    pub below: f64,
    /// The larger number.
    pub above: f64,
    /// What limits the run at the smaller one.
    pub from: String,
    /// What limits it at the larger one.
    pub to: String,
}

impl Curve {
    /// The curve through runs, from small to large.
    pub fn new(key: &str, runs: Vec<Side>) -> Self {
        let mut curve = Self {
            key: key.to_owned(),
            points: Vec::new(),
            handovers: Vec::new(),
        };
        let mut last: Option<(f64, f64, String)> = None;
        for run in runs {
            let mut time_elasticity = None;
            if let (Some(value), Some(figures)) = (run.value, &run.figures) {
                if let Some((below, seconds, limit)) = last {
                    time_elasticity = slope((below, seconds), (value, figures.seconds_per_image));
                    if limit != figures.limit {
                        curve.handovers.push(Handover {
                            below,
                            above: value,
                            from: limit,
                            to: figures.limit.clone(),
                        });
                    }
                }
                last = Some((value, figures.seconds_per_image, figures.limit.clone()));
            }
            curve.points.push(CurvePoint { run, time_elasticity });
        }
        curve
    }
}
