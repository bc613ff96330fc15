//! Axes: which figures stand on them, and where.

use crate::quantity::{Form, Quantity};

use super::{canvas::prefixed, scene::text_width};

/// Figures that differ by more than this factor stand on a logarithmic axis.
const LOGARITHMIC_FROM: f64 = 8.0;
/// Room between the figures of an axis, in sizes of a letter.
const APART: f64 = 1.2;

/// How figures become places.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scale {
    /// Equal steps are equal differences.
    Linear,
    /// Equal steps are equal factors.
    Logarithmic,
    /// One place after the other, each with a name.
    Places(Vec<String>),
}

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub(super) title: String,
    pub(super) scale: Scale,
    /// The figures at its ends.
    pub(super) ends: (f64, f64),
    /// How figures are written.
    pub(super) form: Form,
}

/// A figure on an axis: where, from 0 to 1, and what is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub(super) share: f64,
    pub(super) text: String,
}

/// Least and most of some figures; infinite where there are none.
pub(super) fn ends(figures: impl Iterator<Item = f64>) -> (f64, f64) {
    figures.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), figure| {
        (least.min(figure), most.max(figure))
    })
}

impl Axis {
    /// The axis of some figures, with some room: logarithmic where they differ much.
    pub(super) fn of(quantity: &Quantity, figures: impl Iterator<Item = f64>) -> Self {
        let (least, most) = ends(figures);
        let is_wide = least > 0.0 && most / least > LOGARITHMIC_FROM;
        let (scale, ends) = if !least.is_finite() || !most.is_finite() {
            (Scale::Linear, (0.0, 1.0))
        } else if is_wide {
            let margin = (most / least).powf(0.06).max(1.05);
            (Scale::Logarithmic, (least / margin, most * margin))
        } else {
            let margin = if most > least {
                0.07 * (most - least)
            } else {
                most.abs().max(1.0) * 0.1
            };
            // Nothing is less than none.
            let bottom = if least >= 0.0 {
                (least - margin).max(0.0)
            } else {
                least - margin
            };
            (Scale::Linear, (bottom, most + margin))
        };
        Self {
            title: quantity.title(),
            scale,
            ends,
            form: quantity.form,
        }
    }

    /// A linear axis.
    pub(super) fn linear(title: impl Into<String>, from: f64, to: f64) -> Self {
        Self {
            title: title.into(),
            scale: Scale::Linear,
            ends: (from, to),
            form: Form::Count,
        }
    }

    /// A logarithmic axis.
    pub(super) fn logarithmic(title: impl Into<String>, from: f64, to: f64) -> Self {
        Self {
            scale: Scale::Logarithmic,
            ..Self::linear(title, from, to)
        }
    }

    /// An axis of places, each with a name.
    pub(super) fn places(title: impl Into<String>, names: Vec<String>) -> Self {
        Self {
            title: title.into(),
            ends: (-0.5, names.len() as f64 - 0.5),
            scale: Scale::Places(names),
            form: Form::Count,
        }
    }

    /// Where a figure is: 0 at the beginning, 1 at the end.
    pub(super) fn share(&self, figure: f64) -> f64 {
        let (from, to) = self.ends;
        match self.scale {
            Scale::Logarithmic => (figure / from).ln() / (to / from).ln(),
            Scale::Linear | Scale::Places(_) => (figure - from) / (to - from),
        }
    }

    /// The figures on the axis, as many as have room over its length; `is_across` says that texts stand side by side.
    pub(super) fn ticks(&self, length: f64, size: f64, is_across: bool) -> Vec<Tick> {
        if let Scale::Places(names) = &self.scale {
            return names
                .iter()
                .enumerate()
                .map(|(place, name)| Tick {
                    share: self.share(place as f64),
                    text: name.clone(),
                })
                .collect();
        }
        let candidates = match self.scale {
            Scale::Logarithmic => self.logarithmic_steps(),
            _ => self.linear_steps(),
        };
        // The first candidate whose figures do not meet.
        let fits = |ticks: &[Tick]| {
            ticks.windows(2).all(|pair| {
                let room = if is_across {
                    0.5 * (text_width(&pair[0].text, size) + text_width(&pair[1].text, size)) + APART * size
                } else {
                    2.2 * size
                };
                (pair[1].share - pair[0].share).abs() * length >= room
            })
        };
        candidates
            .into_iter()
            .map(|figures| self.written(figures))
            .find(|ticks| fits(ticks))
            .unwrap_or_default()
    }

    fn written(&self, figures: Vec<f64>) -> Vec<Tick> {
        let tick = |figure: f64| Tick {
            share: self.share(figure),
            text: match self.form {
                Form::Bytes => prefixed(figure / 1024.0),
                Form::Share => prefixed(100.0 * figure),
                Form::Count | Form::Seconds | Form::Percent => prefixed(figure),
            },
        };
        figures.into_iter().map(tick).collect()
    }

    /// Figures in equal steps of 1, 2 or 5 times a power of ten, many first; of bytes of a power of two.
    fn linear_steps(&self) -> Vec<Vec<f64>> {
        let (from, to) = self.ends;
        let span = (to - from).abs().max(f64::MIN_POSITIVE);
        let unit = match self.form {
            Form::Bytes => 1024.0,
            Form::Share => 0.01,
            Form::Count | Form::Seconds | Form::Percent => 1.0,
        };
        let power = (span / unit).log10().floor() as i32;
        let steps = [-1, 0, 1]
            .into_iter()
            .flat_map(|offset| [1.0, 2.0, 5.0].map(|factor| factor * 10_f64.powi(power + offset) * unit));
        steps
            .filter(|step| span / step <= 12.0)
            .map(|step| {
                let first = (from / step - 1e-9).ceil() as i64;
                let last = (to / step + 1e-9).floor() as i64;
                (first..=last).map(|index| index as f64 * step).collect()
            })
            .collect()
    }

    /// 1, 2 and 5 of every power of ten; 1 and 3; 1 alone; of short stretches as on a linear axis.
    fn logarithmic_steps(&self) -> Vec<Vec<f64>> {
        let (from, to) = self.ends;
        let powers = (from.log10().floor() as i32)..=(to.log10().ceil() as i32);
        let within = |factors: &[f64], stride: usize| -> Vec<f64> {
            powers
                .clone()
                .step_by(stride)
                .flat_map(|power| factors.iter().map(move |factor| factor * 10_f64.powi(power)))
                .filter(|figure| (from..=to).contains(figure))
                .collect()
        };
        let mut candidates = Vec::new();
        let fine = within(&[1.0, 2.0, 5.0], 1);
        if fine.len() < 3 {
            candidates.extend(self.linear_steps());
        }
        candidates.push(fine);
        candidates.push(within(&[1.0, 3.0], 1));
        candidates.extend([1, 2, 3].map(|stride| within(&[1.0], stride)));
        candidates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis, length: f64) -> Vec<String> {
        axis.ticks(length, 11.0, true)
            .into_iter()
            .map(|tick| tick.text)
            .collect()
    }

    #[test]
    fn logarithmic_axes_have_figures_that_can_be_read() {
        let axis = Axis::logarithmic("x", 600e6, 30e9);
        assert_eq!(texts(&axis, 400.0), ["1 G", "2 G", "5 G", "10 G", "20 G"]);
        assert_eq!(texts(&axis, 100.0), ["1 G", "10 G"]);
        let axis = Axis::logarithmic("x", 1.2, 1.9);
        assert!(texts(&axis, 300.0).len() >= 4, "{:?}", texts(&axis, 300.0));
    }

    #[test]
    fn linear_axes_step_by_one_two_or_five() {
        let axis = Axis::linear("x", 75.5, 84.6);
        assert_eq!(
            texts(&axis, 400.0),
            ["76", "77", "78", "79", "80", "81", "82", "83", "84"]
        );
        assert_eq!(texts(&axis, 100.0), ["80"]);
        let bytes = Axis {
            form: Form::Bytes,
            ..Axis::linear("x", 0.0, 640.0 * 1024.0)
        };
        assert_eq!(
            texts(&bytes, 300.0),
            ["0", "100", "200", "300", "400", "500", "600"]
        );
    }
}
