//! Goals: claims about a result whose bound may be the figure of another run.

use serde_json::Value;
use tilesim_study::Relation;

use crate::{
    Claim, Error, ModelReference, Network, Simulation, Simulator, Verdict,
    claim::{fields, look_up},
};

/// Something that is to hold.
pub(super) struct Goal {
    /// As it was asked.
    pub(super) asked: String,
    /// The claim, with its number.
    pub(super) claim: Claim,
}

/// A result held to a goal.
pub(super) struct Held {
    /// The figure; 1 and 0 of a truth value.
    pub(super) figure: f64,
    /// How far it is from the goal: at most 1 where it reaches it.
    pub(super) distance: f64,
    /// Where it does not, the figure in words.
    pub(super) missed: Option<String>,
}

/// How far what misses a goal is from it at least.
const JUST_MISSED: f64 = 1.0 + 1e-12;

impl Goal {
    /// The goal of a text. A network on its right side is run as `simulation` is, but for what its text says.
    pub(super) fn of(text: &str, simulation: &Simulation, simulator: &Simulator) -> Result<Self, Error> {
        let wrong = |reason: String| {
            Error::argument(
                text,
                reason,
                "PATH OPERATOR NUMBER, PATH OPERATOR MODEL, or `fits`",
            )
        };
        let asked = text.trim().to_owned();
        let claim = match Relation::split(text) {
            Some((path, _, right)) if !is_number(right) => {
                let figure = figure_of(path.trim(), right.trim(), simulation, simulator)?;
                let operator = text[path.len()..text.len() - right.len()].trim();
                format!("{} {operator} {figure}", path.trim())
            }
            _ => asked.clone(),
        };
        Ok(Self {
            claim: claim.parse().map_err(wrong)?,
            asked,
        })
    }

    /// Whether less time and less memory can only help it, so that their bounds are its bounds.
    pub(super) fn is_bounded(&self) -> bool {
        let name = self.claim.path().rsplit('.').next().unwrap_or_default();
        match (name, self.claim.relation()) {
            ("fits", None) => true,
            ("cycles" | "seconds" | "peak_bytes", Some((relation, _))) => {
                matches!(relation, Relation::AtMost | Relation::Less)
            }
            ("images_per_second", Some((relation, _))) => {
                matches!(relation, Relation::AtLeast | Relation::More)
            }
            _ => false,
        }
    }

    /// Holds a result, as JSON, to it.
    pub(super) fn held(&self, result: &Value) -> Result<Held, Error> {
        let wrong =
            |reason: String| Error::argument(&self.asked, reason, "a figure or a truth value of a result");
        let verdict = self.claim.verdict(result).map_err(wrong)?;
        let value = look_up(result, self.claim.path());
        let figure = match value {
            Some(Value::Bool(truth)) => f64::from(u8::from(*truth)),
            Some(value) => value.as_f64().unwrap_or(f64::NAN),
            None => f64::NAN,
        };
        let missed = match verdict {
            Verdict::Holds => None,
            Verdict::Fails(_) if self.claim.relation().is_none() => {
                Some(format!("{} does not hold", self.claim.path()))
            }
            Verdict::Fails(_) => Some(format!("{} is {}", self.claim.path(), spoken(figure))),
        };
        let distance = match self.claim.relation() {
            Some((Relation::AtLeast | Relation::More, bound)) => bound / figure,
            Some((Relation::AtMost | Relation::Less, bound)) => figure / bound,
            Some((Relation::Equal | Relation::Unequal, bound)) => 1.0 + (figure / bound).ln().abs(),
            None => memory_distance(result),
        };
        Ok(Held {
            figure,
            distance: match &missed {
                None => distance.min(1.0),
                Some(_) if distance.is_nan() => f64::INFINITY,
                Some(_) => distance.max(JUST_MISSED),
            },
            missed,
        })
    }
}

fn is_number(text: &str) -> bool {
    text.trim().replace('_', "").parse::<f64>().is_ok()
}

/// A figure in words, of seven digits or all that a whole number has.
fn spoken(figure: f64) -> String {
    if figure.fract() == 0.0 || !figure.is_normal() {
        return figure.to_string();
    }
    let digits = (6.0 - figure.abs().log10().floor()).clamp(0.0, 12.0) as usize;
    format!("{figure:.digits$}")
}

/// What does not fit is as far away as its memory is too small.
fn memory_distance(result: &Value) -> f64 {
    let bytes = |key: &str| look_up(result, key).and_then(Value::as_f64);
    match (bytes("memory.peak_bytes"), bytes("memory.tile_bytes")) {
        (Some(peak), Some(tile)) => peak / tile,
        _ => f64::INFINITY,
    }
}

/// A figure of another network, run as `simulation` is.
fn figure_of(path: &str, model: &str, simulation: &Simulation, simulator: &Simulator) -> Result<f64, Error> {
    let reference = ModelReference::parse(model)?;
    let mut other = simulation
        .clone()
        .with_network(Network::from_source(&reference.source)?);
    if let Some(machine) = &reference.machine {
        other = other.machine(machine.as_str())?;
    }
    for setting in &reference.settings {
        other = other.set(&setting.key, &setting.value)?;
    }
    let result = serde_json::to_value(other.result(simulator)?)?;
    look_up(&result, path).and_then(Value::as_f64).ok_or_else(|| {
        Error::argument(
            path,
            "results have no such figure",
            format!("a field of a result: {}", fields(&result).join(", ")),
        )
    })
}
