//! Which elements of its operand a `Resize` weighs, and how.

use crate::{OnnxError, node::Node};

/// The function between elements (`mode`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kernel {
    /// The nearest element.
    Nearest(Rounding),
    /// A straight line between two.
    Linear,
    /// A cubic polynomial through four.
    Cubic {
        /// Its coefficient a (Keys 1981).
        coefficient: f64,
        /// Whether elements off the operand have no weight; otherwise they are those at its border.
        exclude_outside: bool,
    },
}

/// Which of two elements is the nearest (`nearest_mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rounding {
    /// The nearer one, of two as near the one before.
    PreferFloor,
    /// The nearer one, of two as near the one behind.
    PreferCeil,
    /// The one before.
    Floor,
    /// The one behind.
    Ceil,
    /// The one behind where the dimension shrinks, else the one before, as opset 10 has it.
    CeilWhereItShrinks,
}

/// One element of every sum: which it is for each position, and its weight.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tap {
    pub(super) indices: Vec<u64>,
    pub(super) weights: Vec<f32>,
}

impl Kernel {
    pub(super) fn of(node: Node) -> Result<Self, OnnxError> {
        Ok(match node.text("mode")?.unwrap_or("nearest") {
            // By the example `resize_downsample_scales_nearest` of the standard, which does not say it in words.
            "nearest" if node.opset < 11 => Self::Nearest(Rounding::CeilWhereItShrinks),
            "nearest" => Self::Nearest(match node.text("nearest_mode")?.unwrap_or("round_prefer_floor") {
                "round_prefer_floor" => Rounding::PreferFloor,
                "round_prefer_ceil" => Rounding::PreferCeil,
                "floor" => Rounding::Floor,
                "ceil" => Rounding::Ceil,
                other => {
                    return Err(node.invalid(
                        format!("nearest_mode is `{other}`"),
                        "round_prefer_floor, round_prefer_ceil, floor or ceil",
                    ));
                }
            }),
            "linear" => Self::Linear,
            "cubic" => Self::Cubic {
                coefficient: node.number("cubic_coeff_a")?.unwrap_or(-0.75),
                exclude_outside: node.integer("exclude_outside")?.unwrap_or(0) != 0,
            },
            other => {
                return Err(node.invalid(format!("mode is `{other}`"), "nearest, linear or cubic"));
            }
        })
    }

    /// That of an `Upsample`, which rounds down.
    pub(super) fn of_upsample(node: Node) -> Result<Self, OnnxError> {
        match node.text("mode")?.unwrap_or("nearest") {
            "nearest" => Ok(Self::Nearest(Rounding::Floor)),
            "linear" | "bilinear" => Ok(Self::Linear),
            other => Err(node.invalid(format!("mode is `{other}`"), "nearest or linear")),
        }
    }

    /// That along a dimension of this scale.
    pub(super) const fn along(self, scale: f64) -> Self {
        match self {
            Self::Nearest(Rounding::CeilWhereItShrinks) if scale < 1.0 => Self::Nearest(Rounding::Ceil),
            Self::Nearest(Rounding::CeilWhereItShrinks) => Self::Nearest(Rounding::Floor),
            other => other,
        }
    }

    /// What is summed up for each position of an operand of `size` elements; what weighs nothing anywhere is left out.
    pub(super) fn taps(self, positions: &[f64], size: u64) -> Vec<Tap> {
        let offsets = match self {
            Self::Nearest(_) => 0..1,
            Self::Linear => 0..2,
            Self::Cubic { .. } => -1..3,
        };
        let last = size as f64 - 1.0;
        let weigh = |position: f64| -> Vec<(u64, f64)> {
            let first = self.first(position);
            let found = offsets.clone().map(|offset: i32| {
                let place = first + f64::from(offset);
                let outside = place < 0.0 || place > last;
                let weight = match self {
                    Self::Nearest(_) => 1.0,
                    Self::Linear => 1.0 - (position - place).abs(),
                    Self::Cubic {
                        exclude_outside: true,
                        ..
                    } if outside => 0.0,
                    Self::Cubic { coefficient, .. } => cubic((position - place).abs(), coefficient),
                };
                (place.clamp(0.0, last) as u64, weight)
            });
            let found: Vec<(u64, f64)> = found.collect();
            // Those that are left weigh as much as all would.
            let all: f64 = found.iter().map(|(_, weight)| weight).sum();
            found
                .into_iter()
                .map(|(index, weight)| (index, weight / all))
                .collect()
        };
        let weighed: Vec<Vec<(u64, f64)>> = positions.iter().map(|&position| weigh(position)).collect();
        let taps = (0..offsets.len()).map(|tap| Tap {
            indices: weighed.iter().map(|found| found[tap].0).collect(),
            weights: weighed.iter().map(|found| found[tap].1 as f32).collect(),
        });
        taps.filter(|tap| tap.weights.iter().any(|&weight| weight != 0.0))
            .collect()
    }

    /// The element that counts as number 0 for a position.
    fn first(self, position: f64) -> f64 {
        match self {
            Self::Nearest(Rounding::PreferFloor) => (position - 0.5).ceil(),
            Self::Nearest(Rounding::PreferCeil) => (position + 0.5).floor(),
            Self::Nearest(Rounding::Ceil) => position.ceil(),
            Self::Nearest(Rounding::Floor | Rounding::CeilWhereItShrinks)
            | Self::Linear
            | Self::Cubic { .. } => position.floor(),
        }
    }
}

/// The weight of an element at a distance of up to 2 (Keys 1981, equation 15).
fn cubic(distance: f64, a: f64) -> f64 {
    if distance <= 1.0 {
        ((a + 2.0) * distance - (a + 3.0)) * distance * distance + 1.0
    } else {
        ((a * distance - 5.0 * a) * distance + 8.0 * a) * distance - 4.0 * a
    }
}
