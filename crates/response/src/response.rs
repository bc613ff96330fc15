//! How the figures respond to one number.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Elasticity, Figures, Number};

/// A run with another number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Side {
    /// The number; null where there was none to try.
    pub value: Option<f64>,
    /// As `--set` takes it; empty where there was none.
    pub set: String,
    /// What the run takes; null where it could not be run.
    pub figures: Option<Figures>,
    /// Why it could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// How time, memory and energy respond to a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Response {
    /// The run with less of it.
    pub below: Side,
    /// The run with more of it.
    pub above: Side,
    /// Of the seconds for an image.
    pub time: Elasticity,
    /// Of the bytes of the fullest tile at its peak.
    pub memory: Elasticity,
    /// Of the energy of the arithmetic for an image; null where the machine states no price.
    pub energy: Option<Elasticity>,
}

impl Side {
    /// A run of `key` at `number`.
    pub fn run(key: &str, number: Number, figures: Figures) -> Self {
        Self {
            value: Some(number.value()),
            set: format!("{key}={number}"),
            figures: Some(figures),
            refused: None,
        }
    }

    /// No run, though there is a number to try.
    pub fn refused(key: &str, number: Number, reason: String) -> Self {
        Self {
            value: Some(number.value()),
            set: format!("{key}={number}"),
            figures: None,
            refused: Some(reason),
        }
    }

    /// No number to try.
    pub fn none(reason: String) -> Self {
        Self {
            value: None,
            set: String::new(),
            figures: None,
            refused: Some(reason),
        }
    }

    fn at(&self, figure: impl Fn(&Figures) -> Option<f64>) -> Option<(f64, f64)> {
        Some((self.value?, figure(self.figures.as_ref()?)?))
    }
}

impl Response {
    /// The response around `value`, where the run takes `base`.
    pub fn new(value: f64, base: &Figures, below: Side, above: Side) -> Self {
        let around = |figure: &dyn Fn(&Figures) -> Option<f64>| {
            let base = (value, figure(base)?);
            Some(Elasticity::around(below.at(figure), base, above.at(figure)))
        };
        Self {
            time: around(&|figures| Some(figures.seconds_per_image)).unwrap_or_default(),
            memory: around(&|figures| Some(figures.peak_bytes as f64)).unwrap_or_default(),
            energy: around(&|figures| figures.joules_per_image),
            below,
            above,
        }
    }

    /// Whether anything changes on either side.
    pub fn is_flat(&self) -> bool {
        let flat = |elasticity: &Elasticity| {
            let slopes = [elasticity.below, elasticity.above];
            slopes.into_iter().flatten().all(|slope| slope == 0.0)
        };
        flat(&self.time) && flat(&self.memory) && self.energy.as_ref().is_none_or(flat)
    }
}
